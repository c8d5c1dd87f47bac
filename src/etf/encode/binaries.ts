import type { BitString } from '../../term/index.ts'
import { BINARY_EXT, BIT_BINARY_EXT } from '../tags.ts'
import { NotATerm } from './encode-error.ts'
import type { EncodeOptions } from './options.ts'
import type { Writer } from './writer.ts'

// Node's own method without the argument checks of Buffer.write: a third of the time for short texts.
interface NativeBuffer {
  utf8Write(text: string, offset: number, length: number): number
}
const { utf8Write } = Buffer.prototype as unknown as NativeBuffer

// Up to this length a loop over the characters is faster than the call into C++.
const SHORT = 32
// Up to this length three bytes a character are reserved. For a longer text the size is counted first.
const LONG = 1024

export function writeString(w: Writer, text: string): void {
  w.header(BINARY_EXT, text.length)
  const at = w.offset
  const size = writeText(w, text)
  if (size < 0)
    throw new NotATerm(
      text,
      'the string has half of a surrogate pair in it, which UTF-8 cannot write. Send text.toWellFormed(), or bytes.',
    )
  if (size !== text.length) w.setU32(at - 4, size)
}

/** Writes a text as UTF-8 and returns the number of bytes. Writes nothing and returns -1 for half a surrogate pair. */
function writeText(w: Writer, text: string): number {
  const size = text.length
  const start = w.offset
  if (size <= SHORT) {
    w.ensure(size * 3)
    const bytes = w.bytes
    let i = 0
    for (; i < size; i++) {
      const code = text.charCodeAt(i)
      if (code >= 0x80) break
      bytes[start + i] = code
    }
    if (i === size) {
      w.offset = start + size
      return size
    }
  }
  if (!(text as string & { isWellFormed(): boolean }).isWellFormed()) return -1
  const room = size > LONG ? Buffer.byteLength(text) : size * 3
  w.ensure(room)
  const written = utf8Write.call(w.bytes, text, start, room)
  w.offset = start + written
  return written
}

export function writeBinary(w: Writer, content: Uint8Array, { moebi }: EncodeOptions): void {
  w.header(moebi ? BIT_BINARY_EXT : BINARY_EXT, content.length)
  if (moebi) w.bytes[w.offset++] = content.length === 0 ? 0 : 8
  w.raw(content)
}

export function writeBits(w: Writer, term: BitString): void {
  const { bytes, bits } = term
  if (bytes.length === 0 || bits < 1 || bits > 7 || !Number.isInteger(bits))
    throw new NotATerm(
      term,
      `a BitString has at least one byte and 1 to 7 bits in the last, got ${bytes.length} and ${bits}. Send whole bytes as a Uint8Array.`,
    )
  w.header(BIT_BINARY_EXT, bytes.length)
  w.bytes[w.offset++] = bits
  w.raw(bytes)
  w.bytes[w.offset - 1]! &= 0xff << (8 - bits)
}
