import type { Cancel } from '../../clock/index.ts'
import type { Connection } from '../../distribution/index.ts'
import type { LocalProcess, Resendable } from '../../process/index.ts'
import type { Atom } from '../../term/index.ts'
import { PendingSignals } from './pending-signals.ts'

/**
 * Connection to one peer, or the attempt to get one:
 * - `connection` is set: it is up.
 * - `attempt` is set: this node is connecting to the peer.
 * - `cancelWait` is set: this node waits for the peer to connect.
 */
export class ConnectionEntry {
  readonly peer: Atom
  connection: Connection | undefined
  /** Number of the connection. */
  connectionId = 0
  /** Aborts the attempt of this node. */
  attempt: AbortController | undefined
  /** Number of attempts of this node so far. */
  attempts = 0
  /** Cancels the timer that ends the wait for the peer. */
  cancelWait: Cancel | undefined
  /** Number of incoming handshakes in progress under the name of the peer. Only the last step of a handshake proves the name. */
  incoming = 0
  /** Cancels the timer that fails the entry. Set as soon as something needs the connection. */
  cancelDeadline: Cancel | undefined
  readonly pendingSignals: PendingSignals = new PendingSignals()
  /** Called once, when the connection is up or has failed. */
  callbacks: ((connected: boolean) => void)[] = []
  /** The processes that are suspended because the connection is busy, each with what it sends later. */
  readonly suspended: Map<LocalProcess, Resendable[]> = new Map()
  /** Bytes of the messages with which these processes were suspended. They do not count for the limit of other messages. */
  unlimited = 0
  /** Called once, when the connection is not busy, or is down. */
  readonly idleCallbacks: (() => void)[] = []
  /** Cancels the timer that logs that the connection is busy. */
  cancelBusyReport: Cancel | undefined
  /** Whether the log has said that the connection is busy. */
  busyReported = false

  constructor(peer: Atom) {
    this.peer = peer
  }

  /** Whether a signal or a caller of `connect()` needs the connection. An incoming handshake alone does not. */
  get needed(): boolean {
    return this.cancelDeadline !== undefined
  }

  /** Number of bytes that wait for the peer. */
  get queued(): number {
    return this.connection ? this.connection.buffered : this.pendingSignals.bytes
  }

  /** Cancels the timers and aborts the attempt of this node. */
  stopConnecting(): void {
    this.cancelWait?.()
    this.cancelWait = undefined
    this.cancelDeadline?.()
    this.cancelDeadline = undefined
    this.attempt?.abort()
    this.attempt = undefined
  }
}
