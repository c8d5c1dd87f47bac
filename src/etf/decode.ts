/**
 * The external term format, read: https://www.erlang.org/doc/apps/erts/erl_ext_dist
 */
import { BitString, ExportFun, Float, ImproperList, type Term, TermMap, TupleClass } from '../term/index.ts'
import { isAtom, readAtom, readAtomName, readName } from './atoms.ts'
import { readDeep } from './decode-deep.ts'
import { readFun, readRecord } from './funs.ts'
import { readPid, readPort, readReference } from './identifiers.ts'
import { inflate } from './inflate.ts'
import { readDigits } from './integers.ts'
import { readKey } from './keys.ts'
import { finishObject, putEntry, putField, toTermMap } from './maps.ts'
import { type DecodeOptions, Reader } from './reader.ts'
import * as tags from './tags.ts'
import { copyBytes, readText } from './text.ts'

/** Longer arrays are only reserved while the bytes that came could hold as many elements. */
const SHORT = 16

const float = new Float64Array(1)
const floatBytes = new Uint8Array(float.buffer)

/**
 * Returns the term that these bytes are, as `erlang:term_to_binary/1` wrote them.
 *
 * Nothing in them is trusted: what they announce is checked before anything is allocated for it, and a term may be
 * nested a million levels deep. When not to use it: for a frame of a connection, see {@link decodeTerm}.
 *
 * @param bytes the version 131, one term, and nothing after it
 * @throws DecodeError with the offset, the tag and what was expected
 * @see `erlang:binary_to_term/1`
 */
export function decode(bytes: Uint8Array, options?: DecodeOptions): Term {
  const r = new Reader(options)
  r.reset(bytes)
  r.version()
  const inflated = r.bytes[r.offset] === tags.COMPRESSED && r.left > 0 ? inflate(r) : undefined
  if (inflated) r.reset(inflated)
  const value = decodeTerm(r)
  if (r.offset !== r.end)
    r.fail(r.offset, `stands behind the end of the term: expected no more bytes, got ${r.left}`)
  return value
}

/**
 * Reads one term at the reader's offset, without the version byte, and leaves the offset behind it.
 *
 * @throws DecodeError; the offset is then of no use any more
 */
export function decodeTerm(r: Reader): Term {
  r.funs = 0
  return readTerm(r, 0)
}

/** Reads a term that stands `depth` levels deep in the one that is being decoded. */
export function readTerm(r: Reader, depth: number): Term {
  const bytes = r.bytes
  const at = r.offset
  if (at >= r.end) r.fail(at, 'expected a tag, got the end of the bytes')
  const tag = bytes[at]!
  // A switch over literals is a jump; over imported constants it is one comparison after another.
  switch (tag) {
    case 119: // SMALL_ATOM_UTF8_EXT
    case 100: // ATOM_EXT
    case 118: // ATOM_UTF8_EXT
    case 115: // SMALL_ATOM_EXT
    case 82: // ATOM_CACHE_REF
      return readAtom(r)
    case 97: // SMALL_INTEGER_EXT
      r.offset = at + 1
      r.need(1, at)
      r.offset = at + 2
      return bytes[at + 1]!
    case 104: // SMALL_TUPLE_EXT
    case 105: // LARGE_TUPLE_EXT
      if (depth >= r.levels) return readDeep(r)
      return readTuple(r, at, depth + 1)
    case 106: // NIL_EXT
      r.offset = at + 1
      return []
    case 108: // LIST_EXT
      if (depth >= r.levels) return readDeep(r)
      return readList(r, at, depth + 1)
    case 109: // BINARY_EXT
      return readBinary(r, at)
    case 88: // NEW_PID_EXT
    case 103: // PID_EXT
      return readPid(r, at)
    case 90: // NEWER_REFERENCE_EXT
    case 114: // NEW_REFERENCE_EXT
    case 101: // REFERENCE_EXT
      return readReference(r, at)
    case 98: // INTEGER_EXT
      r.offset = at + 1
      r.need(4, at)
      return r.u32() | 0
    case 116: // MAP_EXT
      if (depth >= r.levels) return readDeep(r)
      return readMap(r, at, depth + 1)
    case 70: // NEW_FLOAT_EXT
      return readFloat(r, at)
    case 107: // STRING_EXT
      return readString(r, at)
    case 110: // SMALL_BIG_EXT
    case 111: // LARGE_BIG_EXT
      return readBig(r, at)
    default:
      return readRare(r, at, depth)
  }
}

