import { hostname } from 'node:os'
import { expect, test } from 'vitest'
import { ownNodeName, parseNodeName } from '../../../src/node/peers/name.ts'

test('a name is split at its @', () => {
  expect(parseNodeName('alex@localhost')).toEqual({
    full: 'alex@localhost',
    alive: 'alex',
    host: 'localhost',
  })
})

test('a short name without a host gets the first part of the name of this machine', () => {
  expect(ownNodeName('alex', false).full).toBe(`alex@${hostname().split('.')[0]}`)
})

test('a short name with a dot in its host is refused, and so is a long name without one', () => {
  expect(() => ownNodeName('alex@node1.example.com', false)).toThrow('use a long name (--name)')
  expect(() => ownNodeName('alex@localhost', true)).toThrow('use a short name (--sname)')
  expect(ownNodeName('alex@10.0.0.5', true).host).toBe('10.0.0.5')
})

test('an invalid node name is refused with an example', () => {
  for (const name of ['alex', '@', 'a b@c', 'alex@', '@host', ''])
    expect(() => parseNodeName(name)).toThrow('alex@localhost')
})
