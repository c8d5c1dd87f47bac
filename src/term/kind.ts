import { Atom, atom } from './atom.ts'
import { BitString } from './binary.ts'
import { ElixirError } from './elixir-error.ts'
import { Float } from './float.ts'
import { ExportFun, Fun } from './fun.ts'
import { HashMap } from './hash-map.ts'
import { ImproperList } from './list.ts'
import { NativeRecord } from './native-record.ts'
import { Pid } from './pid.ts'
import { Port, Reference } from './reference.ts'
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
/** A value that cannot be sent: a Date, a function, an instance of a class that is not one of ours. */
export const NOT_A_TERM = -1

const kinds = new Map<object | null, number>([
  [Atom.prototype, ATOM],
  [TupleClass.prototype, TUPLE],
  [Object.prototype, MAP],
  [null, MAP],
  [Pid.prototype, PID],
  [Uint8Array.prototype, BINARY],
  [Buffer.prototype, BINARY],
  [HashMap.prototype, MAP],
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

/** Returns the kind of a term, or NOT_A_TERM. */
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
  let prototype: object | null = Object.getPrototypeOf(value)
  const known = kinds.get(prototype)
  if (known !== undefined) return known
  // An instance of a subclass of one of these classes is a term. An instance of any other class is not, nor is a plain object
  // of another realm.
  while (prototype !== null && prototype !== Object.prototype) {
    prototype = Object.getPrototypeOf(prototype)
    const inherited = kinds.get(prototype)
    if (inherited !== undefined && prototype !== null && prototype !== Object.prototype) return inherited
  }
  return NOT_A_TERM
}

/** Whether a number is an integer of Erlang. A number without a fraction that is not safe is a float. */
export function isInteger(value: unknown): value is number | bigint {
  return typeof value === 'bigint' || Number.isSafeInteger(value)
}

/** Returns the entries of a map of any form. Properties that are `undefined` are omitted. */
export function mapEntries(map: object): [unknown, unknown][] {
  if (map instanceof Map || map instanceof HashMap) return [...map.entries()]
  return objectEntries(map).map(([key, value]) => [atom(key), value])
}

/** Returns the entries of a plain object or an ElixirError. The keys are the names of atoms. */
export function objectEntries(map: object): [string, unknown][] {
  const fields = map instanceof ElixirError ? map.fields : map
  return Object.entries(fields).filter(([, value]) => value !== undefined)
}

/** Whether a map is a plain object or an ElixirError, whose keys are the names of atoms. */
export function isObjectMap(map: object): boolean {
  return !(map instanceof Map || map instanceof HashMap)
}
