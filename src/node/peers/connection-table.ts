import {
  type BlockedReport,
  type Connection,
  type EstablishOptions,
  HandshakeError,
  type Limits,
} from '../../distribution/index.ts'
import { type Kernel, report, type Signal } from '../../process/index.ts'
import { type Atom, escapeName, type Floats, nonode } from '../../term/index.ts'
import { ConnectionEntry } from './connection-entry.ts'
import type { Cookies } from './cookie.ts'
import { type NodedownEvent, type NodeupEvent, nodedowns, nodeups } from './events.ts'
import { FlowControl, type FlowControlOptions, flowControlOptions } from './flow-control.ts'
import type { NodeKind } from './node-kind.ts'
import { DISCONNECTED, type PeerListener } from './peers.ts'

export interface ConnectionTableOptions {
  readonly kernel: Kernel
  readonly hidden: boolean
  readonly cookies: Cookies
  /** `net_ticktime`, in ms. */
  readonly tickTime: number
  /** How long connections get ticks while the program computes, in ms. Default: 0. */
  readonly tickWhileBlocked?: number | undefined
  /** Longest time in ms for an incoming handshake, and for `connect()` as a whole. */
  readonly connectTimeout: number
  /** Default: those of a node without options. */
  readonly flow?: FlowControlOptions
  /** How floats without a fraction are decoded. Default: `'exact'`. */
  readonly floats?: Floats | undefined
  /** Limits for what peers send. */
  readonly limits?: Limits | undefined
  /** Takes the signals of peers. Default: the kernel delivers them. */
  readonly deliver?: ((signal: Signal, peer: Atom) => void) | undefined
}

/** A peer that was killed with unread bytes of this node resets the connection. Other peers close it. */
const RESET = /^connection lost: .*\b(ECONNRESET|EPIPE)\b/
/** Reasons for the end of a connection that are not logged. */
const EXPECTED = new Set(['connection closed', DISCONNECTED, 'the node stops', 'the peer connected anew'])

/** The entries of all peers, and the end of every attempt: a connection that is up, one that went down, or a failure. */
export class ConnectionTable {
  readonly kernel: Kernel
  readonly connectTimeout: number
  readonly flow: FlowControl
  readonly #options: ConnectionTableOptions
  readonly #entries = new Map<Atom, ConnectionEntry>()
  /** The names of this node, before and after it got one, and of every node that it has connected to, or tried to. */
  readonly #known: Set<Atom>
  readonly #listeners = new Set<PeerListener>()
  #connectionId = 0
  /** Bytes of the connections that are down. */
  readonly #ended = { received: 0, sent: 0 }
  #stopped = false

  constructor(options: ConnectionTableOptions) {
    this.kernel = options.kernel
    this.connectTimeout = options.connectTimeout
    this.flow = new FlowControl(options.kernel, options.flow ?? flowControlOptions())
    this.#options = options
    this.#known = new Set([nonode, options.kernel.name])
  }

  get tickTime(): number {
    return this.#options.tickTime
  }

  get stopped(): boolean {
    return this.#stopped
  }

  get(peer: Atom): ConnectionEntry | undefined {
    return this.#entries.get(peer)
  }

  /** Whether the entry has neither failed nor been replaced. */
  has(entry: ConnectionEntry): boolean {
    return this.#entries.get(entry.peer) === entry
  }

  add(peer: Atom): ConnectionEntry {
    const entry = new ConnectionEntry(peer)
    this.#entries.set(peer, entry)
    this.#known.add(peer)
    return entry
  }

