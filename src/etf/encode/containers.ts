import { ElixirError, ImproperList, NativeRecord, TermMap, TupleClass } from '../../term/index.ts'
import { LARGE_TUPLE_EXT, LIST_EXT, NIL_EXT, RECORD_EXT, SMALL_TUPLE_EXT, STRING_EXT } from '../tags.ts'
import { writeAtom } from './atoms.ts'
import type { Writer } from './writer.ts'

/** STRING_EXT has a length of two bytes. */
const MAX_STRING = 65_535

/** Whether a value holds terms, so that terms may be nested in it. */
export function isContainer(term: object): boolean {
  if (term instanceof TupleClass || Array.isArray(term)) return true
  const prototype = Object.getPrototypeOf(term)
  return (
    prototype === Object.prototype ||
    prototype === null ||
    term instanceof TermMap ||
    term instanceof Map ||
    term instanceof ElixirError ||
    term instanceof ImproperList ||
    term instanceof NativeRecord
  )
}

/** Writes SMALL_TUPLE_EXT or LARGE_TUPLE_EXT up to the first element. */
export function writeTupleHeader(w: Writer, arity: number): void {
  if (arity > 255) return w.header(LARGE_TUPLE_EXT, arity)
  w.ensure(2)
  w.bytes[w.offset] = SMALL_TUPLE_EXT
  w.bytes[w.offset + 1] = arity
  w.offset += 2
}

/**
 * Writes LIST_EXT up to the first element. An empty list and a list of bytes are written completely, as NIL_EXT and
 * STRING_EXT; returns whether that was so.
 */
export function writeListHeader(w: Writer, items: readonly unknown[]): boolean {
  const size = items.length
  if (size === 0) {
    w.u8(NIL_EXT)
    return true
  }
  if (size <= MAX_STRING && isByte(items[0]) && items.every(isByte)) {
    w.ensure(size + 3)
    const bytes = w.bytes
    const at = w.offset
    bytes[at] = STRING_EXT
    bytes[at + 1] = size >>> 8
    bytes[at + 2] = size
    for (let i = 0; i < size; i++) bytes[at + 3 + i] = items[i] as number
    w.offset = at + 3 + size
    return true
  }
  w.header(LIST_EXT, size)
  return false
}

function isByte(item: unknown): boolean {
  return typeof item === 'number' && (item & 255) === item
}

/** Writes LIST_EXT up to the first element of an improper list. */
export function writeImproperHeader(w: Writer, list: ImproperList): void {
  w.header(LIST_EXT, list.items.length)
}

/** Writes RECORD_EXT up to the first value. */
export function writeRecordHeader(w: Writer, { module, name, flags, fields }: NativeRecord): void {
  w.header(RECORD_EXT, fields.length)
  w.u8(flags)
  writeAtom(w, module)
  writeAtom(w, name)
  for (const [field] of fields) writeAtom(w, field)
}
