import type { Connection, ConnectionSocket, NamedByPeer } from '../../distribution/index.ts'
import type { Kernel, RemoteLinks, RemoteRouter, Signal, WhenFull } from '../../process/index.ts'
import { Atom, hideFields, inspect, type Pid, type Term } from '../../term/index.ts'
import { Acceptor, type NameRefusal } from './acceptor.ts'
import type { ConnectionEntry } from './connection-entry.ts'
import { ConnectionTable, type ConnectionTableOptions } from './connection-table.ts'
import { Connector, type Dialer } from './connector.ts'
import type { NodeKind } from './node-kind.ts'
import type { PeerListener, Peers } from './peers.ts'
import { PendingSignals } from './pending-signals.ts'

export interface PeerTableOptions extends ConnectionTableOptions {
  /** Opens a byte stream to a node. */
  readonly dial: Dialer
  /** Returns why a node that connects may not have the name that it says; undefined when it may. */
  readonly nameRefusal?: NameRefusal | undefined
}

/** State of the connection to a node. */
export interface NodeInfo {
  /** Whether the node is behind, so that processes that send to it are suspended. */
  readonly busy: boolean
  /** Number of bytes that wait for the node. */
  readonly queued: number
  /** The suspended processes. */
  readonly suspended: readonly Pid[]
}

/** Signals about a link, monitor or spawn request that ended with the connection. They do not start a new connection. */
const ENDED_WITH_CONNECTION: ReadonlySet<Signal['type']> = new Set([
  'exit',
  'unlink',
  'unlinkAck',
  'demonitor',
  'down',
  'spawnReply',
])

/**
 * The peers of a node. Connects when a signal needs a connection, and tells listeners when a connection is up or down.
 *
 * Two nodes that connect to each other at the same time end up with one connection, as in the handshake's chapter:
 * 1. This node is connecting when the peer's name arrives: the attempt of the node with the greater name continues
 *    (`nok` or `ok_simultaneous`).
 * 2. The peer's attempt continues: this node ends its own when the peer says so (`nok`), or has proved that it has the
 *    cookie. Until then anybody could have sent the name. Signals and calls that need the connection wait for the peer's attempt.
 * 3. A connection is up and the peer connects again: the peer is asked (`alive`) whether it knows the connection. If it
 *    does not, the new connection replaces the old one.
 * 4. The peer is connecting when this node needs a connection: this node waits, and connects if that gives no connection.
 */
export class PeerTable implements Peers, RemoteRouter, RemoteLinks {
  readonly kernel: Kernel
  readonly links: RemoteLinks = this
  readonly #table: ConnectionTable
  readonly #connector: Connector
  readonly #acceptor: Acceptor

  constructor(options: PeerTableOptions) {
    this.kernel = options.kernel
    this.#table = new ConnectionTable(options)
    this.#connector = new Connector(this.#table, options.dial)
    this.#acceptor = new Acceptor(this.#table, this.#connector, options.nameRefusal)
  }

  /** `net_ticktime`, in ms. */
  get tickTime(): number {
    return this.#table.tickTime
  }

  /** Returns the names of nodes. @see NodeKind */
  list(kind: NodeKind = 'visible'): Atom[] {
    return this.#table.list(kind)
  }

  visible(): Atom[] {
    return this.list('visible')
  }

  connection(peer: Atom): Connection | undefined {
    return this.#table.get(peer)?.connection
  }

  connectionId(node: Atom): number | undefined {
    const entry = this.#table.get(node)
    return entry?.connection && !entry.connection.peer.hidden ? entry.connectionId : undefined
  }

  reaches(pid: Pid): boolean {
    return this.connection(pid.node)?.peer.creation === pid.creation
  }

  /** Marks a connected peer as a Moebi node, to which bytes are sent as bytes. */
  setMoebi(peer: Atom): void {
    const connection = this.connection(peer)
    if (connection) connection.moebi = true
  }

  /** Returns the bytes that all connections of this node have received and sent. */
  bytes(): { readonly received: number; readonly sent: number } {
    return this.#table.bytes()
  }

  subscribe(listener: PeerListener): () => void {
    return this.#table.subscribe(listener)
  }

