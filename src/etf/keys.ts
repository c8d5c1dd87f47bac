import { hashBytes, sameBytes } from './atoms.ts'
import { copyBytes, readText } from './text.ts'

interface Known {
  readonly text: Uint8Array
  readonly key: string
}

// Keys of maps come again and again, so short ones are found by their bytes and cost no string.
const SLOTS = 1024
const LONGEST = 32
const known: (Known | undefined)[] = new Array(SLOTS).fill(undefined)

/** Returns a binary that is a key of a map as text, or undefined where it is no UTF-8. */
export function readKey(bytes: Buffer, start: number, end: number): string | undefined {
  const size = end - start
  if (size > LONGEST) return readText(bytes, start, end)
  const slot = hashBytes(bytes, start, end) & (SLOTS - 1)
  const entry = known[slot]
  if (entry !== undefined && sameBytes(entry.text, bytes, start, size)) return entry.key
  const key = readText(bytes, start, end)
  if (key !== undefined) known[slot] = { text: copyBytes(bytes, start, end), key }
  return key
}
