/**
 * The external term format, written: https://www.erlang.org/doc/apps/erts/erl_ext_dist
 */
import {
  Atom,
  BitString,
  ElixirError,
  ExportFun,
  exposePid,
  Float,
  Fun,
  ImproperList,
  NativeRecord,
  Pid,
  Port,
  Reference,
  type Term,
  TermMap,
  TupleClass,
} from '../term/index.ts'
import { atomBytes, FALSE, keyBytes, NIL, TRUE } from './atom-bytes.ts'
import { writeDeep } from './encode-deep.ts'
import { explain, Unsayable } from './encode-error.ts'
import { digitsOf } from './integers.ts'
import { noTerm } from './no-term.ts'
import * as tags from './tags.ts'
import { copyBytes, writeText } from './text.ts'
import { Writer } from './writer.ts'
import { type Written, write, written } from './written.ts'

export interface EncodeOptions {
  /** Whether the reader is a Moebi node, at which a `Uint8Array` then arrives as one, and not as text. */
  readonly moebi?: boolean
  /** Asked for a term in the place of a value that is none, such as a function. */
  readonly foreign?: (value: unknown) => Term | undefined
  /** What the term is called in the path of an error, such as `message`. */
  readonly name?: string
}

/** From this level on a term is written with a stack of our own, since that of JavaScript ends. */
export const LEVELS = 256
const MAX_STRING = 65_535
/** OTP writes a larger id as V4_PORT_EXT, and a smaller one as NEW_PORT_EXT. */
const MAX_OLD_PORT = 0xfff_ffffn
const NO_OPTIONS: EncodeOptions = {}
const MOEBI: EncodeOptions = { moebi: true }

const float = new Float64Array(1)
const floatBytes = new Uint8Array(float.buffer)

// Small results share slabs, as those of Buffer.from do; larger ones are copied out.
const POOL = 16 * 1024
const POOLED = 2 * 1024
let idle: Writer | undefined

// The pids written last, as they are written. Each message names its sender and mostly a few more.
const SLOTS = 256
/** So often a pid is written before its bytes are kept: those of a short life are not worth the memory. */
const WORTH_KEEPING = 8
const pids: WrittenPid[] = Array.from({ length: SLOTS }, () => ({
  pid: undefined,
  uses: 0,
  bytes: undefined,
}))

interface WrittenPid {
  pid: Pid | undefined
  uses: number
  bytes: Written | undefined
}

/**
 * Returns a term in the external term format, version byte included, as a node reads it.
 *
 * When not to use it: in a connection, which writes frames with {@link encodeTerm}.
 *
 * @throws EncodeError for what is no term, with the path to it and what to send instead
 * @see `erlang:term_to_binary/1`
 */
export function encode(term: unknown, options?: EncodeOptions): Uint8Array {
  const writer = borrow()
  const { start } = writer
  try {
    writer.u8(tags.VERSION)
    encodeTerm(writer, term, options)
    const { bytes, offset } = writer
    if (offset - start > POOLED) return copyBytes(bytes, start, offset)
    writer.start = offset
    return new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset + start, offset - start)
  } finally {
    giveBack(writer)
  }
}

/**
 * Throws where a value is no term: for those who cannot encode it yet, and want the error to come while the sender is
 * still there.
 *
 * @throws EncodeError
 */
export function checkTerm(term: unknown, options?: EncodeOptions): void {
  const writer = borrow()
  try {
    encodeTerm(writer, term, options)
  } finally {
    giveBack(writer)
  }
}

// `foreign` may encode too, so the slab is nobody's while it is in use.
function borrow(): Writer {
  const writer = idle ?? new Writer(POOL)
  idle = undefined
  return writer
}

function giveBack(writer: Writer): void {
  writer.offset = writer.start
  if (writer.limit <= POOL && writer.limit - writer.offset > POOLED) idle = writer
}

/**
 * Writes a term behind what the writer holds, without the version byte.
 *
 * When it throws, part of the term has been written: set `writer.offset` back.
 *
 * @throws EncodeError for what is no term, and what a getter throws
 */
export function encodeTerm(writer: Writer, term: unknown, options: EncodeOptions = NO_OPTIONS): void {
  try {
    writeTerm(writer, term, 0, options)
  } catch (error) {
    throw error instanceof Unsayable ? explain(term, options.name, error) : error
  }
}

