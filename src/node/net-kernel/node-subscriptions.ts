import type { LocalProcess } from '../../process/index.ts'
import { _, type Atom, atom, equals, is, type Term, tuple } from '../../term/index.ts'
import type { Peers } from '../peers/index.ts'

const NODEUP = atom('nodeup')
const NODEDOWN = atom('nodedown')
const NODE_TYPE = atom('node_type')
const NODEDOWN_REASON = atom('nodedown_reason')
const VISIBLE = atom('visible')
const HIDDEN = atom('hidden')
const ALL = atom('all')

interface Subscription {
  readonly process: LocalProcess
  readonly options: readonly Term[]
  /** The value of `node_type`; undefined for a subscription to visible nodes whose messages do not have the type. */
  readonly type: Term
}

/**
 * Subscriptions of processes to `{nodeup, Node}` and `{nodedown, Node}` of all nodes. A process that subscribes twice gets two
 * messages.
 *
 * @see `net_kernel:monitor_nodes/2`
 */
export class NodeSubscriptions {
  #subscriptions: readonly Subscription[] = []
  readonly #types = new Map<Atom, Term>()

  readonly #watched = new WeakSet<LocalProcess>()

  constructor(peers: Peers) {
    peers.subscribe({
      up: (peer, { visible }) => {
        this.#types.set(peer, visible ? VISIBLE : HIDDEN)
        this.#send(NODEUP, peer)
      },
      down: (peer, reason) => {
        this.#send(NODEDOWN, peer, tuple(NODEDOWN_REASON, reasonOf(reason)))
        this.#types.delete(peer)
      },
    })
  }

  /**
   * Adds a subscription, or removes every one of the process with these options.
   *
   * @param options without options the messages have two elements, otherwise a third one, a list
   * @returns the unknown options; none when the subscription was changed
   */
  set(process: LocalProcess, on: boolean, options: readonly Term[]): readonly Term[] {
    const unknown = options.filter((option) => option !== NODEDOWN_REASON && typeOf(option) === undefined)
    if (unknown.length > 0) return unknown
    const same = (each: Subscription): boolean => each.process === process && equals(each.options, options)
    if (!on) this.#subscriptions = this.#subscriptions.filter((each) => !same(each))
    else {
      const type = options.map(typeOf).find((each) => each !== undefined)
      this.#subscriptions = [...this.#subscriptions, { process, options, type }]
      this.#watch(process)
    }
    return []
  }

  /** Removes the subscriptions of a process at its exit. */
  #watch(process: LocalProcess): void {
    if (this.#watched.has(process)) return
    this.#watched.add(process)
    process.onExit(() => {
      this.#subscriptions = this.#subscriptions.filter((each) => each.process !== process)
    })
  }

  #send(event: Atom, node: Atom, reason?: Term): void {
    const nodeType = this.#types.get(node)
    for (const { process, options, type } of this.#subscriptions) {
      if (type !== ALL && (type ?? VISIBLE) !== nodeType) continue
      const info: Term[] = []
      if (reason !== undefined && options.includes(NODEDOWN_REASON)) info.push(reason)
      if (type !== undefined) info.push(tuple(NODE_TYPE, nodeType))
      process.deliver(options.length === 0 ? tuple(event, node) : tuple(event, node, info))
    }
  }
}

/** Returns the value of the option `{node_type, Type}`; undefined for every other option. */
function typeOf(option: Term): Term {
  if (!is(option, [NODE_TYPE, _.atom])) return undefined
  const type = option[1]
  return type === VISIBLE || type === HIDDEN || type === ALL ? type : undefined
}

function reasonOf(reason: string): Atom {
  if (reason === 'disconnected by request') return atom('disconnect') as Atom
  return atom(reason === 'net tick timeout' ? 'net_tick_timeout' : 'connection_closed') as Atom
}
