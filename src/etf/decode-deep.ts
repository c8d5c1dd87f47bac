import { Atom, type Term, TermMap, TupleClass } from '../term/index.ts'
import { arrayFor, elementCount, readTerm, tupleArity, withTail } from './decode.ts'
import { finishRecord, type RecordHeader, readRecordHeader } from './funs.ts'
import { finishObject, putEntry, putField } from './maps.ts'
import type { Reader } from './reader.ts'
import * as tags from './tags.ts'

/** A container that has been begun. */
interface Open {
  readonly tag: number
  readonly at: number
  /** What has been read of it; of a map keys and values in turn. */
  readonly items: Term[]
  /** How many there are. */
  taken: number
  /** How many terms are still to come. */
  left: number
  /** Of a list: whether its elements have been read, so that the term to come is its tail, or nothing is. */
  ended: boolean
  tail: Term
  readonly record: RecordHeader | undefined
  /** Whether whole floats in it are read as `Float`. */
  readonly exact: boolean
}

/** Reads a term of any depth without recursion: slower, and only for what lies deeper than recursion may go. */
export function readDeep(r: Reader): Term {
  const stack: Open[] = []
  const { exact } = r
  for (;;) {
    let top = stack.at(-1)
    if (top) r.exact = top.exact || isKeyNext(top)
    top = open(r, r.offset)
    if (top) {
      stack.push(top)
      if (stack.length + r.levels > r.maxDepth) r.fail(top.at, `is nested deeper than ${r.maxDepth} levels`)
    } else {
      const value = readTerm(r, r.levels)
      top = stack.at(-1)
      if (!top) return value
      take(top, value)
    }
    while (complete(r, top)) {
      const value = close(r, top)
      stack.pop()
      top = stack.at(-1)
      if (!top) {
        r.exact = exact
        return value
      }
      take(top, value)
    }
  }
}

function open(r: Reader, at: number): Open | undefined {
  switch (at < r.end ? r.bytes[at] : undefined) {
    case tags.SMALL_TUPLE_EXT:
    case tags.LARGE_TUPLE_EXT:
      return begin(r, at, tupleArity(r, at), undefined)
    case tags.LIST_EXT:
      return begin(r, at, elementCount(r, at, 1, 'element'), undefined)
    case tags.MAP_EXT:
      return begin(r, at, elementCount(r, at, 2, 'entry') * 2, undefined)
    case tags.RECORD_EXT: {
      const record = readRecordHeader(r, at)
      return begin(r, at, record.names.length, record)
    }
    default:
      return undefined
  }
}

function begin(r: Reader, at: number, left: number, record: RecordHeader | undefined): Open {
  return {
    tag: r.bytes[at]!,
    at,
    items: arrayFor(r, left),
    taken: 0,
    left,
    ended: false,
    tail: [],
    record,
    exact: r.exact,
  }
}

function isKeyNext({ tag, taken }: Open): boolean {
  return tag === tags.MAP_EXT && taken % 2 === 0
}

function take(top: Open, value: Term): void {
  top.left--
  if (top.ended) top.tail = value
  else top.items[top.taken++] = value
}

/** Whether nothing of a container is to come. Of a list, looks at what stands behind the elements. */
function complete(r: Reader, top: Open): boolean {
  if (top.left > 0) return false
  if (top.tag !== tags.LIST_EXT || top.ended) return true
  while (top.left === 0 && r.offset < r.end && r.bytes[r.offset] === tags.LIST_EXT)
    top.left = elementCount(r, r.offset, 1, 'element')
  if (top.left > 0) return false
  top.ended = true
  if (r.offset < r.end && r.bytes[r.offset] === tags.NIL_EXT) {
    r.offset++
    return true
  }
  top.left = 1
  return false
}

function close(r: Reader, { tag, at, items, tail, record }: Open): Term {
  if (record) return finishRecord(record, items)
  if (tag === tags.LIST_EXT) return withTail(items, tail)
  return tag === tags.MAP_EXT ? closeMap(r, at, items) : new TupleClass(items)
}

function closeMap(r: Reader, at: number, items: readonly Term[]): Term {
  const fields: Record<string, Term> = {}
  for (let i = 0; i < items.length; i += 2) {
    const key = keyName(items[i])
    if (key === undefined) return closeEntries(r, at, items)
    if (!putField(fields, key, items[i + 1])) r.fail(at, `has each key once, got ${key} twice`)
  }
  return finishObject(fields)
}

function closeEntries(r: Reader, at: number, items: readonly Term[]): TermMap {
  const map = new TermMap()
  for (let i = 0; i < items.length; i += 2) putEntry(r, at, map, items[i], items[i + 1])
  return map
}

function keyName(key: Term): string | undefined {
  if (key instanceof Atom) return key.name
  if (key === null) return 'nil'
  return typeof key === 'boolean' ? String(key) : undefined
}
