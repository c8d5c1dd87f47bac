import { expect, test } from 'vitest'
import { NodeMonitors } from '../../src/node/net-kernel/index.ts'
import type { PeerListener, Peers } from '../../src/node/peers/index.ts'
import { startRex } from '../../src/node/rpc/index.ts'
import { LocalKernel } from '../../src/process/index.ts'
import { type Atom, atom, type Term, tuple } from '../../src/term/index.ts'

// A message or an attempt that belongs to one connection must not act on a later connection to the same name.

const BOB = atom('bob@localhost') as Atom

/** A node whose connections the test makes and ends. */
function host() {
  const kernel = new LocalKernel({ name: atom('alex@localhost') as Atom })
  kernel.router = { route: () => {} }
  const listeners: PeerListener[] = []
  const attempts: ((connected: boolean) => void)[] = []
  let current: number | undefined
  const peers: Peers = {
    kernel,
    visible: () => (current === undefined ? [] : [BOB]),
    connectionId: () => current,
    reaches: () => current !== undefined,
    connect: () => new Promise((resolve) => attempts.push(resolve)),
    disconnect: () => {},
    subscribe: (listener) => {
      listeners.push(listener)
      return () => {}
    },
  }
  return {
    kernel,
    peers,
    attempts,
    up(connectionId: number): void {
      current = connectionId
      for (const listener of listeners) listener.up(BOB, { visible: true, connectionId })
    },
    down(): void {
      current = undefined
      for (const listener of listeners) listener.down(BOB, 'cut')
    },
  }
}

test('a reply about features does not count for a node that has restarted since', async () => {
  const { kernel, peers, up, down } = host()
  const told: Atom[] = []
  const rex = startRex(peers, { onMoebi: (peer) => told.push(peer) })
  const reply = tuple(atom('features_reply'), BOB, [atom('moebi')])
  up(1)
  kernel.send(rex.process.pid, rex.process.pid, reply)
  down()
  up(2)
  await new Promise((resolve) => setImmediate(resolve))
  expect(told).toEqual([])
  kernel.send(rex.process.pid, rex.process.pid, reply)
  await new Promise((resolve) => setImmediate(resolve))
  expect(told).toEqual([BOB])
  expect(await rex.isMoebi(BOB)).toBe(true)
})

test('a failed attempt to connect is told only to the process that has asked for it', async () => {
  const { kernel, peers, attempts, up, down } = host()
  const monitors = new NodeMonitors(peers)
  const received = ['first', 'second'].map((label) => {
    const process = kernel.createEphemeral(label)
    const messages: Term[] = []
    process.handle((message) => void messages.push(message))
    monitors.set(process, BOB, true)
    return messages
  })
  attempts[0]!(false)
  up(1)
  attempts[1]!(true)
  await new Promise((resolve) => setImmediate(resolve))
  expect(received.map((messages) => messages.length)).toEqual([1, 0])
  down()
  await new Promise((resolve) => setImmediate(resolve))
  expect(received.map((messages) => messages.length)).toEqual([1, 1])
})
