/**
 * The connection between two nodes, from the end of the handshake until it is down.
 * https://www.erlang.org/doc/apps/erts/erl_dist_protocol#protocol-between-connected-nodes
 */
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type Clock, systemClock } from '../clock/index.ts'
import { DecodeError, type EncodeOptions } from '../etf/index.ts'
import type { Signal } from '../process/index.ts'
import { Atom, atom, type Floats, hideFields, tuple } from '../term/index.ts'
import { closeGracefully } from './close-gracefully.ts'
import { negotiate } from './control.ts'
import { ProtocolError } from './error.ts'
import { DFLAG_PUBLISHED } from './flags.ts'
import { releaseChunk } from './fragment-assembler.ts'
import { FrameDecoder, MAX_FRAME } from './frame-decoder.ts'
import type { HandshakeResult } from './handshake.ts'
import { type CountRelations, DEFAULT_LIMITS, type Limits } from './limits.ts'
import { SendQueue } from './send-queue.ts'
import { type HasReceiver, SignalReader } from './signal-reader.ts'
import { fallbackReply, SignalWriter } from './signal-writer.ts'
import { SpareBuffer } from './spare-buffer.ts'
import { NET_TICK_TIMEOUT, Ticker, type TickerOptions } from './ticks/index.ts'

/** A `net.Socket`, a `tls.TLSSocket` or another duplex stream. */
export type ConnectionSocket = Duplex & {
  setNoDelay?(on: boolean): unknown
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
}

export interface ConnectionOptions extends TickerOptions {
  readonly local: { readonly name: Atom; readonly creation: number }
  /** Called for every signal that arrives, in order. The first call comes in the turn after the connection was created, or later. */
  readonly onSignal: (signal: Signal, connection: Connection) => void
  /**
   * Whether a process receives what is sent to a pid, name or alias of this node. A message that no process receives is dropped
   * without being decoded, as by a BEAM. Without it every message is decoded.
   */
  readonly hasReceiver?: HasReceiver
  /** Called once, when the connection goes down, with a reason for the log. Signals that are sent afterwards are dropped. */
  readonly onDown: (reason: string, connection: Connection) => void
  /** Called when the connection is no longer busy. */
  readonly onIdle?: (connection: Connection) => void
  /** Number of bytes that may wait for the peer before the connection is busy. Default: 1 MiB, as the BEAM's `+zdbbl`. */
  readonly busyLimit?: number
  /**
   * Most bytes that may wait for a peer that does not read. With more, the connection goes down. Large messages are counted apart
   * from the others, and a single one may be longer. Default: 512 MiB.
   */
  readonly maxBuffered?: number
  /** Longest frame in bytes, in both directions. A message in fragments may be longer. Default: {@link MAX_FRAME}. */
  readonly maxFrame?: number
  /** Limits for what the peer sends. */
  readonly limits?: Limits | undefined
  /** Counts the links and monitors of the peer, for their limits. Default: they are not limited. */
  readonly countRelations?: CountRelations
  /** Whether the receivers cannot keep up. In that case no more is read from the peer in this turn. */
  readonly saturated?: () => boolean
  /** How floats without a fraction are decoded. Default: `'exact'`. */
  readonly floats?: Floats | undefined
  /** Returns the term to send instead of a value that is not a term, such as a function. */
  readonly replacer?: EncodeOptions['replacer']
}

export interface ConnectionStats {
  signalsIn: number
  signalsOut: number
  bytesIn: number
  bytesOut: number
}

/** Default for the number of bytes that may wait before a connection is busy. */
export const BUSY_LIMIT: number = 2 ** 20
const MAX_BUFFERED = 2 ** 29
const TICK = new Uint8Array(4)

/**
 * Sends signals to one node and receives signals from it.
 *
 * A signal is encoded when it is sent. Its bytes wait in a {@link SendQueue} until the socket takes them. Created by {@link accept} and
 * {@link initiate}, only for a node that has proved that it has the cookie.
 */
