import { Atom, type Term, TermMap, TupleClass } from '../../term/index.ts'
import * as tags from '../tags.ts'
import { readArity, readLength, readSize, reserveArray, withTail } from './containers.ts'
import { type FunHeader, finishFun, MAX_RECURSIVE_FUNS, readFunHeader } from './funs.ts'
import { finishObject, putEntry, putField } from './maps.ts'
import type { Reader, ReadTerm } from './reader.ts'
import { finishRecord, type RecordHeader, readRecordHeader } from './records.ts'

/** A container that has been read in part. */
interface OpenContainer {
  readonly tag: number
  /** The offset of the tag. */
  readonly at: number
  /** The terms that have been read; keys and values of a map in turn. */
  readonly items: Term[]
  /** The number of items. */
  count: number
  /** The number of terms still to read. */
  left: number
  /** Whether all elements of a list have been read. A term that is still to read is then the tail. */
  elementsRead: boolean
  tail: Term
  readonly record: RecordHeader | undefined
  readonly fun: FunHeader | undefined
  /** Whether floats without a fraction in it are read as `Float`. */
  readonly exact: boolean
}

/**
 * Reads a term of any depth with a stack on the heap in place of recursion. Slower than recursion, so only for levels at
 * which the call stack might not suffice.
 *
 * @param readTerm reads the terms that are not containers
 */
export function readDeep(r: Reader, readTerm: ReadTerm): Term {
  const stack: OpenContainer[] = []
  const { exact } = r
  for (;;) {
    let top = stack.at(-1)
    if (top) r.exact = top.exact || isKeyNext(top)
    top = openContainer(r, r.offset)
    if (top) {
      stack.push(top)
      if (stack.length + r.maxRecursion > r.maxDepth)
        r.fail(top.at, `is nested deeper than ${r.maxDepth} levels (limit maxDepth)`)
    } else {
      const value = readTerm(r, r.maxRecursion)
      top = stack.at(-1)
      if (!top) return value
      append(top, value)
    }
    while (isComplete(r, top)) {
      const value = closeContainer(r, top)
      stack.pop()
      top = stack.at(-1)
      if (!top) {
        r.exact = exact
        return value
      }
      append(top, value)
    }
  }
}

/** Reads the header of a container; undefined when another kind of term is next. */
function openContainer(r: Reader, at: number): OpenContainer | undefined {
  switch (at < r.end ? r.bytes[at] : undefined) {
    case tags.SMALL_TUPLE_EXT:
    case tags.LARGE_TUPLE_EXT:
      return withCount(r, at, readArity(r, at), undefined)
    case tags.LIST_EXT:
      return withCount(r, at, readLength(r, at), undefined)
    case tags.MAP_EXT:
      return withCount(r, at, readSize(r, at) * 2, undefined)
    case tags.RECORD_EXT: {
      const record = readRecordHeader(r, at)
      return withCount(r, at, record.names.length, record)
    }
    case tags.NEW_FUN_EXT: {
      if (r.openFuns < MAX_RECURSIVE_FUNS) return undefined
      const fun = readFunHeader(r, at)
      return withCount(r, at, fun.count, undefined, fun)
    }
    default:
      return undefined
  }
}

function withCount(
  r: Reader,
  at: number,
  left: number,
  record: RecordHeader | undefined,
  fun?: FunHeader,
): OpenContainer {
  return {
    tag: r.bytes[at]!,
    at,
    items: reserveArray(r, left),
    count: 0,
    left,
    elementsRead: false,
    tail: [],
    record,
    fun,
    exact: r.exact,
  }
}

function isKeyNext({ tag, count }: OpenContainer): boolean {
  return tag === tags.MAP_EXT && count % 2 === 0
}

function append(top: OpenContainer, value: Term): void {
  top.left--
  if (top.elementsRead) top.tail = value
  else top.items[top.count++] = value
}

/** Whether all of a container has been read. Reads NIL_EXT, or the header of the next part, after the elements of a list. */
function isComplete(r: Reader, top: OpenContainer): boolean {
  if (top.left > 0) return false
  if (top.tag !== tags.LIST_EXT || top.elementsRead) return true
  while (top.left === 0 && r.offset < r.end && r.bytes[r.offset] === tags.LIST_EXT)
    top.left = readLength(r, r.offset)
  if (top.left > 0) return false
  top.elementsRead = true
  if (r.offset < r.end && r.bytes[r.offset] === tags.NIL_EXT) {
    r.offset++
    return true
  }
  top.left = 1
  return false
}

function closeContainer(r: Reader, { tag, at, items, tail, record, fun }: OpenContainer): Term {
  if (record) return finishRecord(record, items)
  if (fun) return finishFun(r, at, fun, items)
  if (tag === tags.LIST_EXT) return withTail(items, tail)
  return tag === tags.MAP_EXT ? closeMap(r, at, items) : new TupleClass(items)
}

function closeMap(r: Reader, at: number, items: readonly Term[]): Term {
  const fields: Record<string, Term> = {}
  for (let i = 0; i < items.length; i += 2) {
    const key = keyName(items[i])
    if (key === undefined) return closeTermMap(r, at, items)
    if (!putField(fields, key, items[i + 1])) r.fail(at, `has each key once, got ${key} twice`)
  }
  return finishObject(fields)
}

function closeTermMap(r: Reader, at: number, items: readonly Term[]): TermMap {
  const map = new TermMap()
  for (let i = 0; i < items.length; i += 2) putEntry(r, at, map, items[i], items[i + 1])
  return map
}

function keyName(key: Term): string | undefined {
  if (key instanceof Atom) return key.name
  if (key === null) return 'nil'
  return typeof key === 'boolean' ? String(key) : undefined
}
