/**
 * Splits a stream of bytes into frames. Each frame follows its length, in 2 bytes during the handshake and in 4 bytes
 * afterwards. https://www.erlang.org/doc/apps/erts/erl_dist_protocol#protocol-between-connected-nodes
 */
import { ProtocolError } from './error.ts'

/** Default for the longest frame, in bytes: 256 MiB. */
export const MAX_FRAME: number = 2 ** 28

/**
 * Decoder of frames. Call {@link FrameDecoder.push} with each chunk, then {@link FrameDecoder.next} until it returns false. Each
 * frame found is in `bytes` from `start` to `end`; the decoder does not reuse these bytes. An empty frame is a tick.
 *
 * A frame within one chunk is not copied. A frame that spans chunks is collected in a buffer that grows with the bytes that
 * have arrived, never with the announced length.
 */
export class FrameDecoder {
  bytes: Uint8Array = new Uint8Array(0)
  start = 0
  end = 0
  readonly #header: 2 | 4
  readonly #max: number
  #chunk: Uint8Array = new Uint8Array(0)
  #at = 0
  /** The first bytes of a frame that is not complete, with its header. */
  #partial: Uint8Array = new Uint8Array(0)
  #filled = 0
  /** Length of the partial frame with its header; the length of the header alone until that is complete. */
  #need: number

  /** @param max longest frame in bytes */
  constructor(header: 2 | 4, max: number = MAX_FRAME) {
    this.#header = header
    this.#max = max
    this.#need = header
  }

  /** Adds a chunk. May be called only after `next()` has returned false. */
  push(chunk: Uint8Array): void {
    this.#chunk = chunk
    this.#at = 0
  }

  /** Finds the next whole frame. Returns false if there is none. @throws ProtocolError for a frame longer than the limit */
  next(): boolean {
    return this.#filled === 0 ? this.#nextInChunk() : this.#nextAcrossChunks()
  }

  /** Allows the next frame to overwrite the bytes of the last one: nothing refers to them. */
  reuse(): void {
    if (this.bytes !== this.#chunk) this.#partial = this.bytes
  }

  /** Returns the bytes that are not part of a frame yet. The decoder must not be used afterwards. */
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
    // Decoded terms may be views of the frame.
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
      throw new ProtocolError(
        `a frame of ${length} bytes was announced, at most ${this.#max} bytes are accepted (limit maxFrame)`,
      )
    return length
  }
}
