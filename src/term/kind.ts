import { Atom, atom } from './atom.ts'
import { BitString } from './binary.ts'
import { ElixirError } from './elixir-error.ts'
import { ExportFun, Fun, NativeRecord } from './fun.ts'
import { ImproperList } from './list.ts'
import { Float } from './number.ts'
import { Pid } from './pid.ts'
import { Port, Reference } from './reference.ts'
import { TermMap } from './term-map.ts'
import { TupleClass } from './tuple.ts'

// The kinds of terms, numbered in the order in which Erlang sorts them:
// https://www.erlang.org/doc/system/expressions#term-comparisons
export const NUMBER = 0
export const ATOM = 1
export const REFERENCE = 2
export const FUN = 3
export const PORT = 4
export const PID = 5
export const TUPLE = 6
export const RECORD = 7
export const MAP = 8
export const NIL = 9
export const LIST = 10
export const BINARY = 11
/** What cannot be said: a Date, a function, an instance of some class. */
export const NOT_A_TERM = -1

let kinds: Map<object | null, number> | undefined

// Filled at the first question, since TermMap itself asks for hashes.
const table = (): Map<object | null, number> =>
  new Map<object | null, number>([
    [Atom.prototype, ATOM],
    [TupleClass.prototype, TUPLE],
    [Object.prototype, MAP],
    [null, MAP],
    [Pid.prototype, PID],
    [Uint8Array.prototype, BINARY],
    [Buffer.prototype, BINARY],
    [TermMap.prototype, MAP],
    [Map.prototype, MAP],
    [Reference.prototype, REFERENCE],
    [Float.prototype, NUMBER],
    [ImproperList.prototype, LIST],
    [ElixirError.prototype, MAP],
    [BitString.prototype, BINARY],
    [Port.prototype, PORT],
    [Fun.prototype, FUN],
    [ExportFun.prototype, FUN],
    [NativeRecord.prototype, RECORD],
  ])

/** Returns which kind of term a value is. */
export function kindOf(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return BINARY
    case 'number':
      return Number.isFinite(value) ? NUMBER : NOT_A_TERM
    case 'bigint':
      return NUMBER
    case 'boolean':
    case 'undefined':
      return ATOM
    case 'object':
      return value === null
        ? ATOM
        : Array.isArray(value)
          ? value.length === 0
            ? NIL
            : LIST
          : kindOfObject(value)
    default:
      return NOT_A_TERM
  }
}

function kindOfObject(value: object): number {
  kinds ??= table()
  let prototype: object | null = Object.getPrototypeOf(value)
  const known = kinds.get(prototype)
  if (known !== undefined) return known
  // A subclass of one of ours; a subclass of nothing but Object is no term, nor is a plain object of another realm.
  while (prototype !== null && prototype !== Object.prototype) {
    prototype = Object.getPrototypeOf(prototype)
    const inherited = kinds.get(prototype)
    if (inherited !== undefined && prototype !== null && prototype !== Object.prototype) return inherited
  }
  return NOT_A_TERM
}

/** Whether a number of JavaScript is an integer of Erlang; a whole one that is not safe is a float. */
export function isInteger(value: unknown): value is number | bigint {
  return typeof value === 'bigint' || Number.isSafeInteger(value)
}

/** Returns the entries of a map in whichever form it came; properties that are `undefined` are left out. */
export function mapEntries(map: object): [unknown, unknown][] {
  if (map instanceof Map || map instanceof TermMap) return [...map.entries()]
  return objectEntries(map).map(([key, value]) => [atom(key), value])
}

/** Returns the entries of a map whose keys are all atoms by name. */
export function objectEntries(map: object): [string, unknown][] {
  const fields = map instanceof ElixirError ? map.fields : map
  return Object.entries(fields).filter(([, value]) => value !== undefined)
}

/** Whether a map is a plain object or an exception, so that its keys are names of atoms. */
export function isObjectMap(map: object): boolean {
  return !(map instanceof Map || map instanceof TermMap)
}
