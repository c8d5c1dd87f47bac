const SLAB = 64 * 1024
const EMPTY = Buffer.allocUnsafeSlow(0)
const NO_VIEW = new DataView(EMPTY.buffer)
const float = new Float64Array(1)
const floatBytes = new Uint8Array(float.buffer)

/**
 * A slab of bytes that grows, which terms and frames are written into and which is handed to the socket in one piece.
 *
 * Whoever writes calls `ensure(n)` and then stores up to `n` bytes at `offset`. An offset stays valid until
 * {@link takeBytes}, also when the slab grows, so a length is filled in later by its offset, and setting `offset` back
 * to what it was takes back what was written since.
 *
 * When not to use it: for one term, for which there is `encode`.
 */
export class Writer {
  /** The slab. Another one after `ensure` or `takeBytes`: do not keep it. */
  bytes: Buffer = EMPTY
  /** The same slab, for words that are not aligned. */
  view: DataView = NO_VIEW
  /** Where the next byte goes. */
  offset = 0
  /** Where the bytes begin that have not been taken yet. */
  start = 0
  /** The length of `bytes`, which the JIT reads faster from here. */
  limit = 0
  readonly slab: number

  /** @param slab how many bytes are allocated at once */
  constructor(slab: number = SLAB) {
    this.slab = slab
  }

  /** How many bytes wait to be taken. */
  get length(): number {
    return this.offset - this.start
  }

  /** Makes room for `n` more bytes. */
  ensure(n: number): void {
    if (this.limit - this.offset < n) this.#grow(n)
  }

  u8(value: number): void {
    this.ensure(1)
    this.bytes[this.offset++] = value
  }

  u16(value: number): void {
    this.ensure(2)
    this.bytes[this.offset++] = value >>> 8
    this.bytes[this.offset++] = value
  }

  u32(value: number): void {
    this.ensure(4)
    this.setU32(this.offset, value)
    this.offset += 4
  }

  u64(value: bigint): void {
    this.u32(Number(BigInt.asUintN(32, value >> 32n)))
    this.u32(Number(BigInt.asUintN(32, value)))
  }

  f64(value: number): void {
    this.ensure(8)
    float[0] = value
    for (let i = 7; i >= 0; i--) this.bytes[this.offset++] = floatBytes[i]!
  }

  raw(source: Uint8Array): void {
    const size = source.length
    this.ensure(size)
    if (size > 40) this.bytes.set(source, this.offset)
    else for (let i = 0, at = this.offset; i < size; i++) this.bytes[at + i] = source[i]!
    this.offset += size
  }

  /** Stores a length at an offset that was left for it. */
  setU32(at: number, value: number): void {
    const bytes = this.bytes
    bytes[at] = value >>> 24
    bytes[at + 1] = value >>> 16
    bytes[at + 2] = value >>> 8
    bytes[at + 3] = value
  }

  /**
   * Returns what was written since the last call. The bytes belong to the caller: writing goes on behind them in the
   * slab, or in a new slab when little is left of it.
   */
  takeBytes(): Buffer {
    const taken = this.bytes.subarray(this.start, this.offset)
    this.start = this.offset
    // A slab that grew for one large message is let go, and so is one that is nearly full.
    if (this.limit > this.slab || this.limit - this.offset < this.slab >>> 3) {
      this.bytes = EMPTY
      this.view = NO_VIEW
      this.offset = this.start = this.limit = 0
    }
    return taken
  }

  #grow(n: number): void {
    const wanted = this.offset + n
    const size = wanted <= this.slab ? this.slab : Math.max(wanted, this.limit * 2)
    const bytes = Buffer.allocUnsafeSlow(size)
    this.bytes.copy(bytes, this.start, this.start, this.offset)
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, size)
    this.limit = size
  }
}
