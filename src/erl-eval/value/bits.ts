import { badarg, systemLimit } from './raise.ts'

/**
 * How many bits of some bytes are in use. Several bit strings that were appended to each other share the bytes: only the longest of
 * them is extended in place, as on a BEAM. Others are copied.
 */
interface BytesUse {
  bits: number
}

/** Binary or bit string. It is a view of bytes, so that the rest of a match is not copied. */
export class Bits {
  readonly bytes: Uint8Array
  /** Offset of the first bit. */
  readonly start: number
  /** Number of bits. */
  readonly size: number
  /** The use of the bytes, when bits can be appended to them; undefined when they are full or belong to others. */
  readonly use: BytesUse | undefined

  constructor(bytes: Uint8Array, start: number, size: number, use: BytesUse | undefined = undefined) {
    this.bytes = bytes
    this.start = start
    this.size = size
    this.use = use
  }

  /** Whether it is a binary: its number of bits is a multiple of 8. */
  get isBinary(): boolean {
    return (this.size & 7) === 0
  }

  /** The bytes. The last one is padded with zero bits. */
  toBytes(): Uint8Array {
    const length = (this.size + 7) >> 3
    if ((this.start & 7) === 0) {
      const from = this.start >> 3
      if ((this.size & 7) === 0) return this.bytes.subarray(from, from + length)
      const copy = this.bytes.slice(from, from + length)
      copy[length - 1]! &= 0xff << (8 - (this.size & 7))
      return copy
    }
    const copy = new Uint8Array(length)
    copyBits(this, copy, 0)
    return copy
  }

  /** The text, or undefined when the bytes are not valid UTF-8. */
  toText(): string | undefined {
    if (!this.isBinary) return undefined
    try {
      return decoder.decode(this.toBytes())
    } catch {
      return undefined
    }
  }

  /** Returns the part of `size` bits that begins at bit `start`. */
  part(start: number, size: number): Bits {
    return new Bits(this.bytes, this.start + start, size)
  }

  /** Returns the byte of a binary at a position. */
  byteAt(index: number): number {
    const at = this.start + index * 8
    const shift = at & 7
    const byte = at >> 3
    if (shift === 0) return this.bytes[byte]!
    return ((this.bytes[byte]! << shift) | (this.bytes[byte + 1]! >> (8 - shift))) & 0xff
  }
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Minimum size of a bit string that shares its bytes with one that is appended to it. */
const MIN_SHARED_BITS = 256 * 8
/** Maximum number of bytes of a binary or bit string. */
const MAX_BYTES = 2 ** 28

/** Returns the binary of a text in UTF-8. */
export function bitsOfText(text: string): Bits {
  return bitsOfBytes(encoder.encode(text))
}

export function bitsOfBytes(bytes: Uint8Array): Bits {
  return new Bits(bytes, 0, bytes.length * 8)
}

/** Returns the text of a binary. Raises `badarg` for a value that is not a binary or not valid UTF-8. */
export function textOf(value: unknown): string {
  return (value instanceof Bits ? value.toText() : undefined) ?? badarg()
}

/** Copies bits to a position in bytes whose bits are zero there. */
function copyBits(from: Bits, to: Uint8Array, at: number): void {
  if ((at & 7) === 0 && (from.start & 7) === 0) {
    const whole = from.size >> 3
    const first = from.start >> 3
    to.set(from.bytes.subarray(first, first + whole), at >> 3)
    const rest = from.size & 7
    if (rest > 0) to[(at >> 3) + whole]! |= from.bytes[first + whole]! & (0xff << (8 - rest))
    return
  }
  for (let i = 0; i < from.size; ) {
    const source = from.start + i
    const target = at + i
    const count = Math.min(8 - (source & 7), 8 - (target & 7), from.size - i)
    const chunk = (from.bytes[source >> 3]! >> (8 - (source & 7) - count)) & ((1 << count) - 1)
    to[target >> 3]! |= chunk << (8 - (target & 7) - count)
    i += count
  }
}

/** Builder of a binary from its segments. */
export class BitsBuilder {
  #bytes: Uint8Array
  #size = 0
  #use: BytesUse | undefined

  constructor(capacity = 64) {
    this.#bytes = new Uint8Array(capacity)
  }

  /** Returns a builder whose result begins with these bits. In a loop that appends to its last result they are not copied. */
  static after(bits: Bits): BitsBuilder {
    if (bits.size < MIN_SHARED_BITS || (bits.size & 7) !== 0) {
      const builder = new BitsBuilder()
      builder.add(bits)
      return builder
    }
    const builder = new BitsBuilder(0)
    const { use } = bits
    if (use?.bits === bits.size) {
      // Until the result is finished, nothing else is appended in place.
      use.bits = Number.POSITIVE_INFINITY
      builder.#bytes = bits.bytes
      builder.#size = bits.size
      builder.#use = use
    } else {
      builder.reserve(bits.size * 2)
      builder.add(bits)
      builder.#use = { bits: 0 }
    }
    return builder
  }

  add(bits: Bits): void {
    this.reserve(bits.size)
    copyBits(bits, this.#bytes, this.#size)
    this.#size += bits.size
  }

  byte(value: number): void {
    if ((this.#size & 7) === 0) {
      this.reserve(8)
      this.#bytes[this.#size >> 3] = value
      this.#size += 8
    } else this.bits(value, 8)
  }

  /** Adds the `count` least significant bits of an integer, the most significant of them first. `count` is at most 32. */
  bits(value: number, count: number): void {
    this.reserve(count)
    for (let left = count; left > 0; ) {
      const room = 8 - (this.#size & 7)
      const taken = Math.min(room, left)
      const chunk = (value >>> (left - taken)) & ((1 << taken) - 1)
      this.#bytes[this.#size >> 3]! |= chunk << (room - taken)
      this.#size += taken
      left -= taken
    }
  }

  finish(): Bits {
    if (this.#use) this.#use.bits = this.#size
    return new Bits(this.#bytes, 0, this.#size, this.#use)
  }

  reserve(bits: number): void {
    const needed = (this.#size + bits + 7) / 8
    if (needed > MAX_BYTES) systemLimit()
    if (needed <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(Math.ceil(needed), this.#bytes.length * 2))
    larger.set(this.#bytes)
    this.#bytes = larger
    if (this.#use) this.#use = { bits: 0 }
  }
}