function readRare(r: Reader, at: number, depth: number): Term {
  switch (r.bytes[at]) {
    case tags.BIT_BINARY_EXT:
      return readBits(r, at)
    case tags.EXPORT_EXT:
      return readExport(r, at)
    case tags.NEW_FUN_EXT:
      return readFun(r, at)
    case tags.V4_PORT_EXT:
    case tags.NEW_PORT_EXT:
    case tags.PORT_EXT:
      return readPort(r, at)
    case tags.RECORD_EXT:
      if (depth >= r.levels) return readDeep(r)
      return readRecord(r, at, depth + 1)
    case tags.FLOAT_EXT:
      return readOldFloat(r, at)
    case tags.FUN_EXT:
      return r.fail(at, 'is a fun as it was written before OTP 23, which no release this node talks to sends')
    case tags.LOCAL_EXT:
      return r.fail(at, 'is a term that only the node that wrote it can read')
    case tags.COMPRESSED:
      return r.fail(at, 'may only follow the version of a whole term, not be inside of one')
    default:
      return r.fail(at, 'is not in the external term format')
  }
}

/** Reads how many elements a tuple has, and moves to the first. */
export function tupleArity(r: Reader, at: number): number {
  const small = r.bytes[at] === tags.SMALL_TUPLE_EXT
  r.offset = at + 1
  r.need(small ? 1 : 4, at)
  const arity = small ? r.bytes[r.offset++]! : r.u32()
  if (r.end - r.offset < arity) r.announced(arity, 1, 'element', at)
  return arity
}

/** Reads how many elements stand before the tail of a list, or entries in a map, and moves to the first. */
export function elementCount(r: Reader, at: number, least: number, what: string): number {
  r.offset = at + 1
  r.need(4, at)
  const count = r.u32()
  if (r.end - r.offset < count * least) r.announced(count, least, what, at)
  return count
}

/** Returns an array for so many elements, which reserves no more than the bytes that came can fill. */
export function arrayFor(r: Reader, count: number): Term[] {
  if (count > SHORT) {
    if (count > r.spare) return []
    r.spare -= count
  }
  return new Array(count)
}

function readTerms(r: Reader, count: number, depth: number): Term[] {
  // An array literal is as large as it must be, and made at once.
  switch (count) {
    case 1:
      return [readTerm(r, depth)]
    case 2:
      return [readTerm(r, depth), readTerm(r, depth)]
    case 3:
      return [readTerm(r, depth), readTerm(r, depth), readTerm(r, depth)]
    case 4:
      return [readTerm(r, depth), readTerm(r, depth), readTerm(r, depth), readTerm(r, depth)]
  }
  const terms = arrayFor(r, count)
  for (let i = 0; i < count; i++) terms[i] = readTerm(r, depth)
  return terms
}

function readTuple(r: Reader, at: number, depth: number): TupleClass {
  return new TupleClass(readTerms(r, tupleArity(r, at), depth))
}

function readList(r: Reader, at: number, depth: number): Term {
  const items = readTerms(r, elementCount(r, at, 1, 'element'), depth)
  if (r.offset < r.end && r.bytes[r.offset] === tags.NIL_EXT) {
    r.offset++
    return items
  }
  return readTail(r, items, depth)
}

/** Reads what stands behind the elements. A list may be written in pieces, each of them the tail of the one before. */
function readTail(r: Reader, items: Term[], depth: number): Term {
  while (r.offset < r.end && r.bytes[r.offset] === tags.LIST_EXT) {
    const count = elementCount(r, r.offset, 1, 'element')
    for (let i = 0; i < count; i++) items.push(readTerm(r, depth))
  }
  if (r.offset < r.end && r.bytes[r.offset] === tags.NIL_EXT) {
    r.offset++
    return items
  }
  return withTail(items, readTerm(r, depth))
}

/** Returns the list of these elements with this tail behind them. */
export function withTail(items: Term[], tail: Term): Term {
  if (Array.isArray(tail)) {
    for (const item of tail as Term[]) items.push(item)
    return items
  }
  return items.length === 0 ? tail : new ImproperList(items, tail)
}

function readMap(r: Reader, at: number, depth: number): Term {
  const size = elementCount(r, at, 2, 'entry')
  const fields: Record<string, Term> = {}
  for (let i = 0; i < size; i++) {
    if (r.offset >= r.end || !isAtom(r.bytes[r.offset]!))
      return readEntries(r, at, depth, i === 0 ? new TermMap() : toTermMap(fields), size - i)
    const key = readAtomName(r)
    if (!putField(fields, key, readTerm(r, depth))) r.fail(at, `has each key once, got ${key} twice`)
  }
  return finishObject(fields)
}

