import { hashBytes, sameBytes } from './atoms.ts'
import { copyBytes, readText } from './text.ts'

interface CachedKey {
  readonly text: Uint8Array
  readonly key: string
}

// Cache of short keys of maps, by a hash of their bytes. A key in the cache is read without making a string.
const SLOTS = 1024
const LONGEST = 32
const cache: (CachedKey | undefined)[] = new Array(SLOTS).fill(undefined)

/** Returns the text of a binary that is a key of a map, or undefined when it is not valid UTF-8. */
export function readTextKey(bytes: Buffer, start: number, end: number): string | undefined {
  const size = end - start
  if (size > LONGEST) return readText(bytes, start, end)
  const slot = hashBytes(bytes, start, end) & (SLOTS - 1)
  const entry = cache[slot]
  if (entry !== undefined && sameBytes(entry.text, bytes, start, size)) return entry.key
  const key = readText(bytes, start, end)
  if (key !== undefined) cache[slot] = { text: copyBytes(bytes, start, end), key }
  return key
}
