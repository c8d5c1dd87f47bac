import { ElixirError, ImproperList, NativeRecord, TermMap, TupleClass } from '../term/index.ts'
import {
  checkKeys,
  type EncodeOptions,
  fieldKeys,
  isContainer,
  LEVELS,
  type MapLike,
  writeImproperHeader,
  writeKey,
  writeListHeader,
  writeMapHeader,
  writeRecordHeader,
  writeTerm,
  writeTupleHeader,
} from './encode.ts'
import { Unsayable } from './encode-error.ts'
import { NIL_EXT } from './tags.ts'
import type { Writer } from './writer.ts'

const MAX_DEPTH = 1_000_000

/** A container of which not everything has been written. */
interface Open {
  readonly term: object
  /** The terms in it, in the order of writing. */
  readonly parts: readonly unknown[]
  /** The keys that stand before them, in an object. */
  readonly keys: readonly string[] | undefined
  /** Whether NIL_EXT ends it. */
  readonly isList: boolean
  next: number
}

/** Writes a container of any depth without recursion: slower, and only for what lies deeper than recursion may go. */
export function writeDeep(w: Writer, term: object, options: EncodeOptions): void {
  const stack: Open[] = []
  const around = new Set<object>()
  let part: unknown = term
  for (;;) {
    if (typeof part === 'object' && part !== null && isContainer(part)) {
      if (around.has(part)) throw new Unsayable(part, 'it contains itself. Send a copy without the cycle.')
      if (stack.length + LEVELS >= MAX_DEPTH)
        throw new Unsayable(part, `it is nested deeper than ${MAX_DEPTH} levels`)
      around.add(part)
      stack.push(open(w, part))
    } else writeTerm(w, part, LEVELS, options)
    let top = stack.at(-1)!
    while (top.next === top.parts.length) {
      if (top.isList) w.u8(NIL_EXT)
      around.delete(top.term)
      stack.pop()
      if (stack.length === 0) return
      top = stack.at(-1)!
    }
    const key = top.keys?.[top.next]
    if (key !== undefined) writeKey(w, top.term, key)
    part = top.parts[top.next++]
  }
}

function open(w: Writer, term: object): Open {
  if (term instanceof TupleClass) {
    writeTupleHeader(w, term.elements.length)
    return opened(term, term.elements)
  }
  if (Array.isArray(term)) {
    const isWritten = writeListHeader(w, term)
    return { ...opened(term, isWritten ? [] : term), isList: !isWritten }
  }
  if (term instanceof ImproperList) {
    writeImproperHeader(w, term)
    return opened(term, [...term.items, term.tail])
  }
  if (term instanceof NativeRecord) {
    writeRecordHeader(w, term)
    return opened(
      term,
      term.fields.map(([, value]) => value),
    )
  }
  if (term instanceof Map || term instanceof TermMap) {
    checkKeys(term as MapLike)
    writeMapHeader(w, term.size)
    return opened(term, [...term].flat(1))
  }
  return openFields(w, term, (term instanceof ElixirError ? term.fields : term) as Record<string, unknown>)
}

function openFields(w: Writer, term: object, fields: Record<string, unknown>): Open {
  const keys = fieldKeys(fields).filter((key) => fields[key] !== undefined)
  writeMapHeader(w, keys.length)
  return {
    ...opened(
      term,
      keys.map((key) => fields[key]),
    ),
    keys,
  }
}

function opened(term: object, parts: readonly unknown[]): Open {
  return { term, parts, keys: undefined, isList: false, next: 0 }
}
