import { type LocalProcess, report } from '../process/index.ts'
import { type Atom, atom, type Term, tuple } from '../term/index.ts'
import type { Peers } from './peers/index.ts'

const LOST_CONNECTION = atom('lost_connection')
const REMOVE_CONNECTION = atom('remove_connection')

/**
 * How long to wait before others are told of a lost connection, or are believed, in ms. A node that has gone down is
 * noticed by everyone by itself; who is told of it first would log a warning and disconnect.
 */
const PAUSE = 300
/** Reports that are remembered, so that each goes round once. */
const MAX_REPORTS = 1_000

export interface PartitionHooks {
  /** The nodes of our partition, and those about to join it. */
  members(): Atom[]
  /** Forgets a node that will disconnect, or be disconnected, by agreement. */
  forget(node: Atom): void
  /** Sends to the name server of a connected node. */
  send(node: Atom, message: Term): void
}

/**
 * Keeps partitions from overlapping: when A loses B, everyone else drops one of the two, so that all see the same nodes.
 * https://www.erlang.org/doc/apps/kernel/global (`prevent_overlapping_partitions`)
 */
export class Partitions {
  readonly #server: LocalProcess
  readonly #peers: Peers
  readonly #hooks: PartitionHooks
  readonly #reports = new Map<string, { readonly creation: Term; readonly id: Term }>()
  readonly #timers = new Set<() => void>()
  #lastId = 0

  constructor(server: LocalProcess, peers: Peers, hooks: PartitionHooks) {
    this.#server = server
    this.#peers = peers
    this.#hooks = hooks
    server.onExit(() => {
      for (const cancel of this.#timers) cancel()
    })
  }

  /** Our connection to a node that was in our partition is gone. */
  lost(node: Atom): void {
    const { kernel } = this.#server
    const message = tuple(LOST_CONNECTION, kernel.name, kernel.creation, ++this.#lastId, node)
    this.#later(() => {
      if (!this.#connected(node)) this.#tellOthers(message, node)
    })
  }

  /** `a` has lost its connection to `b`: drops whichever of them is not this node, where that has not happened anyway. */
  heard(message: Term, a: Atom, creation: Term, id: number | bigint, b: Atom): void {
    const key = `${a.name} ${b.name}`
    const before = this.#reports.get(key)
    if (before && before.creation === creation && id <= (before.id as number | bigint)) return
    this.#reports.delete(key)
    this.#reports.set(key, { creation, id })
    if (this.#reports.size > MAX_REPORTS) this.#reports.delete(this.#reports.keys().next().value!)
    const other = b === this.#server.kernel.name ? a : b
    this.#later(() => {
      if (!this.#connected(other) || !this.#hooks.members().includes(other)) return
      this.#tellOthers(message, a)
      this.#hooks.send(other, tuple(REMOVE_CONNECTION, this.#server.kernel.name))
      this.#hooks.forget(other)
      this.#warn('requested disconnect from', other)
    })
  }

  /** A node of our partition asks us to disconnect from it. */
  asked(node: Atom): void {
    if (!this.#hooks.members().includes(node)) return
    this.#hooks.forget(node)
    this.#peers.disconnect(node, 'it asked for it, to prevent overlapping partitions')
    this.#warn('disconnected', node)
  }

  #tellOthers(message: Term, except: Atom): void {
    for (const node of this.#hooks.members()) if (node !== except) this.#hooks.send(node, message)
  }

  #connected(node: Atom): boolean {
    return this.#peers.visible().includes(node)
  }

  #later(work: () => void): void {
    const cancel = this.#server.kernel.clock.schedule(PAUSE, () => {
      this.#timers.delete(cancel)
      work()
    })
    this.#timers.add(cancel)
  }

  #warn(what: string, node: Atom): void {
    const { kernel } = this.#server
    report({
      kernel,
      level: 'warning',
      text: `'global' at node ${kernel.name.name} ${what} node ${node.name} in order to prevent overlapping partitions`,
      pid: this.#server.pid,
    })
  }
}
