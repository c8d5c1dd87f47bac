import type { Term } from '../../term/index.ts'
import { COMPRESSED } from '../tags.ts'
import { inflate } from './inflate.ts'
import { readTerm } from './read-term.ts'
import { type DecodeOptions, Reader } from './reader.ts'

/**
 * Returns the term that `erlang:term_to_binary/1` has written as these bytes.
 *
 * The bytes are not trusted: each announced size is checked before memory is allocated for it. A term may be nested a
 * million levels deep. When not to use it: for a frame of a connection. Use {@link decodeTerm}.
 *
 * @param bytes the version 131, one term, and nothing after it
 * @throws DecodeError with the offset, the tag and what was expected
 * @see `erlang:binary_to_term/1`
 */
export function decode(bytes: Uint8Array, options?: DecodeOptions): Term {
  const r = new Reader(options)
  r.reset(bytes)
  r.readVersion()
  const inflated = r.bytes[r.offset] === COMPRESSED && r.remaining > 0 ? inflate(r) : undefined
  if (inflated) r.reset(inflated)
  const value = decodeTerm(r)
  if (r.offset !== r.end)
    r.fail(r.offset, `follows the end of the term: expected no more bytes, got ${r.remaining}`)
  return value
}

/**
 * Reads one term at the reader's offset, without the version byte, and moves the offset to the end of the term.
 *
 * @throws DecodeError; the reader's offset is then undefined
 */
export function decodeTerm(r: Reader): Term {
  r.openFuns = 0
  return readTerm(r, 0)
}
