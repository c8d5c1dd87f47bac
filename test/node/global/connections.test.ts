import { expect, test } from 'vitest'
import { Connections } from '../../../src/node/global/connections.ts'
import type { Peers } from '../../../src/node/peers/index.ts'
import { LocalKernel, type Signal } from '../../../src/process/index.ts'
import { type Atom, atom } from '../../../src/term/index.ts'

const KATE = atom('kate@localhost') as Atom

test('a message for one connection is not sent over a later one, and the end of one connection does not end a later one', () => {
  const kernel = new LocalKernel({ name: atom('alex@localhost') as Atom })
  const sent: Signal[] = []
  const ended: Atom[] = []
  let current: number | undefined = 1
  kernel.router = { route: (signal) => void sent.push(signal) }
  const peers: Peers = {
    kernel,
    visible: () => [KATE],
    connectionId: () => current,
    reaches: () => true,
    connect: async () => true,
    disconnect: (node) => void ended.push(node),
    subscribe: () => () => {},
  }
  const connections = new Connections(kernel.createEphemeral('global_name_server'), peers)
  const act = (): void => {
    connections.send(KATE, atom('news'))
    connections.cast(KATE, atom('news'))
    connections.disconnect(KATE, 'agreed')
  }

  connections.onNodeUp(KATE, 1)
  act()
  expect([sent.length, ended.length]).toEqual([2, 1])

  // Kate has connected again. The nodeup is still in the mailbox of the name server.
  current = 2
  act()
  expect([sent.length, ended.length]).toEqual([2, 1])
  expect(connections.isUp(KATE, 1)).toBe(false)

  connections.onNodeDown(KATE)
  act()
  connections.onNodeUp(KATE, 2)
  act()
  expect([sent.length, ended.length]).toEqual([4, 2])
})
