import type { Writer } from './writer.ts'

/**
 * Bytes that are written again and again, such as an atom: also as words, since a loop over words takes a third of the
 * time of one over bytes, and the call of `set` as long as some twenty bytes.
 */
export class Written extends Uint8Array {
  words: Int32Array = new Int32Array(0)
}

const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1

/** Returns bytes in the form in which {@link write} is fast. */
export function written(bytes: ArrayLike<number>): Written {
  const words = new Int32Array((bytes.length + 3) >>> 2)
  const made = new Written(words.buffer, 0, bytes.length)
  made.set(bytes)
  made.words = words
  return made
}

/** Writes the bytes; up to three behind them are written too, and then written over. */
export function write(w: Writer, source: Written): void {
  const { words } = source
  const size = words.length
  w.ensure(size * 4)
  const { view } = w
  const at = w.offset
  for (let i = 0; i < size; i++) view.setInt32(at + i * 4, words[i]!, LITTLE_ENDIAN)
  w.offset = at + source.length
}
