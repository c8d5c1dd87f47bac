import { type ConnectionSocket, HandshakeError, initiate } from '../../distribution/index.ts'
import { runOutsideProcesses } from '../../process/index.ts'
import type { Atom } from '../../term/index.ts'
import type { ConnectionEntry } from './connection-entry.ts'
import type { ConnectionTable } from './connection-table.ts'

/**
 * Opens a byte stream to a node, or rejects with a sentence that follows "could not connect to …: ". When the signal aborts,
 * the dialer rejects at once; the reason of the signal is a `TimeoutError` when the time was up.
 */
export type Dialer = (node: Atom, signal: AbortSignal) => Promise<ConnectionSocket>

/** Longest wait for an incoming handshake before this node connects itself, in ms. Anybody can use the name of a peer. */
const INCOMING_WAIT = 1_000
/** The second attempt is for a peer that refused the first one in favour of its own, which then gave no connection. */
const MAX_ATTEMPTS = 2

/**
 * Connects to peers. Every entry has one deadline, `connectTimeout` after something first needed it. The deadline covers the
 * search for the address, the handshakes, and the wait for the peer's own attempt.
 */
export class Connector {
  readonly #table: ConnectionTable
  readonly #dial: Dialer

  constructor(table: ConnectionTable, dial: Dialer) {
    this.#table = table
    this.#dial = dial
  }

  /** Starts the deadline of an entry, and an attempt unless the peer is connecting to this node. */
  require(entry: ConnectionEntry): void {
    if (entry.needed || entry.connection) return
    const { kernel, connectTimeout } = this.#table
    entry.cancelDeadline = kernel.clock.schedule(connectTimeout, () => this.#onDeadline(entry))
    if (!entry.cancelWait) this.#start(entry)
  }

  /** Called for the first incoming handshake of a peer that this node is not connecting to. */
  waitForIncoming(entry: ConnectionEntry, ms: number = INCOMING_WAIT): void {
    entry.cancelWait ??= this.#table.kernel.clock.schedule(ms, () => {
      entry.cancelWait = undefined
      this.#endWait(entry)
    })
  }

  /** Called when the last incoming handshake of an entry has ended. */
  onIncomingEnded(entry: ConnectionEntry): void {
    // After the last attempt, the one that the peer preferred may still arrive.
    if (!entry.needed || entry.attempts < MAX_ATTEMPTS) this.#endWait(entry)
  }

  /** The peer has not connected: this node does, if something needs the connection. */
  #endWait(entry: ConnectionEntry): void {
    if (!this.#table.has(entry) || entry.connection || entry.attempt) return
    entry.cancelWait?.()
    entry.cancelWait = undefined
    if (entry.needed && entry.attempts < MAX_ATTEMPTS) this.#start(entry)
    else this.#table.fail(entry)
  }

  #start(entry: ConnectionEntry): void {
    const attempt = new AbortController()
    entry.attempt = attempt
    entry.attempts++
    runOutsideProcesses(() => {
      this.#connect(entry, attempt.signal).catch((error: unknown) => this.#onFailure(entry, attempt, error))
    })
  }

  async #connect(entry: ConnectionEntry, signal: AbortSignal): Promise<void> {
    const socket = await this.#dial(entry.peer, signal)
    const options = { ...this.#table.establishOptions(), peer: entry.peer, signal }
    const connection = await initiate(socket, options)
    if (signal.aborted) return void connection.close('another connection was faster')
    entry.attempt = undefined
    if (connection.closed) this.#table.fail(entry)
    else this.#table.up(connection)
  }

  #onFailure(entry: ConnectionEntry, attempt: AbortController, error: unknown): void {
    if (entry.attempt !== attempt) return
    entry.attempt = undefined
    if (attempt.signal.aborted) this.#table.fail(entry, error)
    else if (error instanceof HandshakeError && error.code === 'HANDSHAKE_NOK')
      this.waitForIncoming(entry, this.#table.connectTimeout / 2)
    else if (entry.incoming > 0) this.waitForIncoming(entry)
    else this.#table.fail(entry, error)
  }

  #onDeadline(entry: ConnectionEntry): void {
    const { attempt } = entry
    const { connectTimeout } = this.#table
    if (!attempt)
      return this.#table.fail(
        entry,
        new Error(
          `its own attempt to connect to this node did not succeed within ${connectTimeout} ms. Can it reach this node?`,
        ),
      )
    // The step in progress rejects with a sentence that says what it waited for.
    const timeout = new DOMException(`no connection within ${connectTimeout} ms`, 'TimeoutError')
    attempt.abort(timeout)
    setImmediate(() => this.#table.fail(entry, timeout))
  }
}
