import { type Atom, Fun, NativeRecord, type Term } from '../term/index.ts'
import { readName } from './atoms.ts'
import { arrayFor, decodeTerm, readTerm } from './decode.ts'
import { encodeTerm } from './encode.ts'
import { readPid } from './identifiers.ts'
import { Reader } from './reader.ts'
import { NEW_PID_EXT, PID_EXT } from './tags.ts'
import { copyBytes } from './text.ts'
import { Writer } from './writer.ts'

const MAX_FUNS = 16
/** What lies in a fun is read by recursion for so many levels again. */
const LEVELS = 32

/**
 * NEW_FUN_EXT: its size (itself included), arity, MD5 of the module, index, number of free variables; then the module,
 * the old index, the old unique number, the pid of its maker and the free variables.
 *
 * It is kept as the bytes it came in, and read all the same: what is wrong in it must not be passed on.
 */
export function readFun(r: Reader, at: number): Fun {
  if (++r.funs > MAX_FUNS) r.fail(at, `is inside of more than ${MAX_FUNS} other funs`)
  r.offset = at + 1
  r.need(29, at)
  const size = r.u32()
  const end = at + 1 + size
  if (end > r.end) r.announced(size - 4, 1, 'byte', at)
  const arity = r.bytes[r.offset]!
  const uniq = copyBytes(r.bytes, r.offset + 1, r.offset + 17)
  r.offset += 17
  const index = r.u32()
  const free = r.u32()
  const cacheUsed = r.cacheUsed
  r.cacheUsed = false
  const module = readName(r, at)
  const body = r.offset
  for (const what of ['old index', 'old unique number'])
    if (typeof readTerm(r, r.levels) !== 'number') r.fail(at, `has an ${what}, which is an integer`)
  if (r.offset >= r.end || (r.bytes[r.offset] !== NEW_PID_EXT && r.bytes[r.offset] !== PID_EXT))
    r.fail(at, 'has the pid of the process that made it')
  readPid(r, r.offset)
  r.announced(free, 1, 'free variable', at)
  for (let i = 0; i < free; i++) readTerm(r, Math.max(0, r.levels - LEVELS))
  if (r.offset !== end) r.fail(at, `has ${size} bytes by its size, got ${r.offset - at - 1}`)
  const external = r.cacheUsed ? withoutCache(r, at, module, body, free) : copyBytes(r.bytes, at, end)
  r.cacheUsed ||= cacheUsed
  r.funs--
  return new Fun(module, arity, index, uniq, external)
}

/** Returns a fun with its atoms written out, since their numbers mean something in the frame they came in only. */
function withoutCache(r: Reader, at: number, module: Atom, body: number, free: number): Uint8Array {
  const exact = new Reader({ exact: true, binaries: 'bytes', maxDepth: r.maxDepth })
  exact.reset(r.bytes, body, r.end)
  exact.cache = r.cache
  const writer = new Writer(1024)
  writer.raw(r.bytes.subarray(at, at + 30))
  encodeTerm(writer, module)
  for (let i = 0; i < 3 + free; i++) encodeTerm(writer, decodeTerm(exact))
  writer.setU32(1, writer.offset - 1)
  return copyBytes(writer.bytes, 0, writer.offset)
}

/** RECORD_EXT: number of fields, flags, module, name; then the names of all fields, then their values. */
export function readRecord(r: Reader, at: number, depth: number): NativeRecord {
  const header = readRecordHeader(r, at)
  const values = arrayFor(r, header.names.length)
  for (let i = 0; i < header.names.length; i++) values[i] = readTerm(r, depth)
  return finishRecord(header, values)
}

export interface RecordHeader {
  readonly flags: number
  readonly module: Atom
  readonly name: Atom
  readonly names: readonly Atom[]
}

export function readRecordHeader(r: Reader, at: number): RecordHeader {
  r.offset = at + 1
  r.need(5, at)
  const size = r.u32()
  const flags = r.bytes[r.offset++]!
  const module = readName(r, at)
  const name = readName(r, at)
  // A field is at least the three bytes of an atom's name and the one of a value.
  r.announced(size, 3, 'field', at)
  const names: Atom[] = []
  for (let i = 0; i < size; i++) names.push(readName(r, at))
  const seen = new Set(names)
  if (seen.size !== size) r.fail(at, 'has each field once, got one twice')
  return { flags, module, name, names }
}

export function finishRecord(
  { module, name, flags, names }: RecordHeader,
  values: readonly Term[],
): NativeRecord {
  return new NativeRecord(
    module,
    name,
    flags,
    names.map((field, i) => [field, values[i]] as const),
  )
}
