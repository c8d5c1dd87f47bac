import type { Signal } from '../process/index.ts'
import { FRAGMENT_SIZE } from './fragment.ts'
import { FragmentQueue, senderOf } from './fragment-queue.ts'
import type { SignalWriter } from './signal-writer.ts'
import type { SpareBuffer } from './spare-buffer.ts'

/** The stream of a connection, as far as it is written to. */
export interface WritableSocket {
  readonly writableLength: number
  write(bytes: Uint8Array, written?: () => void): boolean
  cork(): void
  uncork(): void
}

export interface SendQueueOptions {
  /** Number of bytes that may wait before the queue is busy. */
  readonly busyLimit: number
  /** Most bytes that may wait. Large messages are counted apart from the others, and a single one may be longer. */
  readonly maxBuffered: number
  /** Called when the queue is no longer busy. */
  readonly onIdle: () => void
  /** Called when more than `maxBuffered` bytes wait. Nothing more is added to the queue then. */
  readonly onOverflow: (reason: string) => void
}

const FLUSH_AT = 64 * 1024
/** Bytes of fragments that are written in one turn of the event loop. Other signals wait for at most so many. */
const FRAGMENTS_PER_TURN = 4 * FRAGMENT_SIZE
/** Bytes of other signals that the socket gets at once. The queue learns about its progress when all of them have been taken. */
const BYTES_PER_DRAIN = 512 * 1024

/**
 * The bytes that a connection sends, from the frame that was written last to the socket.
 *
 * Frames are written into one buffer. It goes to the socket when the current code and its microtasks have run. Bytes that the socket
 * does not take wait in a queue. A large message waits in another queue, from which some fragments are written in each turn of the
 * event loop, so that it does not delay the signals of other processes.
 *
 * The queue is busy from the moment when more than `busyLimit` bytes wait, until half of that waits or less.
 */
export class SendQueue {
  /** Whether the peer is behind, see {@link SendQueueOptions.busyLimit}. */
  busy = false
  readonly #socket: WritableSocket
  readonly #writer: SignalWriter
  readonly #spare: SpareBuffer
  readonly #stats: { bytesOut: number }
  readonly #options: SendQueueOptions
  /** Buffers that wait for the socket, oldest first. */
  #queue: Uint8Array[] = []
  #queued = 0
  readonly #fragments = new FragmentQueue()
  #fragmentsScheduled = false
  #blocked = false
  #scheduled = false
  #closed = false

  /** @param stats counts the bytes that are sent */
  constructor(
    socket: WritableSocket,
    writer: SignalWriter,
    spare: SpareBuffer,
    stats: { bytesOut: number },
    options: SendQueueOptions,
  ) {
    this.#socket = socket
    this.#writer = writer
    this.#spare = spare
    this.#stats = stats
    this.#options = options
  }

  /** Number of bytes that wait for the peer. */
  get bytes(): number {
    return this.#queued + this.#fragments.bytes + this.#writer.writer.length + this.#socket.writableLength
  }

  /** Whether the frame of a signal will wait behind a large one of the same sender. */
  holdsBack(signal: Signal): boolean {
    return this.#fragments.bytes > 0 && this.#fragments.holdsBack(senderOf(signal))
  }