function readEntries(r: Reader, at: number, depth: number, map: TermMap, size: number): TermMap {
  for (let i = 0; i < size; i++) {
    const key = readMapKey(r, depth)
    putEntry(r, at, map, key, readTerm(r, depth))
  }
  return map
}

function readMapKey(r: Reader, depth: number): Term {
  const at = r.offset
  if (!r.text || at >= r.end || r.bytes[at] !== tags.BINARY_EXT) return readExactly(r, depth)
  const size = elementCount(r, at, 1, 'byte')
  const start = r.offset
  r.offset = start + size
  return readKey(r.bytes, start, r.offset) ?? copyBytes(r.bytes, start, r.offset)
}

function readExactly(r: Reader, depth: number): Term {
  const { exact } = r
  r.exact = true
  const key = readTerm(r, depth)
  r.exact = exact
  return key
}

function readBinary(r: Reader, at: number): string | Uint8Array {
  const size = elementCount(r, at, 1, 'byte')
  const start = r.offset
  r.offset = start + size
  if (r.text) {
    const text = readText(r.bytes, start, start + size)
    if (text !== undefined) return text
  }
  return copyBytes(r.bytes, start, start + size)
}

function readBits(r: Reader, at: number): Uint8Array | BitString {
  const size = elementCount(r, at, 1, 'byte')
  r.need(size + 1, at)
  const bits = r.bytes[r.offset]!
  if (bits > 8 || (size === 0) !== (bits === 0))
    r.fail(at, `has 1 to 8 bits in the last of its ${size} bytes, got ${bits}`)
  const start = r.offset + 1
  r.offset = start + size
  const content = copyBytes(r.bytes, start, start + size)
  if (bits === 8 || size === 0) return content
  content[size - 1]! &= 0xff << (8 - bits)
  return new BitString(content, bits)
}

function readString(r: Reader, at: number): Term {
  r.offset = at + 1
  r.need(2, at)
  const bytes = r.bytes
  const size = (bytes[at + 1]! << 8) | bytes[at + 2]!
  const start = at + 3
  r.offset = start
  if (r.end - start < size) r.announced(size, 1, 'element', at)
  r.offset = start + size
  const items = new Array<number>(size)
  for (let i = 0; i < size; i++) items[i] = bytes[start + i]!
  return items
}

function readFloat(r: Reader, at: number): number | Float {
  r.offset = at + 1
  r.need(8, at)
  const bytes = r.bytes
  for (let i = 0; i < 8; i++) floatBytes[7 - i] = bytes[at + 1 + i]!
  r.offset = at + 9
  return finite(r, at, float[0]!)
}

/** FLOAT_EXT: the text of C's `%.20e`, filled up to 31 bytes. */
function readOldFloat(r: Reader, at: number): number | Float {
  r.offset = at + 1
  r.need(31, at)
  const text = r.bytes.toString('latin1', at + 1, at + 32).replace(/\0.*$/s, '')
  if (!/^ *[+-]?\d+(\.\d*)?(e[+-]?\d+)?$/i.test(text))
    r.fail(at, `holds a number as text, got ${JSON.stringify(text)}`)
  r.offset = at + 32
  return finite(r, at, Number(text))
}

function finite(r: Reader, at: number, value: number): number | Float {
  if (!Number.isFinite(value)) r.fail(at, `holds a finite number, got ${value}`)
  return r.exact && Number.isInteger(value) ? new Float(value) : value
}

function readBig(r: Reader, at: number): number | bigint {
  const small = r.bytes[at] === tags.SMALL_BIG_EXT
  r.offset = at + 1
  r.need(small ? 2 : 5, at)
  const size = small ? r.bytes[r.offset++]! : r.u32()
  const negative = r.bytes[r.offset++] !== 0
  r.announced(size, 1, 'digit', at)
  if (size > r.maxDigits) r.fail(at, `has at most ${r.maxDigits} digits of a byte, got ${size}`)
  const start = r.offset
  r.offset = start + size
  return readDigits(r.bytes, start, start + size, negative)
}

function readExport(r: Reader, at: number): ExportFun {
  r.offset = at + 1
  const module = readName(r, at)
  const name = readName(r, at)
  if (r.offset >= r.end || r.bytes[r.offset] !== tags.SMALL_INTEGER_EXT)
    r.fail(at, 'has an arity as SMALL_INTEGER_EXT')
  return new ExportFun(module, name, readTerm(r, 0) as number)
}
