import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { atom, Node } from '../../../src/index.ts'
import { Cluster, type TestNode } from '../../support/cluster.ts'
import { RawPeer } from '../raw-peer.ts'

let cluster: Cluster
let alex: TestNode
beforeEach(async () => {
  cluster = await Cluster.start()
  alex = await cluster.moebi('alex')
})
afterEach(() => cluster[Symbol.asyncDispose]())

/** Starts a handshake with alex under a name, up to the proof of the cookie. */
function callOf(name: string): Promise<{ caller: RawPeer; prove: () => void; over: Promise<unknown> }> {
  const { epmdPort, cookie } = cluster
  return new Promise((resolve) => {
    const over = RawPeer.link({
      as: name,
      to: 'alex@localhost',
      epmdPort,
      cookie,
      proving: (caller) =>
        new Promise((prove) => {
          resolve({ caller, prove, over })
        }),
    }).catch((error: unknown) => error)
  })
}

const connect = (name: string): Promise<boolean> => alex.node.run(() => Node.connect(name))

test('connect() waits for the handshake of a peer that is connecting', async () => {
  const { caller, prove } = await callOf('bob@localhost')
  const connected = connect('bob@localhost')
  // Nothing listens for bob: an attempt of alex would have failed by then.
  expect(await Promise.race([connected, pause(200, 'waiting')])).toBe('waiting')
  prove()
  expect(await connected).toBe(true)
  expect(alex.screen.log).toBe('')
  caller.end()
})

test('connect() starts an attempt when that handshake fails', async () => {
  await cluster.moebi('kate')
  const { caller } = await callOf('kate@localhost')
  const connected = connect('kate@localhost')
  caller.end()
  expect(await connected).toBe(true)
})

test('connect() starts an attempt after a second, and an unfinished handshake does not replace the connection', async () => {
  const kate = await cluster.moebi('kate')
  const { caller, over, prove } = await callOf('kate@localhost')
  expect(await connect('kate@localhost')).toBe(true)
  prove()
  await caller.closed
  await over
  expect(await kate.node.run(() => Node.ping('alex@localhost'))).toBe(atom('pong'))
  expect(alex.screen.log).toBe('')
})