  /** Sends the frame that the writer has written from this offset on. */
  add(signal: Signal, start: number): void {
    if (this.#writer.isLarge || this.#fragments.bytes > 0) this.#moveToFragments(signal, start)
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

  /** Sends bytes that no signal contains, when nothing else waits. */
  addBytes(bytes: Uint8Array): void {
    this.#stats.bytesOut += bytes.length
    this.#blocked = !this.#socket.write(bytes)
  }

  /** Called when the socket has taken all bytes that were written to it. */
  onDrain(): void {
    if (this.#closed) return
    this.#blocked = false
    if (this.#queue.length > 0) {
      this.#socket.cork()
      this.#writeQueue(BYTES_PER_DRAIN)
      // Signals that keep the socket busy must not hold up large messages.
      this.#writeFragments(FRAGMENTS_PER_TURN)
      this.#socket.uncork()
    }
    if (!this.#blocked) this.#flush()
    this.#scheduleFragments()
    if (this.busy) this.#checkIdle()
  }

  /** Drops what waits: the connection is down. */
  close(): void {
    this.#closed = true
    this.#spare.drop()
    this.#queue = []
  }

  /** Writes everything that waits to the socket, which is about to be closed. */
  writeAll(): void {
    this.#writeQueue(Number.POSITIVE_INFINITY)
    if (this.#writer.writer.length > 0) this.#socket.write(this.#writer.writer.takeBytes())
    this.#fragments.take(Number.POSITIVE_INFINITY, (bytes) => this.#socket.write(bytes))
  }

  /** Moves the last frame to the queue of fragments if it is large, or if its sender has frames there. */
  #moveToFragments(signal: Signal, start: number): void {
    const { writer } = this.#writer
    const sender = senderOf(signal)
    if (sender === undefined) return
    if (this.#writer.isLarge) {
      if (this.#fragments.bytes > this.#options.maxBuffered) {
        writer.offset = start
        return this.#onOverflow()
      }
      const before = start - writer.start
      const body = this.#writer.body - writer.start
      const bytes = writer.takeBytes()
      if (before > 0) this.#write(bytes.subarray(0, before))
      this.#fragments.add(sender, bytes.subarray(body), this.#writer.references())
    } else if (this.#fragments.holdsBack(sender)) {
      this.#fragments.add(sender, Buffer.from(writer.bytes.subarray(start, writer.offset)))
      writer.offset = start
    }
    this.#scheduleFragments()
    this.#checkBusy()
  }

  #flush(): void {
    if (this.#closed || this.#writer.writer.length === 0) return
    this.#write(this.#writer.writer.takeBytes())
  }

  #write(bytes: Uint8Array): void {
    this.#stats.bytesOut += bytes.length
    if (!this.#blocked) {
      // The operating system may have taken everything already. Code that sends much before it waits then fills no queue.
      this.#blocked = !this.#socket.write(bytes) && this.#socket.writableLength > 0
      return
    }
    this.#queue.push(bytes)
    this.#queued += bytes.length
    this.#checkBusy()
    if (this.bytes - this.#fragments.bytes > this.#options.maxBuffered) this.#onOverflow()
  }

  /** Writes about so many bytes of the queue to the socket. */
  #writeQueue(size: number): void {
    let written = 0
    let count = 0
    while (count < this.#queue.length && written < size) {
      const bytes = this.#queue[count++]!
      written += bytes.length
      this.#blocked = !this.#socket.write(bytes)
    }
    this.#queue.splice(0, count)
    this.#queued -= written
  }

  /** Fragments are written in a turn of their own: the socket may take all of them at once, and other events must not wait for that. */
  #scheduleFragments(): void {
    if (this.#fragmentsScheduled || this.#blocked || this.#fragments.bytes === 0) return
    this.#fragmentsScheduled = true
    setImmediate(() => {
      this.#fragmentsScheduled = false
      if (this.#closed || this.#blocked) return
      this.#socket.cork()
      this.#writeFragments(FRAGMENTS_PER_TURN)
      this.#socket.uncork()
      if (this.busy) this.#checkIdle()
    })
  }

  #writeFragments(size: number): void {
    this.#stats.bytesOut += this.#fragments.take(size, (bytes, finished) => {
      this.#blocked = !this.#socket.write(
        bytes,
        finished && (() => this.#closed || this.#spare.keep(finished)),
      )
    })
    this.#scheduleFragments()
  }

  #checkBusy(): void {
    if (!this.busy && this.bytes > this.#options.busyLimit) this.busy = true
  }

  #checkIdle(): void {
    if (this.bytes > this.#options.busyLimit / 2) return
    this.busy = false
    this.#options.onIdle()
  }

  #onOverflow(): void {
    this.#options.onOverflow(
      `${this.bytes} bytes wait for a node that does not read them, more than the limit`,
    )
  }
}
