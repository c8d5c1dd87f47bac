import { expect, test } from 'vitest'
import { DynamicNames } from '../../../src/node/peers/dynamic-names.ts'

const noneTaken = (): boolean => false

test('a name has 64 random bits in base 36, and the host of the node that asked', () => {
  const { name, creation } = new DynamicNames().choose('here', noneTaken)
  expect(name).toMatch(/^[0-9A-Z]{1,13}@here$/)
  expect(creation).toBeGreaterThan(3)
})

test('a name is given again, with the next creation and for its host only, when its node has disconnected', () => {
  const names = new DynamicNames()
  const given = { name: 'A@here', creation: 2 ** 32 - 1 }
  names.use(given)
  expect(names.choose('here', noneTaken).name).not.toBe('A@here')
  names.release('A@here')
  expect(names.choose('there', noneTaken).name).not.toBe('A@here')
  expect(names.choose('here', noneTaken)).toEqual({ name: 'A@here', creation: 4 })
  expect(names.choose('here', noneTaken).name).not.toBe('A@here')
})

test('a name that another node has taken is not given, and a name that was not given is not kept', () => {
  const names = new DynamicNames()
  names.use({ name: 'A@here', creation: 7 })
  names.release('A@here')
  names.release('kate@here')
  const { name } = names.choose('here', (taken) => taken === 'A@here')
  expect(name).not.toBe('A@here')
  expect(name).not.toBe('kate@here')
})
