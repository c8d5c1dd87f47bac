import { type LocalProcess, report } from '../../process/index.ts'
import { type Atom, atom, type Term, tuple } from '../../term/index.ts'
import type { Connections } from './connections.ts'
import type { Members } from './members.ts'

const LOST_CONNECTION = atom('lost_connection')
const REMOVE_CONNECTION = atom('remove_connection')

/**
 * How long a lost connection is kept from the other nodes, in ms. A BEAM node that is told of the end of a node before it has
 * noticed it logs a warning. A BEAM node that is told when the node has restarted disconnects from the new one, so this is
 * shorter than a restart takes.
 */
const REPORT_DELAY = 50
/** How long the report of another node waits for this node's own connection to end, in ms. */
const GRACE = 300
/** How many reports are remembered, so that each is passed on once. */
const MAX_REPORTS = 1_000

/**
 * Keeps partitions from overlapping: when A has lost B, every other node drops one of the two, so that all nodes of a
 * partition are connected with each other. https://www.erlang.org/doc/apps/kernel/global (`prevent_overlapping_partitions`)
 *
 * A report names nodes, but it is about a connection. Where `global` of OTP acts on it at once, this node gives its own
 * connection to B time to end by itself. The report therefore holds for the connection to B that is up when the report
 * arrives, and for no later one: B may have restarted meanwhile. It does not hold for a B whose names are still being exchanged
 * either. When that exchange ends A is told to connect to B, and reports again if it cannot.
 */
export class Partitions {
  readonly #server: LocalProcess
  readonly #connections: Connections
  readonly #members: Members
  readonly #remove: (node: Atom) => void
  readonly #reports = new Map<string, { readonly creation: Term; readonly id: Term }>()
  readonly #timers = new Set<() => void>()
  #lastId = 0

  /** @param remove forgets a node whose connection both nodes end by agreement */
  constructor(
    server: LocalProcess,
    connections: Connections,
    members: Members,
    remove: (node: Atom) => void,
  ) {
    this.#server = server
    this.#connections = connections
    this.#members = members
    this.#remove = remove
    server.onExit(() => {
      for (const cancel of this.#timers) cancel()
    })
  }

  /** The connection of this node to a node of its partition has ended. */
  lost(node: Atom): void {
    const { kernel } = this.#server
    const message = tuple(LOST_CONNECTION, kernel.name, kernel.creation, ++this.#lastId, node)
    const told = this.#members.all().map((member) => [member, this.#connections.id(member)] as const)
    this.#schedule(REPORT_DELAY, () => {
      if (this.#connections.id(node) !== undefined) return
      for (const [member, id] of told)
        if (this.#connections.isUp(member, id)) this.#connections.send(member, message)
    })
  }

  /** `lost_connection`: `a` reports that it has lost its connection to `b`. This node drops `b`, or `a` if it is `b` itself. */
  onLostConnection(message: Term, a: Atom, creation: Term, id: number | bigint, b: Atom): void {
    if (!this.#isNew(`${a.name} ${b.name}`, creation, id)) return
    const other = b === this.#server.kernel.name ? a : b
    const connection = this.#connections.id(other)
    if (!this.#members.has(other)) return
    this.#schedule(GRACE, () => {
      if (!this.#connections.isUp(other, connection) || !this.#members.has(other)) return
      for (const member of this.#members.all()) if (member !== a) this.#connections.send(member, message)
      this.#connections.send(other, tuple(REMOVE_CONNECTION, this.#server.kernel.name))
      this.#remove(other)
      this.#warn('requested disconnect from', other)
    })
  }

  /** `remove_connection`: a node of the partition asks this node to disconnect from it. */
  onRemoveConnection(node: Atom): void {
    if (!this.#members.all().includes(node)) return
    this.#remove(node)
    this.#connections.disconnect(node, 'it asked for it, to prevent overlapping partitions')
    this.#warn('disconnected', node)
  }

  /** Whether this report of a loss has not been received before. Each node passes it on, so it arrives several times. */
  #isNew(key: string, creation: Term, id: number | bigint): boolean {
    const before = this.#reports.get(key)
    if (before && before.creation === creation && id <= (before.id as number | bigint)) return false
    this.#reports.delete(key)
    this.#reports.set(key, { creation, id })
    if (this.#reports.size > MAX_REPORTS) this.#reports.delete(this.#reports.keys().next().value!)
    return true
  }

  #schedule(ms: number, work: () => void): void {
    const cancel = this.#server.kernel.clock.schedule(ms, () => {
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
