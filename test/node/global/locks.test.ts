import { expect, test } from 'vitest'
import { LockClient, Locks, lockId } from '../../../src/node/global/locks.ts'
import { castServer } from '../../../src/node/net-kernel/gen-call.ts'
import type { Peers } from '../../../src/node/peers/peers.ts'
import { LocalKernel, type Signal } from '../../../src/process/index.ts'
import { atom } from '../../../src/term/index.ts'

const KATE = atom('kate@localhost')

/** A node that has just lost all connections, and the signals that it sends to other nodes. */
function alone() {
  const kernel = new LocalKernel({ name: atom('alex@localhost') })
  const sent: Signal[] = []
  kernel.router = { route: (signal) => void sent.push(signal) }
  const peers: Peers = {
    kernel,
    visible: () => [],
    connectionId: () => undefined,
    reaches: () => false,
    connect: async () => false,
    disconnect: () => {},
    subscribe: () => () => {},
  }
  const process = kernel.createEphemeral('global_locker')
  return { peers, process, locks: new Locks(process), sent }
}

test('setting and deleting locks makes no connection to a node that is gone, and the node does not count', async () => {
  const { peers, process, locks, sent } = alone()
  const client = new LockClient(process, locks, peers)
  const id = lockId(process.pid)
  expect(await client.set(id, [peers.kernel.name, KATE])).toBe(true)
  expect(locks.isGlobalLockSet).toBe(true)
  await client.deleteBossLast(id, [peers.kernel.name, KATE])
  expect(locks.isGlobalLockSet).toBe(false)
  expect(sent).toEqual([])
})

test('a cast is sent to a connected node only', () => {
  const { peers, process, sent } = alone()
  const server = { name: atom('global_name_server'), node: KATE }
  castServer(peers, process, server, atom('news'))
  expect(sent).toEqual([])
  castServer({ ...peers, connectionId: () => 1 }, process, server, atom('news'))
  expect(sent).toMatchObject([{ type: 'message', to: server }])
})
