import { BitString } from '../../term/index.ts'
import { countTerms, readCount } from './containers.ts'
import type { Reader } from './reader.ts'
import { copyBytes, readText } from './text.ts'

/** BINARY_EXT: a string when the bytes are valid UTF-8 and the reader wants strings, otherwise bytes. */
export function readBinary(r: Reader, at: number): string | Uint8Array {
  const size = readCount(r, at, 1, 'byte')
  const start = r.offset
  r.offset = start + size
  if (r.binariesAsText) {
    const text = readText(r.bytes, start, start + size)
    if (text !== undefined) return text
  }
  return readBytes(r, start, size)
}

/** BIT_BINARY_EXT: number of bytes, number of bits in the last byte, bytes. */
export function readBits(r: Reader, at: number): Uint8Array | BitString {
  const size = readCount(r, at, 1, 'byte')
  r.ensureAvailable(size + 1, at)
  const bits = r.bytes[r.offset]!
  if (bits > 8 || (size === 0) !== (bits === 0))
    r.fail(at, `has 1 to 8 bits in the last of its ${size} bytes, got ${bits}`)
  const start = r.offset + 1
  r.offset = start + size
  const content = readBytes(r, start, size)
  if (bits === 8 || size === 0) return content
  content[size - 1]! &= 0xff << (8 - bits)
  return new BitString(content, bits)
}

function readBytes(r: Reader, start: number, size: number): Uint8Array {
  const { bytes } = r
  if (size < r.viewsFrom) return copyBytes(bytes, start, start + size)
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, size)
}

/** STRING_EXT: a list of bytes. */
export function readString(r: Reader, at: number): number[] {
  r.offset = at + 1
  r.ensureAvailable(2, at)
  const bytes = r.bytes
  const size = (bytes[at + 1]! << 8) | bytes[at + 2]!
  const start = at + 3
  r.offset = start
  if (r.end - start < size) r.checkCount(size, 1, 'element', at)
  if (r.counts) countTerms(r, at, size)
  r.offset = start + size
  const items = new Array<number>(size)
  for (let i = 0; i < size; i++) items[i] = bytes[start + i]!
  return items
}
