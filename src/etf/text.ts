import { isUtf8 } from 'node:buffer'
import type { Writer } from './writer.ts'

// Node's own methods, without the argument checks of toString and write: a third of the time for short texts.
interface Native {
  latin1Slice(start: number, end: number): string
  utf8Slice(start: number, end: number): string
  utf8Write(text: string, offset: number, length: number): number
}
const { latin1Slice, utf8Slice, utf8Write } = Buffer.prototype as unknown as Native

// Up to here a loop over the characters is faster than the call into C++.
const SHORT = 32
const LONG = 1024

/** Returns bytes as text, or undefined where they are no UTF-8. */
export function readText(bytes: Buffer, start: number, end: number): string | undefined {
  if (start === end) return ''
  if (end - start <= 256) {
    let at = start
    while (at < end && bytes[at]! < 0x80) at++
    if (at === end) return latin1Slice.call(bytes, start, end)
  }
  // TypedArray.prototype.subarray would look for a species; this is the view that costs least.
  const view = new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start)
  return isUtf8(view) ? utf8Slice.call(bytes, start, end) : undefined
}

export function readLatin1(bytes: Buffer, start: number, end: number): string {
  return latin1Slice.call(bytes, start, end)
}

/** Writes a text as UTF-8 and returns how many bytes it took; -1, and nothing written, for half a surrogate pair. */
export function writeText(writer: Writer, text: string): number {
  const size = text.length
  const start = writer.offset
  if (size <= SHORT) {
    writer.ensure(size * 3)
    const bytes = writer.bytes
    let i = 0
    for (; i < size; i++) {
      const code = text.charCodeAt(i)
      if (code >= 0x80) break
      bytes[start + i] = code
    }
    if (i === size) {
      writer.offset = start + size
      return size
    }
  }
  if (!(text as string & { isWellFormed(): boolean }).isWellFormed()) return -1
  const room = size > LONG ? Buffer.byteLength(text) : size * 3
  writer.ensure(room)
  const written = utf8Write.call(writer.bytes, text, start, room)
  writer.offset = start + written
  return written
}

/** Returns bytes that do not keep the frame alive they came in. */
export function copyBytes(bytes: Buffer, start: number, end: number): Uint8Array {
  const size = end - start
  const copy = new Uint8Array(size)
  if (size > 40) bytes.copy(copy, 0, start, end)
  else for (let i = 0; i < size; i++) copy[i] = bytes[start + i]!
  return copy
}
