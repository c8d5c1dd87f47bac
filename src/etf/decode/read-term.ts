/**
 * Reads terms in the external term format: https://www.erlang.org/doc/apps/erts/erl_ext_dist
 */
import { ExportFun, type Term, TermMap, TupleClass } from '../../term/index.ts'
import * as tags from '../tags.ts'
import { isAtom, readAtom, readAtomName, readNameAtom } from './atoms.ts'
import { readBinary, readBits, readString } from './binaries.ts'
import { readArity, readCount, readLength, readSize, reserveArray, withTail } from './containers.ts'
import { MAX_RECURSIVE_FUNS, readFun } from './funs.ts'
import { readPid, readPort, readReference } from './identifiers.ts'
import { finishObject, putEntry, putField, toTermMap } from './maps.ts'
import { readBig, readFloat, readFloatText } from './numbers.ts'
import { readDeep } from './read-deep.ts'
import type { Reader } from './reader.ts'
import { finishRecord, readRecordHeader } from './records.ts'
import { copyBytes } from './text.ts'
import { readTextKey } from './text-keys.ts'

/** Reads a term that is nested `depth` levels deep in the decoded term. */
export function readTerm(r: Reader, depth: number): Term {
  const bytes = r.bytes
  const at = r.offset
  if (at >= r.end) r.fail(at, 'expected a tag, got the end of the bytes')
  const tag = bytes[at]!
  // A switch over literals is a jump. Over imported constants it is one comparison after another.
  switch (tag) {
    case 119: // SMALL_ATOM_UTF8_EXT
    case 100: // ATOM_EXT
    case 118: // ATOM_UTF8_EXT
    case 115: // SMALL_ATOM_EXT
    case 82: // ATOM_CACHE_REF
      return readAtom(r)
    case 97: // SMALL_INTEGER_EXT
      r.offset = at + 1
      r.ensureAvailable(1, at)
      r.offset = at + 2
      return bytes[at + 1]!
    case 104: // SMALL_TUPLE_EXT
    case 105: // LARGE_TUPLE_EXT
      if (depth >= r.maxRecursion) return readDeep(r, readTerm)
      return readTuple(r, at, depth + 1)
    case 106: // NIL_EXT
      r.offset = at + 1
      return []
    case 108: // LIST_EXT
      if (depth >= r.maxRecursion) return readDeep(r, readTerm)
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
      r.ensureAvailable(4, at)
      return r.u32() | 0
    case 116: // MAP_EXT
      if (depth >= r.maxRecursion) return readDeep(r, readTerm)
      return readMap(r, at, depth + 1)
    case 70: // NEW_FLOAT_EXT
      return readFloat(r, at)
    case 107: // STRING_EXT
      return readString(r, at)
    case 110: // SMALL_BIG_EXT
    case 111: // LARGE_BIG_EXT
      return readBig(r, at)
    default:
      return readRareTag(r, at, depth)
  }
}

function readRareTag(r: Reader, at: number, depth: number): Term {
  switch (r.bytes[at]) {
    case tags.BIT_BINARY_EXT:
      return readBits(r, at)
    case tags.EXPORT_EXT:
      return readExport(r, at)
    case tags.NEW_FUN_EXT:
      if (r.openFuns >= MAX_RECURSIVE_FUNS) return readDeep(r, readTerm)
      return readFun(r, at, readTerm)
    case tags.V4_PORT_EXT:
    case tags.NEW_PORT_EXT:
    case tags.PORT_EXT:
      return readPort(r, at)
    case tags.RECORD_EXT:
      if (depth >= r.maxRecursion) return readDeep(r, readTerm)
      return readRecord(r, at, depth + 1)
    case tags.FLOAT_EXT:
      return readFloatText(r, at)
    case tags.FUN_EXT:
      return r.fail(at, 'is a fun in the format before OTP 23, which no supported release sends')
    case tags.LOCAL_EXT:
      return r.fail(at, 'is a term that only the node that wrote it can read')
    case tags.COMPRESSED:
      return r.fail(at, 'may only follow the version byte, not be inside of a term')
    default:
      return r.fail(at, 'is not in the external term format')
  }
}

function readTerms(r: Reader, count: number, depth: number): Term[] {
  // An array literal is allocated in one step, and in its final size.
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
  const terms = reserveArray(r, count)
  for (let i = 0; i < count; i++) terms[i] = readTerm(r, depth)
  return terms
}

function readTuple(r: Reader, at: number, depth: number): TupleClass {
  return new TupleClass(readTerms(r, readArity(r, at), depth))
}

function readList(r: Reader, at: number, depth: number): Term {
  const items = readTerms(r, readLength(r, at), depth)
  if (r.offset < r.end && r.bytes[r.offset] === tags.NIL_EXT) {
    r.offset++
    return items
  }
  return readTail(r, items, depth)
}

/** Reads the tail of a list. A list may be written in parts: the tail of each part is the next part. */
function readTail(r: Reader, items: Term[], depth: number): Term {
  while (r.offset < r.end && r.bytes[r.offset] === tags.LIST_EXT) {
    const count = readLength(r, r.offset)
    for (let i = 0; i < count; i++) items.push(readTerm(r, depth))
  }
  if (r.offset < r.end && r.bytes[r.offset] === tags.NIL_EXT) {
    r.offset++
    return items
  }
  return withTail(items, readTerm(r, depth))
}

function readMap(r: Reader, at: number, depth: number): Term {
  const size = readSize(r, at)
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
  if (!r.binariesAsText || at >= r.end || r.bytes[at] !== tags.BINARY_EXT) return readExactly(r, depth)
  const size = readCount(r, at, 1, 'byte')
  const start = r.offset
  r.offset = start + size
  return readTextKey(r.bytes, start, r.offset) ?? copyBytes(r.bytes, start, r.offset)
}

/** Reads a key of a map. Floats in it are kept, since `1` and `1.0` are two keys. */
function readExactly(r: Reader, depth: number): Term {
  const { exact } = r
  r.exact = true
  const key = readTerm(r, depth)
  r.exact = exact
  return key
}

function readRecord(r: Reader, at: number, depth: number): Term {
  const header = readRecordHeader(r, at)
  const values = reserveArray(r, header.names.length)
  for (let i = 0; i < header.names.length; i++) values[i] = readTerm(r, depth)
  return finishRecord(header, values)
}

/** Reads an EXPORT_EXT: a module, a function and an arity. As on a BEAM, the arity may have any format of an integer. */
function readExport(r: Reader, at: number): ExportFun {
  r.offset = at + 1
  const module = readNameAtom(r, at)
  const name = readNameAtom(r, at)
  const tag = r.offset < r.end ? r.bytes[r.offset]! : 0
  const isInteger =
    tag === tags.SMALL_INTEGER_EXT ||
    tag === tags.INTEGER_EXT ||
    tag === tags.SMALL_BIG_EXT ||
    tag === tags.LARGE_BIG_EXT
  const arity = isInteger ? readTerm(r, 0) : -1
  if (typeof arity !== 'number' || arity < 0) return r.fail(at, 'has an arity, which is an integer from 0 on')
  return new ExportFun(module, name, arity)
}
