import type { AtomCacheWriter } from './atom-cache-writer.ts'

const SLAB = 64 * 1024
const EMPTY = Buffer.allocUnsafeSlow(0)
const NO_VIEW = new DataView(EMPTY.buffer)
const float = new Float64Array(1)
const floatBytes = new Uint8Array(float.buffer)

/**
 * A slab of bytes that grows. Terms and frames are written into it, and a socket gets them in one piece.
 *
 * A caller calls `ensure(n)` and then stores up to `n` bytes at `offset`. An offset stays valid until
 * {@link takeBytes}, also when the slab grows. So a length can be stored later at its offset, and setting `offset` back
 * to an earlier value removes everything that was written since.
 *
 * When not to use it: for one term. Use `encode`.
 */
export class Writer {
  /** The slab. `ensure` and `takeBytes` may replace it: do not keep a reference to it. */
  bytes: Buffer = EMPTY
  /** A view of the slab, for words that are not aligned. */
  view: DataView = NO_VIEW
  /** The offset of the next byte. */
  offset = 0
  /** The offset of the first byte that {@link takeBytes} has not returned. */
  start = 0
  /** The atom cache of a connection. Undefined where every atom is written with its name. */
  atomCache: AtomCacheWriter | undefined
  /** The length of `bytes`. The JIT compiler reads it faster from a field. */
  limit = 0
  /** Bytes that are allocated at once. */
  readonly slab: number
  readonly #allocate: (size: number) => Buffer

  /**
   * @param slab how many bytes are allocated at once
   * @param allocate returns a buffer of at least so many bytes, with any content, for a slab that must be larger
   */
  constructor(slab: number = SLAB, allocate: (size: number) => Buffer = Buffer.allocUnsafeSlow) {
    this.slab = slab
    this.#allocate = allocate
  }

  /** The number of bytes that {@link takeBytes} will return. */
  get length(): number {
    return this.offset - this.start
  }

  /** Makes room for `n` more bytes. */
  ensure(n: number): void {
    if (this.limit - this.offset < n) this.#grow(n)
  }

  /** Writes a tag and the 32-bit value after it, and reserves one byte more. */
  header(tag: number, value: number): void {
    this.ensure(6)
    const bytes = this.bytes
    const at = this.offset
    bytes[at] = tag
    bytes[at + 1] = value >>> 24
    bytes[at + 2] = value >>> 16
    bytes[at + 3] = value >>> 8
    bytes[at + 4] = value
    this.offset = at + 5
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

  /** Stores a 32-bit value at an offset, such as a length that was not known before. */
  setU32(at: number, value: number): void {
    const bytes = this.bytes
    bytes[at] = value >>> 24
    bytes[at + 1] = value >>> 16
    bytes[at + 2] = value >>> 8
    bytes[at + 3] = value
  }

  /**
   * Returns the bytes that were written since the last call. They belong to the caller: the writer writes after them in
   * the slab, or in a new slab when little is left of this one.
   */
  takeBytes(): Buffer {
    const taken = this.bytes.subarray(this.start, this.offset)
    this.start = this.offset
    // A slab that grew for a large message is released, and so is a slab that is nearly full.
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
    const bytes = size > this.slab ? this.#allocate(size) : Buffer.allocUnsafeSlow(size)
    this.bytes.copy(bytes, this.start, this.start, this.offset)
    this.bytes = bytes
    this.limit = bytes.length
    this.view = new DataView(bytes.buffer, bytes.byteOffset, this.limit)
  }
}