/** Writes a term that stands `depth` levels deep in the one that is being encoded. */
export function writeTerm(w: Writer, term: unknown, depth: number, options: EncodeOptions): void {
  switch (typeof term) {
    case 'object':
      if (term instanceof Atom) return writeAtom(w, term)
      if (term === null) return write(w, NIL)
      if (depth >= LEVELS && isContainer(term)) return writeDeep(w, term, options)
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
      return write(w, term ? TRUE : FALSE)
    case 'undefined':
      return write(w, NIL)
    case 'bigint':
      return writeBigInt(w, term)
    default:
      return writeForeign(w, term, depth, options)
  }
}

function writeObject(w: Writer, term: object, depth: number, options: EncodeOptions): void {
  // One look-up of the constructor instead of a walk up the prototypes for each class. An object may have a property of
  // that name, so what it does not settle is looked at closely.
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
      return writeRare(w, term, depth, options)
  }
}

function writeRare(w: Writer, term: object, depth: number, options: EncodeOptions): void {
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
  return writeForeign(w, term, depth, options)
}

/** Whether a value has terms in it, so that it may be nested. */
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

/** Writes a tag and four bytes behind it, with room for one byte more. */
function writeHeader(w: Writer, tag: number, value: number): void {
  w.ensure(6)
  const bytes = w.bytes
  const at = w.offset
  bytes[at] = tag
  bytes[at + 1] = value >>> 24
  bytes[at + 2] = value >>> 16
  bytes[at + 3] = value >>> 8
  bytes[at + 4] = value
  w.offset = at + 5
}

export function writeTupleHeader(w: Writer, arity: number): void {
  if (arity > 255) return writeHeader(w, tags.LARGE_TUPLE_EXT, arity)
  w.ensure(2)
  w.bytes[w.offset] = tags.SMALL_TUPLE_EXT
  w.bytes[w.offset + 1] = arity
  w.offset += 2
}

function writeTuple(w: Writer, elements: readonly unknown[], depth: number, options: EncodeOptions): void {
  const arity = elements.length
  writeTupleHeader(w, arity)
  for (let i = 0; i < arity; i++) writeTerm(w, elements[i], depth, options)
}

/** Writes what a list begins with and returns whether it is written as a whole: an empty one, or one of bytes only. */
export function writeListHeader(w: Writer, items: readonly unknown[]): boolean {
  const size = items.length
  if (size === 0) {
    w.u8(tags.NIL_EXT)
    return true
  }
  if (size <= MAX_STRING && isByte(items[0]) && items.every(isByte)) {
    w.ensure(size + 3)
    const bytes = w.bytes
    const at = w.offset
    bytes[at] = tags.STRING_EXT
    bytes[at + 1] = size >>> 8
    bytes[at + 2] = size
    for (let i = 0; i < size; i++) bytes[at + 3 + i] = items[i] as number
    w.offset = at + 3 + size
    return true
  }
  writeHeader(w, tags.LIST_EXT, size)
  return false
}

function isByte(item: unknown): boolean {
  return typeof item === 'number' && (item & 255) === item
}

function writeList(w: Writer, items: readonly unknown[], depth: number, options: EncodeOptions): void {
  if (writeListHeader(w, items)) return
  for (let i = 0; i < items.length; i++) writeTerm(w, items[i], depth, options)
  w.u8(tags.NIL_EXT)
}

function writeImproper(w: Writer, list: ImproperList, depth: number, options: EncodeOptions): void {
  writeImproperHeader(w, list)
  for (const item of list.items) writeTerm(w, item, depth, options)
  writeTerm(w, list.tail, depth, options)
}

export function writeImproperHeader(w: Writer, list: ImproperList): void {
  writeHeader(w, tags.LIST_EXT, list.items.length)
}

/** Writes what a map begins with and returns where its size is to be stored. */
export function writeMapHeader(w: Writer, size: number): number {
  writeHeader(w, tags.MAP_EXT, size)
  return w.offset - 4
}

