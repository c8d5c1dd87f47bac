import type { Cancel, Clock } from '../clock/index.ts'

/** How long a buffer is kept for the next large message, in ms. */
const KEPT_FOR = 1_000

/**
 * The buffer of the last large message, kept for a short time for the next one. Memory that has just been used is written several
 * times faster than new memory, whose pages the operating system must first find.
 */
export class SpareBuffer {
  readonly #clock: Clock
  #spare: Buffer | undefined
  #cancel: Cancel = () => {}

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Returns a buffer of at least so many bytes, with any content. */
  allocate(size: number): Buffer {
    const spare = this.#spare
    if (spare === undefined || spare.length < size) return Buffer.allocUnsafeSlow(size)
    this.drop()
    return spare
  }

  /** Keeps the buffer of which these bytes are a part. Nothing may refer to it any more. */
  keep({ buffer }: Uint8Array): void {
    if (this.#spare !== undefined && this.#spare.length >= buffer.byteLength) return
    this.drop()
    this.#spare = Buffer.from(buffer as ArrayBuffer)
    this.#cancel = this.#clock.schedule(KEPT_FOR, () => this.drop())
  }

  drop(): void {
    this.#cancel()
    this.#spare = undefined
  }
}
