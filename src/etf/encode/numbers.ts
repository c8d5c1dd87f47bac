import { INTEGER_EXT, LARGE_BIG_EXT, NEW_FLOAT_EXT, SMALL_BIG_EXT, SMALL_INTEGER_EXT } from '../tags.ts'
import { describeNonTerm } from './describe-non-term.ts'
import { NotATerm } from './encode-error.ts'
import type { Writer } from './writer.ts'

const float = new Float64Array(1)
const floatBytes = new Uint8Array(float.buffer)

export function writeNumber(w: Writer, value: number): void {
  if ((value | 0) === value) {
    if (value >>> 8 !== 0) return w.header(INTEGER_EXT, value)
    w.ensure(2)
    w.bytes[w.offset] = SMALL_INTEGER_EXT
    w.bytes[w.offset + 1] = value
    w.offset += 2
  } else if (Number.isSafeInteger(value)) writeSafeInteger(w, value)
  else if (Number.isFinite(value)) writeFloat(w, value)
  else throw new NotATerm(value, describeNonTerm(value))
}

function writeSafeInteger(w: Writer, value: number): void {
  w.ensure(10)
  const bytes = w.bytes
  const at = w.offset
  let size = 0
  for (let rest = Math.abs(value); rest > 0; rest = Math.floor(rest / 256))
    bytes[at + 3 + size++] = rest % 256
  bytes[at] = SMALL_BIG_EXT
  bytes[at + 1] = size
  bytes[at + 2] = value < 0 ? 1 : 0
  w.offset = at + 3 + size
}

export function writeBigInt(w: Writer, value: bigint): void {
  if (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER)
    return writeNumber(w, Number(value))
  const digits = digitsOf(value)
  if (digits.length > 255) w.header(LARGE_BIG_EXT, digits.length)
  else {
    w.ensure(3)
    w.bytes[w.offset++] = SMALL_BIG_EXT
    w.bytes[w.offset++] = digits.length
  }
  w.u8(value < 0n ? 1 : 0)
  w.raw(digits)
}

/** Returns the digits of an integer to the base 256, the least significant digit first, without the sign. */
function digitsOf(value: bigint): Uint8Array {
  const hex = (value < 0n ? -value : value).toString(16)
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').reverse()
}

export function writeFloat(w: Writer, value: number): void {
  w.ensure(9)
  const bytes = w.bytes
  const at = w.offset
  float[0] = value
  bytes[at] = NEW_FLOAT_EXT
  for (let i = 0; i < 8; i++) bytes[at + 1 + i] = floatBytes[7 - i]!
  w.offset = at + 9
}
