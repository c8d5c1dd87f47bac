/**
 * Finds whole messages in a stream of bytes: each has its length before it, in 2 bytes during the handshake and in 4
 * afterwards. https://www.erlang.org/doc/apps/erts/erl_dist_protocol#protocol-between-connected-nodes
 */
import { ProtocolError } from './error.ts'

/** A longer frame ends the connection unless an option says otherwise: 256 MiB. */
export const MAX_FRAME: number = 2 ** 28

/**
 * Give it the chunks as they come, and after each ask {@link FrameDecoder.next} until it says no. The frame found lies in
 * `bytes` from `start` to `end`; its bytes stay valid for as long as somebody holds them. An empty frame is a tick.
 *
 * A frame within one chunk is not copied. One that spans chunks is put together in a buffer that grows with what has
 * come and never with what was promised.
 */
export class FrameDecoder {
  bytes: Uint8Array = new Uint8Array(0)
  start = 0
  end = 0
  readonly #header: 2 | 4
  readonly #max: number
  #chunk: Uint8Array = new Uint8Array(0)
  #at = 0
  /** A frame that has begun, with its header. */
  #partial: Uint8Array = new Uint8Array(0)
  #filled = 0
  /** How long the partial frame is to become, as far as is known. */
  #need: number

  /** @param max the longest frame that is taken, in bytes */
  constructor(header: 2 | 4, max: number = MAX_FRAME) {
    this.#header = header
    this.#max = max
    this.#need = header
  }

  /** Only when `next()` has returned false. */
  push(chunk: Uint8Array): void {
    this.#chunk = chunk
    this.#at = 0
  }

  /** Whether there is another whole frame. Throws a ProtocolError for one that is longer than the limit. */
  next(): boolean {
    return this.#filled === 0 ? this.#nextInChunk() : this.#nextAcrossChunks()
  }

  /** What came and is not part of a frame yet; the splitter is not to be used after this. */
  rest(): Uint8Array {
    return this.#filled > 0 ? this.#partial.subarray(0, this.#filled) : this.#chunk.subarray(this.#at)
  }

  #nextInChunk(): boolean {
    const left = this.#chunk.length - this.#at
    if (left === 0) return false
    if (left >= this.#header) {
      const whole = this.#header + this.#length(this.#chunk, this.#at)
      if (left >= whole) {
        this.bytes = this.#chunk
        this.start = this.#at + this.#header
        this.end = this.#at += whole
        return true
      }
      this.#need = whole
    }
    this.#take()
    return false
  }

  #nextAcrossChunks(): boolean {
    this.#take()
    if (this.#filled === this.#header && this.#need === this.#header) {
      this.#need += this.#length(this.#partial, 0)
      this.#take()
    }
    if (this.#filled < this.#need || this.#filled < this.#header) return false
    this.bytes = this.#partial
    this.start = this.#header
    this.end = this.#filled
    // Whoever decodes the frame may keep views of it.
    this.#partial = new Uint8Array(0)
    this.#filled = 0
    this.#need = this.#header
    return true
  }

  #take(): void {
    const count = Math.min(this.#need - this.#filled, this.#chunk.length - this.#at)
    const filled = this.#filled + count
    if (filled > this.#partial.length) {
      const grown = new Uint8Array(Math.min(this.#need, Math.max(filled, this.#partial.length * 2)))
      grown.set(this.#partial.subarray(0, this.#filled))
      this.#partial = grown
    }
    this.#partial.set(this.#chunk.subarray(this.#at, this.#at + count), this.#filled)
    this.#at += count
    this.#filled = filled
  }

  #length(bytes: Uint8Array, at: number): number {
    const length =
      this.#header === 2
        ? bytes[at]! * 2 ** 8 + bytes[at + 1]!
        : bytes[at]! * 2 ** 24 + bytes[at + 1]! * 2 ** 16 + bytes[at + 2]! * 2 ** 8 + bytes[at + 3]!
    if (length > this.#max)
      throw new ProtocolError(`a frame of ${length} bytes was announced, at most ${this.#max} are taken`)
    return length
  }
}
