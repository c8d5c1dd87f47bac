import { type Atom, NativeRecord, type Term } from '../../term/index.ts'
import { readNameAtom } from './atoms.ts'
import { countTerms } from './containers.ts'
import type { Reader } from './reader.ts'

/** The beginning of RECORD_EXT, up to the first value. */
export interface RecordHeader {
  readonly flags: number
  readonly module: Atom
  readonly name: Atom
  /** The names of the fields. */
  readonly names: readonly Atom[]
}

/** RECORD_EXT: number of fields, flags, module, name, the names of all fields, the values of all fields. */
export function readRecordHeader(r: Reader, at: number): RecordHeader {
  r.offset = at + 1
  r.ensureAvailable(5, at)
  const size = r.u32()
  const flags = r.bytes[r.offset++]!
  const module = readNameAtom(r, at)
  const name = readNameAtom(r, at)
  // A field has at least two bytes for its name and one byte for its value.
  r.checkCount(size, 3, 'field', at)
  if (r.counts) countTerms(r, at, 2 * size)
  const names: Atom[] = []
  for (let i = 0; i < size; i++) names.push(readNameAtom(r, at))
  if (new Set(names).size !== size) r.fail(at, 'has each field once, got one twice')
  return { flags, module, name, names }
}

/** Returns the record of a header and the values of its fields. */
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