function writeFields(w: Writer, fields: object, depth: number, options: EncodeOptions): void {
  const keys = fieldKeys(fields)
  const at = writeMapHeader(w, keys.length)
  let left = 0
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!
    const value = (fields as Record<string, unknown>)[key]
    if (value === undefined) left++
    else {
      writeKey(w, fields, key)
      writeTerm(w, value, depth, options)
    }
  }
  if (left > 0) w.setU32(at, keys.length - left)
}

/** Returns the keys of a plain object, which must be strings. */
export function fieldKeys(fields: object): string[] {
  const symbols = Object.getOwnPropertySymbols(fields)
  if (symbols.length > 0)
    throw new Unsayable(
      fields,
      `it has the key ${String(symbols[0])}, and no symbol can be an atom. Use a string as the key.`,
    )
  return Object.keys(fields)
}

/** Writes a key of a plain object as the atom it stands for. */
export function writeKey(w: Writer, fields: object, key: string): void {
  const bytes = keyBytes(key)
  if (bytes === undefined)
    throw new Unsayable(
      fields,
      `its key ${JSON.stringify(key.slice(0, 40))} can be no atom, which is at most 255 whole characters. Send a Map for keys that are text.`,
    )
  write(w, bytes)
}

function writeMap(w: Writer, map: MapLike, depth: number, options: EncodeOptions): void {
  checkKeys(map)
  writeMapHeader(w, map.size)
  for (const [key, value] of map) {
    writeTerm(w, key, depth, options)
    writeTerm(w, value, depth, options)
  }
}

export type MapLike = ReadonlyMap<Term, Term>

/** Throws when two keys of a Map are the same term, which the format forbids and JavaScript does not. */
export function checkKeys(map: MapLike): void {
  if (map instanceof TermMap) return
  let simple = true
  for (const key of map.keys()) simple &&= typeof key === 'string' || key instanceof Atom
  if (!simple && new TermMap(map).size !== map.size)
    throw new Unsayable(map, 'two of its keys are the same term. Use a TermMap, which has each once.')
}

function writeString(w: Writer, text: string): void {
  writeHeader(w, tags.BINARY_EXT, text.length)
  const at = w.offset
  const size = writeText(w, text)
  if (size < 0)
    throw new Unsayable(
      text,
      'the string has half of a surrogate pair in it, which UTF-8 cannot write. Send text.toWellFormed(), or bytes.',
    )
  if (size !== text.length) w.setU32(at - 4, size)
}

function writeBinary(w: Writer, content: Uint8Array, { moebi }: EncodeOptions): void {
  writeHeader(w, moebi ? tags.BIT_BINARY_EXT : tags.BINARY_EXT, content.length)
  if (moebi) w.bytes[w.offset++] = content.length === 0 ? 0 : 8
  w.raw(content)
}

function writeBits(w: Writer, term: BitString): void {
  const { bytes, bits } = term
  if (bytes.length === 0 || bits < 1 || bits > 7 || !Number.isInteger(bits))
    throw new Unsayable(
      term,
      `a BitString has at least one byte and 1 to 7 bits in the last, got ${bytes.length} and ${bits}. Send whole bytes as a Uint8Array.`,
    )
  writeHeader(w, tags.BIT_BINARY_EXT, bytes.length)
  w.bytes[w.offset++] = bits
  w.raw(bytes)
  w.bytes[w.offset - 1]! &= 0xff << (8 - bits)
}

function writeNumber(w: Writer, value: number): void {
  if ((value | 0) === value) {
    if (value >>> 8 !== 0) return writeHeader(w, tags.INTEGER_EXT, value)
    w.ensure(2)
    w.bytes[w.offset] = tags.SMALL_INTEGER_EXT
    w.bytes[w.offset + 1] = value
    w.offset += 2
  } else if (Number.isSafeInteger(value)) writeSafeInteger(w, value)
  else if (Number.isFinite(value)) writeFloat(w, value)
  else throw new Unsayable(value, noTerm(value))
}

function writeSafeInteger(w: Writer, value: number): void {
  w.ensure(10)
  const bytes = w.bytes
  const at = w.offset
  let size = 0
  for (let rest = Math.abs(value); rest > 0; rest = Math.floor(rest / 256))
    bytes[at + 3 + size++] = rest % 256
  bytes[at] = tags.SMALL_BIG_EXT
  bytes[at + 1] = size
  bytes[at + 2] = value < 0 ? 1 : 0
  w.offset = at + 3 + size
}

