import { Float } from '../../term/index.ts'
import { SMALL_BIG_EXT } from '../tags.ts'
import type { Reader } from './reader.ts'

const float = new Float64Array(1)
const floatBytes = new Uint8Array(float.buffer)

/** NEW_FLOAT_EXT: 8 bytes, the most significant byte first. */
export function readFloat(r: Reader, at: number): number | Float {
  r.offset = at + 1
  r.ensureAvailable(8, at)
  const bytes = r.bytes
  for (let i = 0; i < 8; i++) floatBytes[7 - i] = bytes[at + 1 + i]!
  r.offset = at + 9
  return finiteFloat(r, at, float[0]!)
}

/** FLOAT_EXT: the text of C's `%.20e`, padded with zeros to 31 bytes. */
export function readFloatText(r: Reader, at: number): number | Float {
  r.offset = at + 1
  r.ensureAvailable(31, at)
  const text = r.bytes.toString('latin1', at + 1, at + 32).replace(/\0.*$/s, '')
  if (!/^ *[+-]?\d+(\.\d*)?(e[+-]?\d+)?$/i.test(text))
    r.fail(at, `holds a number as text, got ${JSON.stringify(text)}`)
  r.offset = at + 32
  return finiteFloat(r, at, Number(text))
}

function finiteFloat(r: Reader, at: number, value: number): number | Float {
  if (!Number.isFinite(value)) r.fail(at, `holds a finite number, got ${value}`)
  // Of the floats that are no safe integers, the number itself is encoded as a float.
  return r.exact && Number.isSafeInteger(value) ? new Float(value) : value
}

/** SMALL_BIG_EXT and LARGE_BIG_EXT: number of digits, sign, digits to the base 256, the least significant digit first. */
export function readBig(r: Reader, at: number): number | bigint {
  const small = r.bytes[at] === SMALL_BIG_EXT
  r.offset = at + 1
  r.ensureAvailable(small ? 2 : 5, at)
  const size = small ? r.bytes[r.offset++]! : r.u32()
  const negative = r.bytes[r.offset++] !== 0
  r.checkCount(size, 1, 'digit', at)
  if (size > r.maxDigits)
    r.fail(at, `has at most ${r.maxDigits} digits of a byte, got ${size} (limit maxDigits)`)
  const start = r.offset
  r.offset = start + size
  return integerOf(r.bytes, start, start + size, negative)
}

function integerOf(bytes: Buffer, start: number, end: number, negative: boolean): number | bigint {
  let top = end
  while (top > start && bytes[top - 1] === 0) top--
  if (top - start <= 7) {
    let value = 0
    for (let at = top - 1; at >= start; at--) value = value * 256 + bytes[at]!
    if (value <= Number.MAX_SAFE_INTEGER) return negative && value !== 0 ? -value : value
  }
  const value = BigInt(`0x${Buffer.from(bytes.subarray(start, top)).reverse().toString('hex')}`)
  return negative ? -value : value
}