export class Connection {
  readonly peer: {
    readonly name: Atom
    readonly creation: number
    /** The flags that both nodes have. */
    readonly flags: bigint
    /** Whether one of the two nodes is hidden, so that `Node.list()` does not show the other. */
    readonly hidden: boolean
    /** Whether the peer itself is visible. A peer that is not may be a C node, which expects no messages of system processes. */
    readonly published: boolean
  }
  readonly stats: ConnectionStats = { signalsIn: 0, signalsOut: 0, bytesIn: 0, bytesOut: 0 }
  readonly #socket: ConnectionSocket
  readonly #options: ConnectionOptions
  readonly #clock: Clock
  readonly #frames: FrameDecoder
  readonly #reader: SignalReader
  readonly #writer: SignalWriter
  readonly #queue: SendQueue
  /** Whether more than `maxBuffered` bytes wait. The connection goes down in this tick and sends nothing more. */
  #overflowed = false
  #closed = false
  #error: Error | undefined
  readonly #ticker: Ticker

  /** @param rest bytes that followed the last message of the handshake */
  constructor(socket: ConnectionSocket, peer: HandshakeResult, rest: Uint8Array, options: ConnectionOptions) {
    const name = Atom.intern(peer.name)
    const maxFrame = options.maxFrame ?? MAX_FRAME
    const negotiated = negotiate(options.local.name, name, peer.creation, peer.flags)
    this.peer = {
      name,
      creation: peer.creation,
      flags: peer.flags,
      hidden: (peer.flags & DFLAG_PUBLISHED) === 0n,
      published: peer.published,
    }
    this.#socket = socket
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#frames = new FrameDecoder(4, options.limits?.maxFrame ?? maxFrame)
    this.#reader = new SignalReader(negotiated, options)
    const spare = new SpareBuffer(this.#clock)
    this.#writer = new SignalWriter(negotiated, maxFrame, options.replacer, (size) => spare.allocate(size))
    this.#queue = new SendQueue(socket, this.#writer, spare, this.stats, {
      busyLimit: options.busyLimit ?? BUSY_LIMIT,
      maxBuffered: options.maxBuffered ?? MAX_BUFFERED,
      onIdle: () => options.onIdle?.(this),
      onOverflow: (reason) => this.#onOverflow(reason),
    })
    // A hidden node does not ask a visible one whether it is a Moebi node, and a BEAM reads this form of bytes too.
    if (this.peer.hidden && peer.published) this.moebi = true
    socket.pause()
    socket.setNoDelay?.(true)
    socket.on('error', (error) => (this.#error = error))
    socket.on('end', () => this.#destroy('connection closed'))
    socket.on('close', () =>
      this.#destroy(this.#error ? `connection lost: ${this.#error.message}` : 'connection closed'),
    )
    socket.on('drain', () => this.#queue.onDrain())
    this.#ticker = new Ticker(
      {
        stats: this.stats,
        hasWaiting: () => this.buffered > 0,
        sendTick: () => this.#queue.addBytes(TICK),
        checkFragments: () => this.#checkFragments(),
        onSilence: () => this.#destroy(NET_TICK_TIMEOUT),
      },
      socket,
      options,
    )
    // Code that waits for this connection runs before the first signal is delivered.
    setImmediate(() => this.#start(rest))
  }

  /** Set when the peer is known to be a Moebi node. A Uint8Array is then sent so that it arrives as a Uint8Array, not as text. */
  set moebi(moebi: boolean) {
    this.#writer.moebi = moebi
  }

  /** Number of bytes that wait for the peer. */
  get buffered(): number {
    return this.#queue.bytes
  }

  /** Whether the peer is behind: more than `busyLimit` bytes wait, or have waited and more than half of that still waits. */
  get busy(): boolean {
    return this.#queue.busy
  }

  get closed(): boolean {
    return this.#closed
  }

  /**
   * Sends a signal. It is encoded at once, so the receiver does not see later changes by the sender.
   *
   * A signal that the peer does not support is answered by this node, see {@link fallbackReply}. The exit of a process is
   * always sent, because links and monitors wait for it: a value in its reason that is not a term is sent as text, and a reason
   * that cannot be sent at all as `{:encode_error, sentence}`.
   *
   * @throws EncodeError when a message, the arguments of a spawn or the reason of an `exit2` is not a term, RangeError when the
   * frame would be too long; nothing is sent then
   */
  signal(signal: Signal): void {
    if (this.#closed || this.#overflowed) return
    const start = this.#writer.writer.offset
    const late = this.#queue.holdsBack(signal)
    let sent: boolean
    try {
      sent = this.#writer.write(signal, late)
    } catch (error) {
      if (signal.type !== 'exit' && signal.type !== 'down') throw error
      const sentence = error instanceof Error ? error.message : String(error)
      sent = this.#writer.write({ ...signal, reason: tuple(atom('encode_error'), sentence) }, late)
    }
    if (!sent) return this.#deliverFallbackReply(signal)
    this.stats.signalsOut++
    this.#queue.add(signal, start)
  }

  /**
   * Closes the connection after the bytes that wait were sent. Calls `onDown` with the reason at once.
   *
   * @returns a promise that resolves when the bytes were sent, or the peer did not take them in time
   */
  close(reason: string): Promise<void> {
    if (this.#closed) return Promise.resolve()
    const sent = this.#flushAndClose()
    this.#onClosed(reason)
    return sent
  }

  /** Closes the socket at once, for a program that ends in this turn. `onDown` is not called. */
  abort(): void {
    this.#socket.destroy()
  }

  #start(rest: Uint8Array): void {
    if (this.#closed) return
    if (rest.length > 0) this.#receive(rest)
    this.#socket.on('data', (chunk: Uint8Array) => {
      this.#receive(chunk)
      if (this.#reader.frames.wasFragment && this.#socket instanceof Socket) releaseChunk(chunk)
      if (this.#options.saturated?.()) this.#pauseForOneTurn()
    })
    this.#socket.resume()
  }

  #receive(chunk: Uint8Array): void {
    if (this.#closed) return
    this.stats.bytesIn += chunk.length
    this.#frames.push(chunk)
    while (!this.#closed) {
      let signal: Signal | undefined
      try {
        if (!this.#frames.next()) return
        const { bytes, start, end } = this.#frames
        if (start === end) continue
        signal = this.#reader.read(bytes, start, end)
        if (this.#reader.frames.wasFragment) this.#frames.reuse()
      } catch (error) {
        return this.#onReadError(error)
      }
      this.stats.signalsIn++
      if (signal) this.#deliver(signal)
    }
  }

  /** An error in the receiver is thrown later, so that the frames behind the signal are still delivered. */
  #deliver(signal: Signal): void {
    try {
      this.#options.onSignal(signal, this)
    } catch (error) {
      setImmediate(() => {
        throw error
      })
    }
  }

  /** Without the pause one turn reads up to 32 chunks, and mailboxes grow faster than processes can read them. */
  #pauseForOneTurn(): void {
    this.#socket.pause()
    setImmediate(() => {
      if (!this.#closed) this.#socket.resume()
    })
  }

  /** Quarters of `net_ticktime` are counted, as for the silence of a peer: after a pause of this process fragments wait to be read. */
  #checkFragments(): boolean {
    const { fragmentTimeout: timeout = DEFAULT_LIMITS.fragmentTimeout } = this.#options.limits ?? {}
    if (!this.#reader.frames.fragments.isStale(timeout / this.#ticker.quarter)) return false
    this.#destroy(`a message got no fragment for ${timeout} ms (limit fragmentTimeout)`)
    return true
  }

  #onReadError(error: unknown): void {
    if (error instanceof ProtocolError) return this.#destroy(error.message)
    if (error instanceof DecodeError) return this.#destroy(`invalid distribution message: ${error.message}`)
    throw error
  }

  #deliverFallbackReply(signal: Signal): void {
    const answer = fallbackReply(signal)
    if (answer) process.nextTick(() => this.#closed || this.#deliver(answer))
  }

  /** The connection goes down in the next tick, because the code that sends must not be interrupted by `onDown`. */
  #onOverflow(reason: string): void {
    if (this.#overflowed) return
    this.#overflowed = true
    process.nextTick(() => this.#destroy(reason))
  }

  #destroy(reason: string): void {
    if (this.#closed) return
    this.#socket.destroy()
    this.#onClosed(reason)
  }

  #onClosed(reason: string): void {
    this.#closed = true
    this.#ticker.stop()
    this.#queue.close()
    this.#options.onDown(reason, this)
  }

  #flushAndClose(): Promise<void> {
    this.#queue.writeAll()
    return closeGracefully(this.#socket, this.#clock)
  }
}

hideFields(Connection)
