/**
 * The connection between two nodes, from the end of the handshake until it is down.
 * https://www.erlang.org/doc/apps/erts/erl_dist_protocol#protocol-between-connected-nodes
 */
import type { Duplex } from 'node:stream'
import { type Cancel, type Clock, systemClock } from '../clock/index.ts'
import { DecodeError, type EncodeOptions } from '../etf/index.ts'
import type { Signal } from '../process/index.ts'
import { Atom, atom, type Floats, hideFields, tuple } from '../term/index.ts'
import { closeGracefully } from './close-gracefully.ts'
import { negotiate } from './control.ts'
import { ProtocolError } from './error.ts'
import { DFLAG_PUBLISHED } from './flags.ts'
import { FrameDecoder, MAX_FRAME } from './frame-decoder.ts'
import type { HandshakeResult } from './handshake.ts'
import { type HasReceiver, SignalReader } from './signal-reader.ts'
import { fallbackReply, SignalWriter } from './signal-writer.ts'
import { type BlockedReport, type TickWatchdog, watchTicks } from './tick-watchdog.ts'

/** A `net.Socket`, a `tls.TLSSocket`, or another duplex stream of bytes. */
export type ConnectionSocket = Duplex & {
  setNoDelay?(on: boolean): unknown
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
}

export interface ConnectionOptions {
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
  /**
   * `net_ticktime` in ms: a peer that has sent nothing for about this time is down. Default: 60,000. Infinity turns ticks off,
   * for a stream that always reports the end of the peer.
   */
  readonly tickTime?: number
  /**
   * How long, in ms, the connection gets ticks while this program computes and handles no events. Not over TLS, nor on Windows.
   * Default: 0.
   */
  readonly tickWhileBlocked?: number
  /** Called when the program has computed for long, as soon as it handles events again. */
  readonly onBlocked?: (report: BlockedReport) => void
  readonly clock?: Clock
  /** Most bytes that may wait for a peer that does not read. With more, the connection goes down. Default: 512 MiB. */
  readonly maxBuffered?: number
  /** Longest frame in bytes, in both directions. Default: {@link MAX_FRAME}. */
  readonly maxFrame?: number
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

const MAX_BUFFERED = 2 ** 29
const FLUSH_AT = 64 * 1024
/** As OTP's `net_tickintensity`: after a quarter of `net_ticktime` without a byte from this node, it sends a tick. */
const TICKS_PER_PERIOD = 4
const TICK = new Uint8Array(4)

/**
 * Sends signals to one node and receives signals from it.
 *
 * A signal is encoded when it is sent, into one buffer. The buffer is written to the socket when the current code and its
 * microtasks have run. Bytes that the socket does not take wait in a queue. Created by {@link accept} and {@link initiate},
 * only for a node that has proved that it has the cookie.
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
  /** Buffers that wait for the socket, oldest first. */
  #queue: Uint8Array[] = []
  #queued = 0
  #blocked = false
  #scheduled = false
  /** Whether more than `maxBuffered` bytes wait. The connection goes down in this tick and sends nothing more. */
  #overflowed = false
  #closed = false
  #error: Error | undefined
  #cancelTick: Cancel = () => {}
  readonly #watchdog: TickWatchdog | undefined
  #silentQuarters = 0
  #bytesInAtTick = 0
  #bytesOutAtTick = 0

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
    this.#frames = new FrameDecoder(4, maxFrame)
    this.#reader = new SignalReader(negotiated, options.hasReceiver, options.floats)
    this.#writer = new SignalWriter(negotiated, maxFrame, options.replacer)
    // A hidden node does not ask a visible one whether it is a Moebi node, and a BEAM reads this form of bytes too.
    if (this.peer.hidden && peer.published) this.moebi = true
    socket.pause()
    socket.setNoDelay?.(true)
    socket.on('error', (error) => (this.#error = error))
    socket.on('end', () => this.#destroy('connection closed'))
    socket.on('close', () =>
      this.#destroy(this.#error ? `connection lost: ${this.#error.message}` : 'connection closed'),
    )
    socket.on('drain', () => this.#onDrain())
    this.#watchdog = this.#watch(socket)
    this.#scheduleTick()
    // Code that waits for this connection runs before the first signal is delivered.
    setImmediate(() => this.#start(rest))
  }

  /** Set when the peer is known to be a Moebi node. A Uint8Array is then sent so that it arrives as a Uint8Array, not as text. */
  set moebi(moebi: boolean) {
    this.#writer.moebi = moebi
  }

  /** Number of bytes that wait for the peer. */
  get buffered(): number {
    return this.#queued + this.#writer.writer.length + this.#socket.writableLength
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
    let sent: boolean
    try {
      sent = this.#writer.write(signal)
    } catch (error) {
      if (signal.type !== 'exit' && signal.type !== 'down') throw error
      const sentence = error instanceof Error ? error.message : String(error)
      sent = this.#writer.write({ ...signal, reason: tuple(atom('encode_error'), sentence) })
    }
    if (sent) this.#scheduleFlush()
    else this.#deliverFallbackReply(signal)
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

  #start(rest: Uint8Array): void {
    if (this.#closed) return
    if (rest.length > 0) this.#receive(rest)
    this.#socket.on('data', (chunk: Uint8Array) => {
      this.#receive(chunk)
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

  #onReadError(error: unknown): void {
    if (error instanceof ProtocolError) return this.#destroy(error.message)
    if (error instanceof DecodeError) return this.#destroy(`invalid distribution message: ${error.message}`)
    throw error
  }

  #deliverFallbackReply(signal: Signal): void {
    const answer = fallbackReply(signal)
    if (!answer) return
    process.nextTick(() => {
      if (!this.#closed) this.#deliver(answer)
    })
  }

  #scheduleFlush(): void {
    this.stats.signalsOut++
    if (!this.#scheduled) {
      this.#scheduled = true
      // Runs after all microtasks, so that their signals leave in one write.
      process.nextTick(() => {
        this.#scheduled = false
        if (!this.#blocked) this.#flush()
      })
    }
    if (this.#writer.writer.length >= FLUSH_AT) this.#flush()
  }

  #flush(): void {
    if (this.#closed || this.#writer.writer.length === 0) return
    const bytes = this.#writer.writer.takeBytes()
    this.stats.bytesOut += bytes.length
    if (!this.#blocked) {
      this.#blocked = !this.#socket.write(bytes)
      return
    }
    this.#queue.push(bytes)
    this.#queued += bytes.length
    if (this.buffered > (this.#options.maxBuffered ?? MAX_BUFFERED)) this.#onOverflow()
  }

  /** The connection goes down in the next tick, because the code that sends must not be interrupted by `onDown`. */
  #onOverflow(): void {
    this.#overflowed = true
    const reason = `${this.buffered} bytes wait for a node that does not read them, more than the limit`
    process.nextTick(() => this.#destroy(reason))
  }

  #onDrain(): void {
    if (this.#closed) return
    this.#blocked = false
    if (this.#queue.length > 0) {
      const queue = this.#queue
      this.#queue = []
      this.#queued = 0
      this.#socket.cork()
      for (const bytes of queue) this.#blocked = !this.#socket.write(bytes)
      this.#socket.uncork()
    }
    if (!this.#blocked) this.#flush()
  }

  get #quarter(): number {
    return (this.#options.tickTime ?? 60_000) / TICKS_PER_PERIOD
  }

  #watch(socket: ConnectionSocket): TickWatchdog | undefined {
    const { tickWhileBlocked: limit = 0, onBlocked = () => {} } = this.#options
    const quarter = this.#quarter
    return limit > 0 && Number.isFinite(quarter)
      ? watchTicks(socket, { quarter, limit, onBlocked })
      : undefined
  }

  #scheduleTick(): void {
    const quarter = this.#quarter
    if (quarter === Number.POSITIVE_INFINITY) return
    this.#cancelTick = this.#clock.schedule(quarter, () => this.#tick())
  }

  /**
   * Runs every quarter of `net_ticktime`. A peer is down after four quarters without a byte, not counting the quarter of its
   * last byte: 60 to 75 s. Quarters are counted, not time, because after a pause of this process the peer's ticks still wait to
   * be read.
   */
  #tick(): void {
    this.#watchdog?.beat()
    const { bytesIn, bytesOut } = this.stats
    this.#silentQuarters = bytesIn === this.#bytesInAtTick ? this.#silentQuarters + 1 : 0
    if (this.#silentQuarters >= TICKS_PER_PERIOD) return this.#destroy('net tick timeout')
    if (bytesOut === this.#bytesOutAtTick && this.buffered === 0) {
      this.stats.bytesOut += TICK.length
      this.#blocked = !this.#socket.write(TICK)
    }
    this.#bytesInAtTick = bytesIn
    this.#bytesOutAtTick = this.stats.bytesOut
    this.#scheduleTick()
  }

  #destroy(reason: string): void {
    if (this.#closed) return
    this.#socket.destroy()
    this.#onClosed(reason)
  }

  #onClosed(reason: string): void {
    this.#closed = true
    this.#cancelTick()
    this.#watchdog?.stop()
    this.#queue = []
    this.#options.onDown(reason, this)
  }

  #flushAndClose(): Promise<void> {
    for (const bytes of this.#queue) this.#socket.write(bytes)
    if (this.#writer.writer.length > 0) this.#socket.write(this.#writer.writer.takeBytes())
    return closeGracefully(this.#socket, this.#clock)
  }
}

hideFields(Connection)
