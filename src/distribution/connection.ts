/**
 * One link between two nodes, from the end of the handshake until it goes down.
 * https://www.erlang.org/doc/apps/erts/erl_dist_protocol#protocol-between-connected-nodes
 */
import type { Duplex } from 'node:stream'
import { type Cancel, type Clock, systemClock } from '../clock/index.ts'
import { DecodeError, type EncodeOptions } from '../etf/index.ts'
import type { Signal } from '../process/index.ts'
import { Atom, atom, hideFields, tuple } from '../term/index.ts'
import { closeGracefully } from './close-gracefully.ts'
import { negotiate } from './control.ts'
import { ProtocolError } from './error.ts'
import { DFLAG_PUBLISHED } from './flags.ts'
import { FrameDecoder, MAX_FRAME } from './frame-decoder.ts'
import type { HandshakeResult } from './handshake.ts'
import { SignalReader } from './signal-reader.ts'
import { fallbackReply, SignalWriter } from './signal-writer.ts'

/** A `net.Socket`, a `tls.TLSSocket`, or anything else that carries bytes both ways. */
export type ConnectionSocket = Duplex & {
  setNoDelay?(on: boolean): unknown
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
}

export interface ConnectionOptions {
  readonly local: { readonly name: Atom; readonly creation: number }
  /** Called for every signal that arrives, in order, never before the turn after the connection was made. */
  readonly onSignal: (signal: Signal, connection: Connection) => void
  /** Called once, with a sentence for people. Signals sent from then on are dropped. */
  readonly onDown: (reason: string, connection: Connection) => void
  /**
   * `net_ticktime` in ms: a peer that has been silent for about so long is down. 60,000 unless given; Infinity where a dead
   * peer cannot be silent.
   */
  readonly tickTime?: number
  readonly clock?: Clock
  /** How many bytes may wait for a peer that does not read, before the link goes down. 512 MiB unless given. */
  readonly maxBuffered?: number
  /** The longest frame in bytes, in and out. {@link MAX_FRAME} unless given. */
  readonly maxFrame?: number
  /** Whether those who take the signals are behind. No more is read from the peer in this turn then. */
  readonly saturated?: () => boolean
  /** What is written in the place of a value that is no term, such as a function. */
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
/** As `net_tickintensity` of OTP: a quarter of the time without a word from us is ended by a tick. */
const TICKS_PER_PERIOD = 4
const TICK = new Uint8Array(4)

/**
 * Carries signals to one node and from it.
 *
 * Signals are encoded at once, into one slab, and leave together when the code that runs now has run. What the socket
 * does not take waits here. Made by {@link accept} and {@link initiate}; not to be used for a node that has not proved
 * itself.
 */
export class Connection {
  readonly peer: {
    readonly name: Atom
    readonly creation: number
    /** Those that both nodes have. */
    readonly flags: bigint
    /** Whether either of the two is hidden from the other's `Node.list()`. */
    readonly hidden: boolean
  }
  readonly stats: ConnectionStats = { signalsIn: 0, signalsOut: 0, bytesIn: 0, bytesOut: 0 }
  readonly #socket: ConnectionSocket
  readonly #options: ConnectionOptions
  readonly #clock: Clock
  readonly #frames: FrameDecoder
  readonly #reader: SignalReader
  readonly #writer: SignalWriter
  /** Slabs that wait for the socket, oldest first. */
  #queue: Uint8Array[] = []
  #queued = 0
  #blocked = false
  #scheduled = false
  /** Too much waits: the link is about to go down, and takes nothing more. */
  #overflowed = false
  #closed = false
  #error: Error | undefined
  #cancelTick: Cancel = () => {}
  #silentQuarters = 0
  #bytesInAtTick = 0
  #bytesOutAtTick = 0

  /** @param rest bytes that came behind the last message of the handshake */
  constructor(socket: ConnectionSocket, peer: HandshakeResult, rest: Uint8Array, options: ConnectionOptions) {
    const name = Atom.intern(peer.name)
    const maxFrame = options.maxFrame ?? MAX_FRAME
    const agreement = negotiate(options.local.name, name, peer.creation, peer.flags)
    this.peer = {
      name,
      creation: peer.creation,
      flags: peer.flags,
      hidden: (peer.flags & DFLAG_PUBLISHED) === 0n,
    }
    this.#socket = socket
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#frames = new FrameDecoder(4, maxFrame)
    this.#reader = new SignalReader(agreement)
    this.#writer = new SignalWriter(agreement, maxFrame, options.replacer)
    socket.pause()
    socket.setNoDelay?.(true)
    socket.on('error', (error) => (this.#error = error))
    socket.on('end', () => this.#destroy('connection closed'))
    socket.on('close', () =>
      this.#destroy(this.#error ? `connection lost: ${this.#error.message}` : 'connection closed'),
    )
    socket.on('drain', () => this.#onDrain())
    this.#scheduleTick()
    // Whoever waits for this connection gets to know it before its first signal.
    setImmediate(() => this.#start(rest))
  }

  /** Set once the peer is known to be a Moebi node: bytes then arrive there as bytes, and not as text. */
  set moebi(moebi: boolean) {
    this.#writer.moebi = moebi
  }

  /** How many bytes wait for the peer. */
  get buffered(): number {
    return this.#queued + this.#writer.writer.length + this.#socket.writableLength
  }

  get closed(): boolean {
    return this.#closed
  }

  /**
   * Sends a signal. It is encoded now, so what the sender changes afterwards is not seen by the receiver.
   *
   * A signal that the peer could not understand is answered here, as the peer would if it could. An end is told in any case,
   * since somebody waits for it: what is no term in its reason arrives as text, and a reason that cannot be sent at all
   * as `{:encode_error, sentence}`.
   *
   * @throws EncodeError when a message, the arguments or the reason of an `exit2` are no term, RangeError when they
   * are longer than a frame may be; nothing is sent then
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
   * Lets what was sent leave, and hangs up. The reason is what `onDown` gets to hear, at once.
   *
   * @returns when it has left, or is given up
   */
  close(reason: string): Promise<void> {
    if (this.#closed) return Promise.resolve()
    const left = this.#flushAndClose()
    this.#onClosed(reason)
    return left
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

  /** An error of who takes the signal must not cost the frames behind it. */
  #deliver(signal: Signal): void {
    try {
      this.#options.onSignal(signal, this)
    } catch (error) {
      setImmediate(() => {
        throw error
      })
    }
  }

  /** Otherwise one turn reads up to 32 chunks, and what nobody has had time for would pile up in mailboxes. */
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
      // Behind everything that runs in microtasks, so that all of it leaves in one write.
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

  /** Not at once: the code that sends now must not hear in the middle of it that the node is down. */
  #onOverflow(): void {
    this.#overflowed = true
    const reason = `${this.buffered} bytes wait for a node that does not read them, more than are kept`
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

  #scheduleTick(): void {
    const quarter = (this.#options.tickTime ?? 60_000) / TICKS_PER_PERIOD
    if (quarter === Number.POSITIVE_INFINITY) return
    this.#cancelTick = this.#clock.schedule(quarter, () => this.#tick())
  }

  /**
   * Four quarters without a byte, and the one in which the last byte came: a peer is down 60 to 75 s after its last
   * word. Quarters are counted and not time, since after a pause of our own the peer's ticks wait to be read.
   */
  #tick(): void {
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