  /** Returns the names of nodes. @see NodeKind */
  list(kind: NodeKind): Atom[] {
    if (kind === 'this') return [this.kernel.name]
    if (kind === 'known') return [...this.#known]
    const peers: Atom[] = []
    for (const { peer, connection } of this.#entries.values())
      if (connection && (kind === 'connected' || connection.peer.hidden === (kind === 'hidden')))
        peers.push(peer)
    return peers
  }

  /** Returns the bytes that the connections of this node have received and sent, those that are down included. */
  bytes(): { readonly received: number; readonly sent: number } {
    let { received, sent } = this.#ended
    for (const { connection } of this.#entries.values()) {
      received += connection?.stats.bytesIn ?? 0
      sent += connection?.stats.bytesOut ?? 0
    }
    return { received, sent }
  }

  subscribe(listener: PeerListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Options of every handshake, and of the connection that it gives. */
  establishOptions(): EstablishOptions {
    const {
      kernel,
      cookies,
      hidden,
      tickTime,
      tickWhileBlocked = 0,
      connectTimeout,
      floats,
      limits,
      deliver,
    } = this.#options
    return {
      local: { name: kernel.name, creation: kernel.creation, hidden },
      cookieFor: (node) => cookies.for(node),
      onSignal: deliver
        ? (signal, connection) => deliver(signal, connection.peer.name)
        : (signal) => kernel.deliver(signal),
      hasReceiver: (to) => kernel.hasReceiver(to),
      onDown: (reason, connection) => this.#down(connection, reason),
      onIdle: (connection) => {
        const entry = this.get(connection.peer.name)
        if (entry?.connection === connection) this.flow.release(entry)
      },
      busyLimit: this.flow.busyLimit,
      saturated: () => kernel.runQueue.saturated,
      timeout: connectTimeout,
      tickTime,
      tickWhileBlocked,
      onBlocked: (blocked) => this.report('warning', blockedText(blocked, tickWhileBlocked)),
      floats,
      limits,
      countRelations: (node) => kernel.countRelations(node),
      clock: kernel.clock,
    }
  }

  /** Puts a new connection into the table, in place of an older one. Sends it the pending signals, then tells the listeners. */
  up(connection: Connection): void {
    const { name: peer, hidden } = connection.peer
    if (this.#stopped) return void connection.close('the node stops')
    // Removes the entry of the older connection. Code that runs because of its end may have started a new attempt.
    void this.get(peer)?.connection?.close('the peer connected anew')
    const entry = this.get(peer) ?? this.add(peer)
    entry.stopConnecting()
    entry.connection = connection
    entry.connectionId = ++this.#connectionId
    this.#sendPending(entry, connection)
    if (!connection.busy) this.flow.release(entry)
    for (const callback of entry.callbacks.splice(0)) callback(true)
    const info = { visible: !hidden, connectionId: entry.connectionId }
    if (nodeups.hasSubscribers)
      nodeups.publish({ kernel: this.kernel, node: peer, ...info } satisfies NodeupEvent)
    for (const listener of this.#listeners) listener.up(peer, info)
  }

  /**
   * Removes an entry that got no connection: bounces its signals and tells the callers of `connect()`.
   *
   * @param error is logged
   */
  fail(entry: ConnectionEntry, error?: unknown): void {
    if (!this.has(entry) || entry.connection) return
    this.#entries.delete(entry.peer)
    entry.stopConnecting()
    if (error instanceof HandshakeError && error.peer !== undefined) this.report('error', error.message)
    else if (error instanceof Error)
      this.report('info', `could not connect to ${escapeName(entry.peer.name)}: ${error.message}`)
    for (const signal of entry.pendingSignals.take()) this.kernel.rejectSignal(signal)
    for (const callback of entry.callbacks.splice(0)) callback(false)
    this.flow.release(entry)
  }

  /** Closes all connections and fails all attempts. @returns when the last bytes of each connection were sent, or given up */
  async stop(): Promise<void> {
    this.#stopped = true
    const closing: Promise<void>[] = []
    for (const entry of [...this.#entries.values()])
      if (entry.connection) closing.push(entry.connection.close('the node stops'))
      else this.fail(entry)
    await Promise.all(closing)
  }

  report(level: 'debug' | 'info' | 'warning' | 'error', text: string): void {
    report({ kernel: this.kernel, level, text })
  }

  /** A signal that this peer cannot take is bounced to its sender. It does not end the connection. */
  #sendPending({ pendingSignals }: ConnectionEntry, connection: Connection): void {
    for (const signal of pendingSignals.take())
      try {
        connection.signal(signal)
      } catch (error) {
        const { message } = error as Error
        this.report('error', `A signal to ${connection.peer.name.name} could not be sent: ${message}`)
        this.kernel.rejectSignal(signal)
      }
  }

  #down(connection: Connection, reason: string): void {
    const { name: peer } = connection.peer
    const entry = this.get(peer)
    if (entry?.connection !== connection) return
    this.#entries.delete(peer)
    this.#ended.received += connection.stats.bytesIn
    this.#ended.sent += connection.stats.bytesOut
    if (!EXPECTED.has(reason) && !RESET.test(reason))
      this.report('warning', `The connection to ${peer.name} went down: ${reason}.`)
    if (nodedowns.hasSubscribers)
      nodedowns.publish({ kernel: this.kernel, node: peer, reason } satisfies NodedownEvent)
    this.kernel.nodeDown(peer)
    this.flow.release(entry)
    for (const listener of this.#listeners) listener.down(peer, reason)
  }
}

function blockedText({ silent, isOver, stack }: BlockedReport, limit: number): string {
  const seconds = (ms: number): number => Math.round(ms / 1000)
  const code =
    stack.length === 0 ? '' : ` It ran this code:\n${stack.map((each) => `    ${each}`).join('\n')}`
  return isOver
    ? `The program handled no events for ${seconds(silent)} s. Its connections got no more ticks, so other nodes may have closed them.${code}`
    : `The program handled no events for at least ${seconds(silent)} s. Its connections get ticks meanwhile, for ${seconds(limit)} s.${code}`
}
