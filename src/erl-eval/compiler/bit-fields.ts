import { Float } from '../../term/index.ts'
import { type Bits, type BitsBuilder, badarg, bitsOfBytes, integer } from '../value/index.ts'

/** Maximum number of bits of an integer that is read as a number; a longer one is read as a bigint. */
const SMALL = 48
const view = new DataView(new ArrayBuffer(8))

/** Returns the integer in a bit field. */
export function extractInteger(
  from: Bits,
  at: number,
  size: number,
  signed: boolean,
  little: boolean,
): number | bigint {
  if (size === 0) return 0
  if (size === 8 && ((from.start + at) & 7) === 0) {
    const byte = from.bytes[(from.start + at) >> 3]!
    return signed && byte > 127 ? byte - 256 : byte
  }
  if (size > SMALL) return largeInteger(from, at, size, signed, little)
  let value = 0
  if (little) {
    // The last byte is the most significant one, and may have fewer than 8 bits.
    for (let done = 0, weight = 1; done < size; done += 8, weight *= 256)
      value += field(from, at + done, Math.min(8, size - done)) * weight
  } else
    for (let done = 0; done < size; done += 8) {
      const count = Math.min(8, size - done)
      value = value * 2 ** count + field(from, at + done, count)
    }
  return signed && value >= 2 ** (size - 1) ? value - 2 ** size : value
}

/** Returns up to 8 bits as a number. */
function field(from: Bits, at: number, count: number): number {
  const start = from.start + at
  const both = (from.bytes[start >> 3]! << 8) | (from.bytes[(start >> 3) + 1] ?? 0)
  return (both >> (16 - (start & 7) - count)) & ((1 << count) - 1)
}

function largeInteger(
  from: Bits,
  at: number,
  size: number,
  signed: boolean,
  little: boolean,
): number | bigint {
  const digits: string[] = []
  const rest = size & 7
  if (little) {
    for (let done = 0; done < size; done += 8)
      digits.unshift(
        field(from, at + done, Math.min(8, size - done))
          .toString(16)
          .padStart(2, '0'),
      )
  } else {
    if (rest > 0) digits.push(field(from, at, rest).toString(16).padStart(2, '0'))
    for (let done = rest; done < size; done += 8)
      digits.push(
        field(from, at + done, 8)
          .toString(16)
          .padStart(2, '0'),
      )
  }
  const value = BigInt(`0x${digits.join('')}`)
  return integer(signed ? BigInt.asIntN(size, value) : value)
}

/** Writes the least significant bits of an integer. */
export function putInteger(
  builder: BitsBuilder,
  value: number | bigint,
  size: number,
  little: boolean,
): void {
  builder.reserve(size)
  if (typeof value === 'number' && size <= 32 && (value | 0) === value) {
    if (!little) return builder.bits(value, size)
    for (let done = 0; done < size; done += 8) builder.bits(value >> done, Math.min(8, size - done))
    return
  }
  const bits = BigInt.asUintN(size, BigInt(value))
  const byte = (shift: number, count: number): void =>
    builder.bits(Number((bits >> BigInt(shift)) & 0xffn), count)
  if (little) for (let done = 0; done < size; done += 8) byte(done, Math.min(8, size - done))
  else {
    const first = size & 7
    if (first > 0) byte(size - first, first)
    for (let left = size - first; left > 0; left -= 8) byte(left - 8, 8)
  }
}

/** Returns the float in a bit field; undefined for NaN, the infinities and sizes other than 16, 32 and 64. */
export function extractFloat(from: Bits, at: number, size: number, little: boolean): Float | undefined {
  if (size !== 64 && size !== 32 && size !== 16) return undefined
  const bytes = from.part(at, size).toBytes()
  for (let i = 0; i < bytes.length; i++) view.setUint8(i, bytes[i]!)
  const value =
    size === 64
      ? view.getFloat64(0, little)
      : size === 32
        ? view.getFloat32(0, little)
        : half(view.getUint16(0, little))
  return Number.isFinite(value) ? new Float(value) : undefined
}

/** Writes a float of 64, 32 or 16 bits. */
export function putFloat(builder: BitsBuilder, value: number, size: number, little: boolean): void {
  // A value that is too large for 32 or 16 bits becomes an infinity.
  if (size === 64) view.setFloat64(0, value, little)
  else if (size === 32) view.setFloat32(0, value, little)
  else if (size === 16) view.setUint16(0, toHalf(value), little)
  else badarg()
  builder.add(bitsOfBytes(new Uint8Array(view.buffer.slice(0, size / 8))))
}

function half(bits: number): number {
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  const sign = bits & 0x8000 ? -1 : 1
  if (exponent === 0x1f) return Number.NaN
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15))
}

function toHalf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const size = Math.abs(value)
  if (size >= 65_520) return sign | 0x7c00
  const exponent = Math.max(-14, Math.floor(Math.log2(size || 1e-9)))
  const unit = 2 ** (exponent - 10)
  const scaled = size / unit
  // Rounds half to even, as IEEE 754 requires.
  const low = Math.floor(scaled)
  const rest = scaled - low
  const rounded = rest > 0.5 || (rest === 0.5 && low % 2 === 1) ? low + 1 : low
  return sign | (rounded < 1024 ? rounded : ((exponent + 15) << 10) + (rounded - 1024))
}

/**
 * Returns the character that begins at a bit, in UTF-8, UTF-16 or UTF-32, and its number of bits; undefined when there is none.
 */
export function characterAt(
  from: Bits,
  at: number,
  kind: string,
  little: boolean,
): { readonly code: number; readonly bits: number } | undefined {
  const left = from.size - at
  const unit = (bits: number, offset = 0): number =>
    extractInteger(from, at + offset, bits, false, little) as number
  if (kind === 'utf32') return left < 32 ? undefined : { code: unit(32), bits: 32 }
  if (kind === 'utf16') {
    if (left < 16) return undefined
    const high = unit(16)
    if (high < 0xd800 || high > 0xdfff) return { code: high, bits: 16 }
    if (high > 0xdbff || left < 32) return undefined
    const low = unit(16, 16)
    return low < 0xdc00 || low > 0xdfff
      ? undefined
      : { code: 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00), bits: 32 }
  }
  if (left < 8) return undefined
  const first = field(from, at, 8)
  if (first < 0x80) return { code: first, bits: 8 }
  const count = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
  if (first < 0xc2 || first > 0xf4 || left < count * 8) return undefined
  let code = first & (0x7f >> count)
  for (let i = 1; i < count; i++) {
    const next = field(from, at + i * 8, 8)
    if ((next & 0xc0) !== 0x80) return undefined
    code = (code << 6) | (next & 0x3f)
  }
  const least = count === 4 ? 0x10000 : count === 3 ? 0x800 : 0x80
  return code < least ? undefined : { code, bits: count * 8 }
}