  route(signal: Signal, whenFull?: WhenFull): void {
    const node = signal.type === 'spawnRequest' ? signal.node : signal.to.node
    const entry = this.#table.get(node)
    const connection = entry?.connection
    if (connection === undefined) return this.#queue(signal, node, entry, whenFull)
    const { flow } = this.#table
    let before = 0
    if (connection.busy) {
      if (!flow.admits(entry!, signal, whenFull)) return
      before = connection.buffered
    }
    connection.signal(signal)
    if (connection.busy) flow.onSent(entry!, signal, before)
  }

  isConnected(node: Atom): boolean {
    return this.connection(node) !== undefined
  }

  isBusy(node: Atom): boolean {
    const entry = this.#table.get(node)
    return entry !== undefined && this.#table.flow.isBusy(entry)
  }

  whenIdle(node: Atom, fn: () => void): void {
    const entry = this.#table.get(node)
    if (entry && this.#table.flow.isBusy(entry)) entry.idleCallbacks.push(fn)
    else fn()
  }

  /** Returns the state of the connection to a node, or of the attempt to connect; undefined without one. */
  info(node: Atom): NodeInfo | undefined {
    const entry = this.#table.get(node)
    if (!entry) return undefined
    const suspended = [...entry.suspended.keys()].map(({ pid }) => pid)
    return { busy: this.#table.flow.isBusy(entry), queued: entry.queued, suspended }
  }

  /** Connects to a node. Resolves with false when that fails, at the latest after `connectTimeout`. */
  connect(node: Atom): Promise<boolean> {
    if (node === this.kernel.name) return Promise.resolve(true)
    const entry = this.#require(node)
    if (!entry) return Promise.resolve(false)
    if (entry.connection) return Promise.resolve(true)
    return new Promise((resolve) => entry.callbacks.push(resolve))
  }

  disconnect(node: Atom, reason: string): void {
    void this.connection(node)?.close(reason)
  }

  /** Takes the connection over which this node got its name. */
  adopt({ connect }: NamedByPeer): void {
    this.#table.up(connect(this.#table.establishOptions()))
  }

  /** Takes an incoming connection. See {@link Acceptor.accept}. */
  accept(socket: ConnectionSocket, tickTime?: number): Promise<void> {
    return this.#acceptor.accept(socket, tickTime)
  }

  /** Logs or counts a connection attempt that was refused before its handshake. See {@link Acceptor.refuse}. */
  refuse(address: string, reason: string, text: string): void {
    this.#acceptor.refuse(address, reason, text)
  }

  /** Closes all connections and makes no more. @returns when the last bytes of each were sent, or given up */
  async stop(): Promise<void> {
    const closed = this.#table.stop()
    this.#acceptor.stop()
    await closed
  }

  /** Keeps a signal until the connection is up. A copy is kept, as on a connection: later changes by the sender are not seen. */
  #queue(signal: Signal, node: Atom, existing: ConnectionEntry | undefined, whenFull?: WhenFull): void {
    // Code that is not type-checked passes anything as a pid. The error is thrown in that code, not when the connection fails.
    if (!(node instanceof Atom)) {
      const got = signal.type === 'spawnRequest' ? node : signal.to
      throw new TypeError(
        `a signal "${signal.type}" needs a pid or a name of a process as its receiver, got ${inspect(got as Term)}`,
      )
    }
    // A connection that is being set up may have pending signals that this one must follow.
    if ((existing?.pendingSignals.empty ?? true) && ENDED_WITH_CONNECTION.has(signal.type)) return
    const { flow } = this.#table
    const before = existing && flow.isBusy(existing) ? existing.queued : 0
    if (before > 0 && !flow.admits(existing!, signal, whenFull)) return
    const copy = PendingSignals.copy(signal)
    const entry = this.#require(node)
    if (!entry) return this.kernel.rejectSignal(signal)
    const overflow = entry.pendingSignals.add(copy)
    if (overflow) this.#table.fail(entry, new Error(overflow))
    else if (flow.isBusy(entry)) flow.onSent(entry, signal, before)
  }

  #require(node: Atom): ConnectionEntry | undefined {
    if (this.#table.stopped || node === this.kernel.name) return undefined
    const entry = this.#table.get(node) ?? this.#table.add(node)
    this.#connector.require(entry)
    return entry
  }
}

hideFields(PeerTable)
