import { VERSION } from '../tags.ts'
import { encodeErrorFor, NotATerm } from './encode-error.ts'
import { type EncodeOptions, NO_OPTIONS } from './options.ts'
import { writeTerm } from './write-term.ts'
import { Writer } from './writer.ts'

// Results of up to MAX_POOLED bytes share slabs of POOL bytes, as in Buffer.from. A longer result is copied out.
const POOL = 16 * 1024
const MAX_POOLED = 2 * 1024
let idleWriter: Writer | undefined

/**
 * Returns a term in the external term format, version byte included.
 *
 * When not to use it: in a connection, which writes frames with {@link encodeTerm}.
 *
 * @throws EncodeError for a value that is not a term, with the path to the value and what to send instead
 * @see `erlang:term_to_binary/1`
 */
export function encode(term: unknown, options?: EncodeOptions): Uint8Array {
  const writer = acquireWriter()
  const { start } = writer
  try {
    writer.u8(VERSION)
    encodeTerm(writer, term, options)
    const { bytes, offset } = writer
    if (offset - start > MAX_POOLED) return new Uint8Array(bytes.subarray(start, offset))
    writer.start = offset
    return new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset + start, offset - start)
  } finally {
    releaseWriter(writer)
  }
}

/**
 * Throws when a value is not a term. For a caller that can encode the term only later, and wants the error now.
 *
 * @throws EncodeError
 */
export function checkTerm(term: unknown, options?: EncodeOptions): void {
  const writer = acquireWriter()
  try {
    encodeTerm(writer, term, options)
  } finally {
    releaseWriter(writer)
  }
}

// `replacer` may call `encode` too, so the idle writer is taken out of the variable while it is in use.
function acquireWriter(): Writer {
  const writer = idleWriter ?? new Writer(POOL)
  idleWriter = undefined
  return writer
}

function releaseWriter(writer: Writer): void {
  writer.offset = writer.start
  if (writer.limit <= POOL && writer.limit - writer.offset > MAX_POOLED) idleWriter = writer
}

/**
 * Writes a term at the end of the writer, without the version byte.
 *
 * When it throws, a part of the term has been written: set `writer.offset` back.
 *
 * @throws EncodeError for a value that is not a term; an error that a getter throws is passed on
 */
export function encodeTerm(writer: Writer, term: unknown, options: EncodeOptions = NO_OPTIONS): void {
  try {
    writeTerm(writer, term, 0, options)
  } catch (error) {
    throw error instanceof NotATerm ? encodeErrorFor(term, options.name, error) : error
  }
}
