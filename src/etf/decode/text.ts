import { constants, isUtf8 } from 'node:buffer'

// Node's own methods without the argument checks of Buffer.toString: a third of the time for short texts.
interface NativeBuffer {
  latin1Slice(start: number, end: number): string
  utf8Slice(start: number, end: number): string
}
const { latin1Slice, utf8Slice } = Buffer.prototype as unknown as NativeBuffer

/** Returns bytes as text, or undefined when they are not valid UTF-8, or too many for a string. */
export function readText(bytes: Buffer, start: number, end: number): string | undefined {
  if (start === end) return ''
  if (end - start <= 256) {
    let at = start
    while (at < end && bytes[at]! < 0x80) at++
    if (at === end) return latin1Slice.call(bytes, start, end)
  }
  // Not `subarray`, which looks up the species constructor.
  const view = new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start)
  return end - start <= constants.MAX_STRING_LENGTH && isUtf8(view)
    ? utf8Slice.call(bytes, start, end)
    : undefined
}

/** Returns bytes as Latin-1 text. */
export function readLatin1(bytes: Buffer, start: number, end: number): string {
  return latin1Slice.call(bytes, start, end)
}

/** Returns a copy of bytes, which does not keep the frame alive that they came in. */
export function copyBytes(bytes: Buffer, start: number, end: number): Uint8Array {
  const size = end - start
  const copy = new Uint8Array(size)
  if (size > 40) bytes.copy(copy, 0, start, end)
  else for (let i = 0; i < size; i++) copy[i] = bytes[start + i]!
  return copy
}
