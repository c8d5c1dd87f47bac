import { type LocalProcess, report } from '../../process/index.ts'
import { type Atom, atom, type Term, tuple } from '../../term/index.ts'
import type { Connections } from './connections.ts'
import type { Members } from './members.ts'

const LOST_CONNECTION = atom('lost_connection')
const REMOVE_CONNECTION = atom('remove_connection')

/**
 * How long this node waits before it reports a lost connection, in ms. A BEAM node that receives the report before its own
 * `nodedown` logs a warning. A BEAM node that receives the report after the lost node has restarted disconnects from the
 * restarted node. The delay is therefore shorter than a restart takes.
 */
const REPORT_DELAY = 50
/** How long this node waits, after the report of another node, for its own connection to end, in ms. */
const GRACE = 300
/** How many reports are remembered, so that each is handled once. */
const MAX_REPORTS = 1_000

/**
 * Prevents overlapping partitions: when A has lost its connection to B, every other node disconnects from A or from B, so that all
 * nodes of a partition are connected with each other.
 * https://www.erlang.org/doc/apps/kernel/global (`prevent_overlapping_partitions`)
 *
 * A report (`lost_connection`) names nodes, but it is about one connection. OTP acts on a report at once. This node first waits for
 * its own connection to B to end. The report is about the connection to B that is up when the report arrives, and about no
 * later one, since B may restart meanwhile.
 *
 * A report about a B that is pending is ignored, since it may be about the predecessor of B. When the exchange of names with B ends, A
 * is told to connect to B, and reports again if it cannot.
 */
export class Partitions {
  readonly #server: LocalProcess
  readonly #connections: Connections
  readonly #members: Members
  readonly #prevents: boolean
  readonly #removeNode: (node: Atom) => void
  readonly #reports = new Map<string, { readonly creation: Term; readonly id: Term; readonly at: number }>()
  readonly #timers = new Set<() => void>()
  #lastId = 0

  /**
   * @param options `prevents`: whether this node reports lost connections, and acts on the reports of others; `removeNode` removes a
   *   node from the partition, before both nodes end their connection
   */
  constructor(
    server: LocalProcess,
    connections: Connections,
    members: Members,
    options: { readonly prevents: boolean; readonly removeNode: (node: Atom) => void },
  ) {
    this.#server = server
    this.#connections = connections
    this.#members = members
    this.#prevents = options.prevents
    this.#removeNode = options.removeNode
    server.onExit(() => {
      for (const cancel of this.#timers) cancel()
    })
  }

  /**
   * Reports that this node has lost its connection to a node of its partition. A member that has reported the same gets no
   * report: it has no connection to end, and a BEAM node would end the one to a `node` that has restarted.
   */
  onConnectionLost(node: Atom): void {
    if (!this.#prevents) return
    const { kernel } = this.#server
    const lostAt = kernel.clock.now()
    const message = tuple(LOST_CONNECTION, kernel.name, kernel.creation, ++this.#lastId, node)
    const receivers = this.#members
      .knownAndPending()
      .map((member) => [member, this.#connections.id(member)] as const)
    this.#schedule(REPORT_DELAY, () => {
      if (this.#connections.id(node) !== undefined) return
      for (const [member, id] of receivers)
        if (this.#connections.isUp(member, id) && !this.#hasReported(member, node, lostAt))
          this.#connections.send(member, message)
    })
  }

  #hasReported(member: Atom, lost: Atom, lostAt: number): boolean {
    const report = this.#reports.get(`${member.name} ${lost.name}`)
    return report !== undefined && report.at >= lostAt - GRACE
  }

  /**
   * `lost_connection`: `a` reports that it has lost its connection to `b`. This node asks `b` to disconnect, or asks `a` if this node
   * is `b` itself.
   */
  onLostConnection(message: Term, a: Atom, creation: Term, id: number | bigint, b: Atom): void {
    if (!this.#prevents || !this.#isNew(`${a.name} ${b.name}`, creation, id)) return
    const other = b === this.#server.kernel.name ? a : b
    const connection = this.#connections.id(other)
    if (!this.#members.isKnown(other)) return
    this.#schedule(GRACE, () => {
      if (!this.#connections.isUp(other, connection) || !this.#members.isKnown(other)) return
      for (const member of this.#members.knownAndPending())
        if (member !== a) this.#connections.send(member, message)
      this.#connections.send(other, tuple(REMOVE_CONNECTION, this.#server.kernel.name))
      this.#removeNode(other)
      this.#warn('requested disconnect from', other)
    })
  }

  /** `remove_connection`: a node of the partition asks this node to disconnect from it. */
  onRemoveConnection(node: Atom): void {
    if (!this.#members.knownAndPending().includes(node)) return
    this.#removeNode(node)
    this.#connections.disconnect(node, 'it asked for it, to prevent overlapping partitions')
    this.#warn('disconnected', node)
  }

  /** Whether a report is received for the first time. The nodes forward reports, so each arrives several times. */
  #isNew(key: string, creation: Term, id: number | bigint): boolean {
    const before = this.#reports.get(key)
    if (before && before.creation === creation && id <= (before.id as number | bigint)) return false
    this.#reports.delete(key)
    this.#reports.set(key, { creation, id, at: this.#server.kernel.clock.now() })
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