function writeBigInt(w: Writer, value: bigint): void {
  if (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER)
    return writeNumber(w, Number(value))
  const digits = digitsOf(value)
  if (digits.length > 255) writeHeader(w, tags.LARGE_BIG_EXT, digits.length)
  else {
    w.ensure(3)
    w.bytes[w.offset++] = tags.SMALL_BIG_EXT
    w.bytes[w.offset++] = digits.length
  }
  w.u8(value < 0n ? 1 : 0)
  w.raw(digits)
}

function writeFloat(w: Writer, value: number): void {
  w.ensure(9)
  const bytes = w.bytes
  const at = w.offset
  float[0] = value
  bytes[at] = tags.NEW_FLOAT_EXT
  for (let i = 0; i < 8; i++) bytes[at + 1 + i] = floatBytes[7 - i]!
  w.offset = at + 9
}

function writeAtom(w: Writer, atom: Atom): void {
  write(w, (atom.external as Written | undefined) ?? atomBytes(atom))
}

function writePid(w: Writer, pid: Pid): void {
  const slot = pids[pid.id & (SLOTS - 1)]!
  if (slot.pid !== pid) {
    slot.pid = pid
    slot.uses = 0
    slot.bytes = undefined
  } else if (slot.bytes !== undefined) return write(w, slot.bytes)
  if (!pid.interned) exposePid(pid)
  const node = (pid.node.external as Written | undefined) ?? atomBytes(pid.node)
  w.ensure(node.length + 16)
  const start = w.offset
  w.bytes[w.offset++] = tags.NEW_PID_EXT
  write(w, node)
  w.setU32(w.offset, pid.id)
  w.setU32(w.offset + 4, pid.serial)
  w.setU32(w.offset + 8, pid.creation)
  w.offset += 12
  if (++slot.uses > WORTH_KEEPING) slot.bytes = written(w.bytes.subarray(start, w.offset))
}

function writeReference(w: Writer, { node, creation, words }: Reference): void {
  w.ensure(3)
  w.bytes[w.offset++] = tags.NEWER_REFERENCE_EXT
  w.bytes[w.offset++] = 0
  w.bytes[w.offset++] = words.length
  writeAtom(w, node)
  w.ensure(4 + words.length * 4)
  const at = w.offset
  w.setU32(at, creation)
  for (let i = 0; i < words.length; i++) w.setU32(at + 4 + i * 4, words[i]!)
  w.offset = at + 4 + words.length * 4
}

function writePort(w: Writer, { node, id, creation }: Port): void {
  const isLarge = id > MAX_OLD_PORT
  w.u8(isLarge ? tags.V4_PORT_EXT : tags.NEW_PORT_EXT)
  writeAtom(w, node)
  if (isLarge) w.u64(id)
  else w.u32(Number(id))
  w.u32(creation)
}

function writeExport(w: Writer, { module, name, arity }: ExportFun): void {
  w.u8(tags.EXPORT_EXT)
  writeAtom(w, module)
  writeAtom(w, name)
  w.u8(tags.SMALL_INTEGER_EXT)
  w.u8(arity)
}

function writeRecord(w: Writer, record: NativeRecord, depth: number, options: EncodeOptions): void {
  writeRecordHeader(w, record)
  for (const [, value] of record.fields) writeTerm(w, value, depth, options)
}

export function writeRecordHeader(w: Writer, { module, name, flags, fields }: NativeRecord): void {
  writeHeader(w, tags.RECORD_EXT, fields.length)
  w.u8(flags)
  writeAtom(w, module)
  writeAtom(w, name)
  for (const [field] of fields) writeAtom(w, field)
}

function writeForeign(w: Writer, value: unknown, depth: number, options: EncodeOptions): void {
  const term = options.foreign?.(value)
  if (term === undefined) throw new Unsayable(value, noTerm(value))
  try {
    // What stands for it must be a term as it is, or a hook that answers with another function would never end.
    writeTerm(w, term, depth + 1, options.moebi ? MOEBI : NO_OPTIONS)
  } catch (error) {
    throw error instanceof Unsayable ? new Unsayable(value, error.message) : error
  }
}
