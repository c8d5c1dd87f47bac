/**
 * Writes terms in the external term format: https://www.erlang.org/doc/apps/erts/erl_ext_dist
 */
import {
  Atom,
  BitString,
  ElixirError,
  ExportFun,
  Float,
  Fun,
  ImproperList,
  NativeRecord,
  Pid,
  Port,
  Reference,
  TermMap,
  TupleClass,
} from '../../term/index.ts'
import { NIL_EXT } from '../tags.ts'
import { FALSE, NIL, TRUE, writeAtom, writeAtomBytes } from './atoms.ts'
import { writeBinary, writeBits, writeString } from './binaries.ts'
import {
  isContainer,
  writeImproperHeader,
  writeListHeader,
  writeRecordHeader,
  writeTupleHeader,
} from './containers.ts'
import { describeNonTerm } from './describe-non-term.ts'
import { NotATerm } from './encode-error.ts'
import { writeExport, writePid, writePort, writeReference } from './identifiers.ts'
import { checkDuplicateKeys, fieldKeys, type MapLike, writeKey, writeMapHeader } from './maps.ts'
import { writeBigInt, writeFloat, writeNumber } from './numbers.ts'
import { type EncodeOptions, MOEBI, NO_OPTIONS } from './options.ts'
import { writeDeep } from './write-deep.ts'
import type { Writer } from './writer.ts'

/** Levels that are written by recursion. Deeper levels are written by {@link writeDeep}, since the call stack is limited. */
const MAX_RECURSION = 256

/** Writes a term that is nested `depth` levels deep in the encoded term. */
export function writeTerm(w: Writer, term: unknown, depth: number, options: EncodeOptions): void {
  switch (typeof term) {
    case 'object':
      if (term instanceof Atom) return writeAtom(w, term)
      if (term === null) return writeAtomBytes(w, NIL)
      if (depth >= MAX_RECURSION && isContainer(term)) return writeDeep(w, term, depth, options, writeTerm)
      if (term instanceof TupleClass) return writeTuple(w, term.elements, depth + 1, options)
      if (Array.isArray(term)) return writeList(w, term, depth + 1, options)
      if (term instanceof Pid) return writePid(w, term)
      if (term instanceof Reference) return writeReference(w, term)
      return writeObject(w, term, depth, options)
    case 'string':
      return writeString(w, term)
    case 'number':
      return writeNumber(w, term)
    case 'boolean':
      return writeAtomBytes(w, term ? TRUE : FALSE)
    case 'undefined':
      return writeAtomBytes(w, NIL)
    case 'bigint':
      return writeBigInt(w, term)
    default:
      return writeReplacement(w, term, depth, options)
  }
}

function writeObject(w: Writer, term: object, depth: number, options: EncodeOptions): void {
  // One lookup of the constructor instead of a walk of the prototype chain for each class. An object may have a property
  // called `constructor`, so every other value goes through the exact checks of writeByPrototype.
  switch (term.constructor) {
    case Object:
      return writeFields(w, term, depth + 1, options)
    case ImproperList:
      return writeImproper(w, term as ImproperList, depth + 1, options)
    case Uint8Array:
    case Buffer:
      return writeBinary(w, term as Uint8Array, options)
    case Float:
      return writeFloat(w, (term as Float).value)
    case TermMap:
    case Map:
      return writeMap(w, term as MapLike, depth + 1, options)
    default:
      return writeByPrototype(w, term, depth, options)
  }
}

function writeByPrototype(w: Writer, term: object, depth: number, options: EncodeOptions): void {
  const prototype = Object.getPrototypeOf(term)
  if (prototype === Object.prototype || prototype === null) return writeFields(w, term, depth + 1, options)
  if (term instanceof Uint8Array) return writeBinary(w, term, options)
  if (term instanceof TermMap || term instanceof Map) return writeMap(w, term, depth + 1, options)
  if (term instanceof Float) return writeFloat(w, term.value)
  if (term instanceof ElixirError) return writeFields(w, term.fields, depth + 1, options)
  if (term instanceof ImproperList) return writeImproper(w, term, depth + 1, options)
  if (term instanceof BitString) return writeBits(w, term)
  if (term instanceof Port) return writePort(w, term)
  if (term instanceof Fun) return w.raw(term.external)
  if (term instanceof ExportFun) return writeExport(w, term)
  if (term instanceof NativeRecord) return writeRecord(w, term, depth + 1, options)
  return writeReplacement(w, term, depth, options)
}

function writeTuple(w: Writer, elements: readonly unknown[], depth: number, options: EncodeOptions): void {
  const arity = elements.length
  writeTupleHeader(w, arity)
  for (let i = 0; i < arity; i++) writeTerm(w, elements[i], depth, options)
}

function writeList(w: Writer, items: readonly unknown[], depth: number, options: EncodeOptions): void {
  if (writeListHeader(w, items)) return
  for (let i = 0; i < items.length; i++) writeTerm(w, items[i], depth, options)
  w.u8(NIL_EXT)
}

function writeImproper(w: Writer, list: ImproperList, depth: number, options: EncodeOptions): void {
  writeImproperHeader(w, list)
  for (const item of list.items) writeTerm(w, item, depth, options)
  writeTerm(w, list.tail, depth, options)
}

function writeFields(w: Writer, fields: object, depth: number, options: EncodeOptions): void {
  const keys = fieldKeys(fields)
  const at = writeMapHeader(w, keys.length)
  let omitted = 0
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!
    const value = (fields as Record<string, unknown>)[key]
    if (value === undefined) omitted++
    else {
      writeKey(w, fields, key)
      writeTerm(w, value, depth, options)
    }
  }
  if (omitted > 0) w.setU32(at, keys.length - omitted)
}

function writeMap(w: Writer, map: MapLike, depth: number, options: EncodeOptions): void {
  checkDuplicateKeys(map)
  writeMapHeader(w, map.size)
  for (const [key, value] of map) {
    writeTerm(w, key, depth, options)
    writeTerm(w, value, depth, options)
  }
}

function writeRecord(w: Writer, record: NativeRecord, depth: number, options: EncodeOptions): void {
  writeRecordHeader(w, record)
  for (const [, value] of record.fields) writeTerm(w, value, depth, options)
}

function writeReplacement(w: Writer, value: unknown, depth: number, options: EncodeOptions): void {
  const term = options.replacer?.(value)
  if (term === undefined) throw new NotATerm(value, describeNonTerm(value))
  try {
    // Without the replacer: a replacer that returns a value that is not a term would otherwise never end.
    writeTerm(w, term, depth + 1, options.moebi ? MOEBI : NO_OPTIONS)
  } catch (error) {
    throw error instanceof NotATerm ? new NotATerm(value, error.message) : error
  }
}
