import type { Atom } from './atom.ts'
import type { BitString } from './binary.ts'
import { ElixirError } from './elixir-error.ts'
import { Float } from './float.ts'
import type { ExportFun, Fun } from './fun.ts'
import { isObjectMap, kindOf, LIST, MAP, RECORD, TUPLE } from './kind.ts'
import { ImproperList } from './list.ts'
import { NativeRecord } from './native-record.ts'
import type { Pid } from './pid.ts'
import type { Port, Reference } from './reference.ts'
import type { Term } from './term.ts'
import { TermMap } from './term-map.ts'
import { type Tuple, TupleClass } from './tuple.ts'

type Unchanged =
  | Atom
  | BitString
  | Pid
  | Reference
  | Port
  | Fun
  | ExportFun
  | Error
  | Uint8Array
  | ImproperList

/** The type of a term in which every `Float` is a number. Of `Term`, whose parts are terms again, only `Float` itself is removed. */
export type PlainNumbers<T> = [Term] extends [T] ? Exclude<T, Float> : PlainParts<T>

type PlainParts<T> = T extends Float
  ? number
  : T extends Unchanged | ((...args: never[]) => unknown)
    ? T
    : T extends TupleClass<infer E>
      ? Tuple<{ readonly [I in keyof E]: PlainNumbers<E[I]> }>
      : T extends ReadonlyMap<infer K, infer V>
        ? ReadonlyMap<K, PlainNumbers<V>>
        : T extends object
          ? { readonly [K in keyof T]: PlainNumbers<T[K]> }
          : T

/**
 * Returns a term in which every `Float` is a number, for code that compares numbers with `===`. The term itself is returned
 * when no Float is in it, and is never changed. Keys of maps stay as they are, since `1` and `1.0` are two keys.
 *
 * When not to use it: for a term that is sent on. A number without a fraction is sent as an integer.
 */
export function plainNumbers<T>(term: T): PlainNumbers<T> {
  return (holdsFloat(term) ? replaceFloats(term) : term) as PlainNumbers<T>
}

// Both functions have a stack on the heap, since a peer may send a term of any depth. A value of this node may hold itself.
function holdsFloat(term: unknown): boolean {
  if (typeof term !== 'object' || term === null) return false
  const visited = new Set<unknown>([term])
  for (const value of visited) {
    if (value instanceof Float) return true
    const parts = partsOf(value as object)
    for (const part of parts) if (typeof part === 'object' && part !== null) visited.add(part)
  }
  return false
}

/** Returns the terms in a container, except the keys of a map. */
function partsOf(value: object): Iterable<unknown> {
  if (Array.isArray(value)) return value
  if (value instanceof TupleClass) return value.elements
  if (value instanceof ImproperList) return [...value.items, value.tail]
  if (value instanceof NativeRecord) return value.fields.map(([, part]) => part)
  if (kindOf(value) !== MAP) return []
  return isObjectMap(value)
    ? Object.values(value instanceof ElixirError ? value.fields : value)
    : (value as Map<unknown, unknown>).values()
}

function replaceFloats(term: unknown): unknown {
  const copies = new Map<unknown, unknown>()
  // Each function puts the replacements of its parts into a new container.
  const open: (() => void)[] = []
  const replace = (value: unknown): unknown => {
    if (value instanceof Float) return value.value
    if (typeof value !== 'object' || value === null) return value
    if (!copies.has(value)) copies.set(value, copyOf(value, replace, open))
    return copies.get(value)
  }
  const result = replace(term)
  for (let fill = open.pop(); fill; fill = open.pop()) fill()
  return result
}

type Fields = { [key: string]: unknown }

/** Returns a new container for the parts of a container, and adds the function that fills it to `open`. */
function copyOf(value: object, replace: (part: unknown) => unknown, open: (() => void)[]): unknown {
  switch (kindOf(value)) {
    case TUPLE: {
      const elements = [...(value as TupleClass).elements]
      open.push(() => replaceEach(elements, replace))
      return new TupleClass(elements)
    }
    case LIST: {
      const items = Array.isArray(value) ? [...value] : [...(value as ImproperList).items]
      if (Array.isArray(value)) {
        open.push(() => replaceEach(items, replace))
        return items
      }
      const list = new ImproperList(items, (value as ImproperList).tail) as { tail: unknown }
      open.push(() => {
        replaceEach(items, replace)
        list.tail = replace(list.tail)
      })
      return list
    }
    case RECORD: {
      const { module, name, flags, fields } = value as NativeRecord
      const copies = fields.map(([field, part]) => [field, part] as [Atom, unknown])
      open.push(() => {
        for (const field of copies) field[1] = replace(field[1])
      })
      return new NativeRecord(module, name, flags, copies as never)
    }
    case MAP:
      return copyOfMap(value, replace, open)
    default:
      return value
  }
}

function copyOfMap(value: object, replace: (part: unknown) => unknown, open: (() => void)[]): unknown {
  if (!isObjectMap(value)) {
    const map = (
      value instanceof TermMap ? new TermMap(value) : new Map(value as Map<unknown, unknown>)
    ) as Map<unknown, unknown>
    open.push(() => {
      for (const [key, part] of [...map]) map.set(key, replace(part))
    })
    return map
  }
  const exception = value instanceof ElixirError
  const copy = exception ? new ElixirError(value.fields.__struct__ as Atom, value.fields) : { ...value }
  const fields = (exception ? (copy as ElixirError).fields : copy) as Fields
  open.push(() => {
    // `__proto__` may be a field: it is one of the copy's own properties, which a definition keeps.
    for (const [key, part] of Object.entries(fields)) {
      const replaced = replace(part)
      if (replaced !== part)
        Object.defineProperty(fields, key, {
          value: replaced,
          configurable: true,
          enumerable: true,
          writable: true,
        })
    }
  })
  return copy
}

function replaceEach(items: unknown[], replace: (part: unknown) => unknown): void {
  for (let i = 0; i < items.length; i++) items[i] = replace(items[i])
}
