import type { LocalProcess } from '../../process/index.ts'
import { _, type Atom, atom, is, listOf, normal, tuple } from '../../term/index.ts'
import { callServer } from '../net-kernel/index.ts'
import type { Peers } from '../peers/index.ts'
import { erpcCall } from '../rpc/index.ts'
import { GLOBAL_NAME_SERVER } from './locks.ts'

/** How long leaving may take, in ms. */
const PATIENCE = 2_000

/**
 * Takes leave before the connections are closed. Each of several BEAM nodes would otherwise tell the others that it has
 * lost us, and whoever hears that before it has noticed itself logs a warning about a partition. A node forgets another
 * one without a word on `group_nodedown` with its own number for the connection.
 */
export async function takeLeave(server: LocalProcess, peers: Peers, members: readonly Atom[]): Promise<void> {
  if (members.length < 2) return
  const { kernel } = server
  const process = kernel.visitor('global:leave')
  const options = [atom('visible'), { connection_id: true }]
  const farewell = async (node: Atom): Promise<void> => {
    const nodes = await erpcCall(process, node, atom('erlang'), atom('nodes'), options)
    if (!is(nodes, listOf([_.atom, { connection_id: _ }]))) return
    const us = nodes.find(([name]) => name === kernel.name)
    if (!us) return
    if (!peers.visible().includes(node)) return
    const down = tuple(atom('group_nodedown'), kernel.name, us[1].connection_id)
    kernel.send(server.pid, { name: GLOBAL_NAME_SERVER, node }, down)
    // The answer says that it has been read.
    await callServer(server, { name: GLOBAL_NAME_SERVER, node }, atom('get_protocol_version'))
  }
  const connected = peers.visible()
  const farewells = members.filter((node) => connected.includes(node)).map(farewell)
  let cancel: (() => void) | undefined
  const patience = new Promise<void>((resolve) => {
    cancel = kernel.clock.schedule(PATIENCE, resolve)
  })
  await Promise.race([Promise.allSettled(farewells), patience])
  cancel?.()
  process.exit(normal)
}
