import { ElixirError, ImproperList, NativeRecord, TermMap, TupleClass } from '../../term/index.ts'
import { NIL_EXT } from '../tags.ts'
import {
  isContainer,
  writeImproperHeader,
  writeListHeader,
  writeRecordHeader,
  writeTupleHeader,
} from './containers.ts'
import { NotATerm } from './encode-error.ts'
import { checkDuplicateKeys, fieldKeys, type MapLike, writeKey, writeMapHeader } from './maps.ts'
import type { EncodeOptions, WriteTerm } from './options.ts'
import type { Writer } from './writer.ts'

const MAX_DEPTH = 1_000_000

/** A container that has been written in part. */
interface OpenContainer {
  readonly term: object
  /** The terms in it, in the order of writing. */
  readonly items: readonly unknown[]
  /** The keys of an object, each written before its item. */
  readonly keys: readonly string[] | undefined
  /** Whether NIL_EXT is written at its end. */
  readonly isList: boolean
  /** The index of the item to write next. */
  next: number
}

/**
 * Writes a container that is nested `depth` levels deep, with a stack on the heap in place of recursion. Slower than
 * recursion, so only for levels at which the call stack might not suffice.
 *
 * @param writeTerm writes the items that are not containers
 */
export function writeDeep(
  w: Writer,
  term: object,
  depth: number,
  options: EncodeOptions,
  writeTerm: WriteTerm,
): void {
  const stack: OpenContainer[] = []
  const ancestors = new Set<object>()
  let item: unknown = term
  for (;;) {
    if (typeof item === 'object' && item !== null && isContainer(item)) {
      if (ancestors.has(item)) throw new NotATerm(item, 'it contains itself. Send a copy without the cycle.')
      if (stack.length + depth >= MAX_DEPTH)
        throw new NotATerm(item, `it is nested deeper than ${MAX_DEPTH} levels`)
      ancestors.add(item)
      stack.push(openContainer(w, item))
    } else writeTerm(w, item, depth, options)
    let top = stack.at(-1)!
    while (top.next === top.items.length) {
      if (top.isList) w.u8(NIL_EXT)
      ancestors.delete(top.term)
      stack.pop()
      if (stack.length === 0) return
      top = stack.at(-1)!
    }
    const key = top.keys?.[top.next]
    if (key !== undefined) writeKey(w, top.term, key)
    item = top.items[top.next++]
  }
}

/** Writes the header of a container. */
function openContainer(w: Writer, term: object): OpenContainer {
  if (term instanceof TupleClass) {
    writeTupleHeader(w, term.elements.length)
    return withItems(term, term.elements)
  }
  if (Array.isArray(term)) {
    const isComplete = writeListHeader(w, term)
    return { ...withItems(term, isComplete ? [] : term), isList: !isComplete }
  }
  if (term instanceof ImproperList) {
    writeImproperHeader(w, term)
    return withItems(term, [...term.items, term.tail])
  }
  if (term instanceof NativeRecord) {
    writeRecordHeader(w, term)
    return withItems(
      term,
      term.fields.map(([, value]) => value),
    )
  }
  if (term instanceof Map || term instanceof TermMap) {
    checkDuplicateKeys(term as MapLike)
    writeMapHeader(w, term.size)
    return withItems(term, [...term].flat(1))
  }
  return openObject(w, term, (term instanceof ElixirError ? term.fields : term) as Record<string, unknown>)
}

function openObject(w: Writer, term: object, fields: Record<string, unknown>): OpenContainer {
  const keys = fieldKeys(fields).filter((key) => fields[key] !== undefined)
  writeMapHeader(w, keys.length)
  return {
    ...withItems(
      term,
      keys.map((key) => fields[key]),
    ),
    keys,
  }
}

function withItems(term: object, items: readonly unknown[]): OpenContainer {
  return { term, items, keys: undefined, isList: false, next: 0 }
}
