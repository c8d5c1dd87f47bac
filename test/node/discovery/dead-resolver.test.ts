import dns from 'node:dns/promises'
import { syncBuiltinESMExports } from 'node:module'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Node, type RunningNode } from '../../../src/index.ts'
import { Cluster } from '../../support/cluster.ts'

const { lookup } = dns
let cluster: Cluster
let alex: RunningNode
let log: () => string

beforeEach(async () => {
  cluster = await Cluster.start()
  const options = { name: 'alex@127.0.0.1', longNames: true, connectTimeout: 150 }
  const { node, screen } = await cluster.moebi('alex', options)
  alex = node
  log = () => screen.log
})

afterEach(async () => {
  useResolver(lookup)
  await cluster[Symbol.asyncDispose]()
})

function useResolver(resolver: unknown): void {
  Object.assign(dns, { lookup: resolver })
  syncBuiltinESMExports()
}

test('a resolver that never answers fails a connection after connectTimeout', async () => {
  useResolver(() => new Promise(() => {}))
  expect(await alex.run(() => Node.connect('kate@shop.example.org'))).toBe(false)
  expect(log()).toContain('could not connect to kate@shop.example.org')
})

test('a resolver that finds nothing fails a connection at once, and the log names the host', async () => {
  useResolver(() => Promise.reject(Object.assign(new Error('no'), { code: 'EAI_AGAIN' })))
  expect(await alex.run(() => Node.connect('kate@shop.example.org'))).toBe(false)
  expect(log()).toContain('Host "shop.example.org" has no address (EAI_AGAIN)')
})
