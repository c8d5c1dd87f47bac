import { NET_TICK_TIMEOUT } from '../../distribution/index.ts'
import type { LocalProcess } from '../../process/index.ts'
import { type Atom, atom, tuple } from '../../term/index.ts'
import { DISCONNECTED, type Peers } from '../peers/index.ts'

const NODEUP = atom('nodeup')
const NODEDOWN = atom('nodedown')

/** Of which nodes a process wants to know, and what the messages say. */
export interface MonitorNodesOptions {
  /** Default: `'visible'`. Where it is given, the messages have the type of the node. */
  readonly nodeType?: 'visible' | 'hidden' | 'all'
  /** Whether `nodedown` has the reason: `:connection_closed`, `:disconnect` or `:net_tick_timeout`. Default: false. */
  readonly nodedownReason?: boolean
  /** Whether the messages have the number of the connection, which is another one for every connection. Default: false. */
  readonly connectionId?: boolean
}

/**
 * How a message shows what the options ask for: not at all (`{nodeup, Node}`), or in a third element, which is a list of pairs or
 * a map.
 */
export type InfoForm = 'none' | 'list' | 'map'

interface Subscription extends MonitorNodesOptions {
  readonly process: LocalProcess
  readonly form: InfoForm
}

interface PeerInfo {
  readonly type: 'visible' | 'hidden'
  readonly connectionId: number
}

/**
 * Subscriptions of processes to `{nodeup, Node}` and `{nodedown, Node}` of all nodes. A process that subscribes twice gets two
 * messages.
 *
 * @see `net_kernel:monitor_nodes/2`
 */
export class NodeSubscriptions {
  #subscriptions: readonly Subscription[] = []
  readonly #peers = new Map<Atom, PeerInfo>()
  readonly #watched = new WeakSet<LocalProcess>()

  constructor(peers: Peers) {
    peers.subscribe({
      up: (peer, { visible, connectionId }) => {
        this.#peers.set(peer, { type: visible ? 'visible' : 'hidden', connectionId })
        this.#send(NODEUP, peer)
      },
      down: (peer, reason) => {
        this.#send(NODEDOWN, peer, reasonOf(reason))
        this.#peers.delete(peer)
      },
    })
  }

  /** Adds a subscription, or removes every one of the process with these options. */
  set(process: LocalProcess, on: boolean, form: InfoForm, options: MonitorNodesOptions = {}): void {
    const { nodeType, nodedownReason, connectionId } = options
    const same = (each: Subscription): boolean =>
      each.process === process &&
      each.form === form &&
      each.nodeType === nodeType &&
      (each.nodedownReason ?? false) === (nodedownReason ?? false) &&
      (each.connectionId ?? false) === (connectionId ?? false)
    if (!on) this.#subscriptions = this.#subscriptions.filter((each) => !same(each))
    else {
      this.#subscriptions = [...this.#subscriptions, { ...options, process, form }]
      this.#watch(process)
    }
  }

  /** Removes the subscriptions of a process at its exit. */
  #watch(process: LocalProcess): void {
    if (this.#watched.has(process)) return
    this.#watched.add(process)
    process.onExit(() => {
      this.#subscriptions = this.#subscriptions.filter((each) => each.process !== process)
    })
  }

  #send(event: Atom, node: Atom, reason?: Atom): void {
    const peer = this.#peers.get(node)
    if (!peer) return
    for (const { process, form, nodeType, nodedownReason, connectionId } of this.#subscriptions) {
      if (nodeType !== 'all' && (nodeType ?? 'visible') !== peer.type) continue
      const info = {
        ...(connectionId && { connection_id: peer.connectionId }),
        ...(nodedownReason && reason && { nodedown_reason: reason }),
        ...(nodeType && { node_type: atom(peer.type) }),
      }
      const list = Object.entries(info).map(([key, value]) => tuple(atom(key), value))
      process.deliver(
        form === 'none' ? tuple(event, node) : tuple(event, node, form === 'list' ? list : info),
      )
    }
  }
}

function reasonOf(reason: string): Atom {
  if (reason === DISCONNECTED) return atom('disconnect') as Atom
  return atom(reason === NET_TICK_TIMEOUT ? 'net_tick_timeout' : 'connection_closed') as Atom
}
