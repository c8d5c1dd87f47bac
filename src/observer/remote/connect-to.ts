import type { RunningNode } from '../../node/index.ts'
import type { LocalProcess } from '../../process/index.ts'
import { type Atom, atom, ErlangError, noconnection, tuple } from '../../term/index.ts'
import { BeamNode } from './beam-node.ts'
import { MoebiNode } from './moebi-node.ts'
import { NodeClient } from './node-client.ts'
import type { ObservedNode } from './observed-node.ts'

export type { ObservedNode } from './observed-node.ts'

/**
 * Connects to a node and finds out of which kind it is.
 *
 * @param process the process that asks the node
 * @throws ErlangError `{erpc, noconnection}` when it cannot be reached
 */
export async function connectTo(
  running: RunningNode,
  process: LocalProcess,
  name: Atom,
): Promise<ObservedNode> {
  if (name !== running.kernel.name && !(await running.peers.connect(name)))
    throw new ErlangError(tuple(atom('erpc'), noconnection))
  const client = new NodeClient(running, process, name)
  return (await running.isMoebi(name)) ? new MoebiNode(client) : new BeamNode(client)
}
