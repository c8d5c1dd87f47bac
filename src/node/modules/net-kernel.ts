import { Atom, atom, error, ok, type Term, tuple } from '../../term/index.ts'
import { isLongHost } from '../peers/index.ts'
import type { ModuleHost } from './host.ts'
import { monitorNodes } from './monitor-nodes.ts'
import type { NodeFunctions } from './nodes.ts'

/** The module `net_kernel`. @see https://www.erlang.org/doc/apps/kernel/net_kernel */
export function netKernelModule(host: ModuleHost, node: NodeFunctions): Record<string, unknown> {
  const { kernel, peers } = host
  const longNames = (): boolean => isLongHost(kernel.name.name.split('@')[1] ?? '')
  return {
    connect_node: node.connect,
    disconnect: node.disconnect,
    get_net_ticktime: () => Math.round(peers.tickTime / 1000),
    get_state: () => ({
      name: kernel.name,
      name_domain: atom(longNames() ? 'longnames' : 'shortnames'),
      name_type: atom('static'),
      started: atom('static'),
    }),
    longnames: longNames,
    monitor_nodes: monitorNodes(host.subscriptions),
    node_info: (name: Term) => {
      const info = name instanceof Atom ? infoOf(host, name) : undefined
      return info ? tuple(ok, info) : tuple(error, atom('bad_node'))
    },
    nodename: () => kernel.name,
    nodes_info: () =>
      tuple(
        ok,
        peers.list('connected').map((name) => tuple(name, infoOf(host, name))),
      ),
    stop: () => tuple(error, atom('not_allowed')),
  }
}

/** Returns what is known of a connection, as a list of pairs. */
function infoOf({ peers }: ModuleHost, name: Atom): Term {
  const connection = peers.connection(name)
  if (!connection) return undefined
  return [
    tuple(atom('state'), atom('up')),
    tuple(atom('type'), atom(connection.peer.hidden ? 'hidden' : 'normal')),
  ]
}
