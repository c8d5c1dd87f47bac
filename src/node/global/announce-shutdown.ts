import type { LocalProcess } from '../../process/index.ts'
import { _, type Atom, atom, is, listOf, normal, tuple } from '../../term/index.ts'
import { callServer } from '../net-kernel/index.ts'
import type { Peers } from '../peers/index.ts'
import { erpcCall } from '../rpc/index.ts'
import { GLOBAL_NAME_SERVER } from './locks.ts'

/** How long all announcements together may take, in ms. */
const TIMEOUT = 2_000

/**
 * Tells the other members that this node disconnects, before its connections are closed.
 *
 * Without it each BEAM node would send `lost_connection` to the others, and a node that receives that before its own `nodedown`
 * logs a warning about a partition. On `group_nodedown` with its own `connection_id` a node removes this node silently.
 */
export async function announceShutdown(
  server: LocalProcess,
  peers: Peers,
  members: readonly Atom[],
): Promise<void> {
  if (members.length < 2) return
  const { kernel } = server
  const process = kernel.createEphemeral('global:announce_shutdown')
  const options = [atom('visible'), { connection_id: true }]
  const announce = async (node: Atom): Promise<void> => {
    const connectionId = peers.connectionId(node)
    const nodes = await erpcCall(process, node, atom('erlang'), atom('nodes'), options)
    if (!is(nodes, listOf([_.atom, { connection_id: _ }]))) return
    const own = nodes.find(([name]) => name === kernel.name)
    if (!own || peers.connectionId(node) !== connectionId) return
    const down = tuple(atom('group_nodedown'), kernel.name, own[1].connection_id)
    kernel.send(server.pid, { name: GLOBAL_NAME_SERVER, node }, down)
    // The reply shows that the node has handled the message before it.
    await callServer(server, { name: GLOBAL_NAME_SERVER, node }, atom('get_protocol_version'))
  }
  const connected = members.filter((node) => peers.connectionId(node) !== undefined)
  let cancel: (() => void) | undefined
  const timeout = new Promise<void>((resolve) => {
    cancel = kernel.clock.schedule(TIMEOUT, resolve)
  })
  await Promise.race([Promise.allSettled(connected.map(announce)), timeout])
  cancel?.()
  process.exit(normal)
}
