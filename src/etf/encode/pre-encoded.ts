import type { Writer } from './writer.ts'

/**
 * Bytes that are written often, such as those of an atom. They are kept as 32-bit words too: a loop over words takes a
 * third of the time of a loop over bytes, and a call of `set` takes as long as a loop over some twenty bytes.
 */
export class PreEncoded extends Uint8Array {
  words: Int32Array = new Int32Array(0)
  /** Of an atom: its entry in the atom cache of each connection; -1 for an atom that is not cached. */
  entry = -1
}

const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1

/** Returns bytes in the form that {@link writePreEncoded} writes. */
export function preEncode(bytes: ArrayLike<number>): PreEncoded {
  const words = new Int32Array((bytes.length + 3) >>> 2)
  const encoded = new PreEncoded(words.buffer, 0, bytes.length)
  encoded.set(bytes)
  encoded.words = words
  return encoded
}

/** Writes the bytes. Up to three bytes after them are written too; the next write overwrites these. */
export function writePreEncoded(w: Writer, source: PreEncoded): void {
  const { words } = source
  const size = words.length
  w.ensure(size * 4)
  const { view } = w
  const at = w.offset
  for (let i = 0; i < size; i++) view.setInt32(at + i * 4, words[i]!, LITTLE_ENDIAN)
  w.offset = at + source.length
}
