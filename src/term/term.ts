import type { Atom } from './atom.ts'
import type { BitString } from './binary.ts'
import type { Float } from './float.ts'
import type { ExportFun, Fun } from './fun.ts'
import type { Pid } from './pid.ts'
import type { Port, Reference } from './reference.ts'
import type { TupleClass } from './tuple.ts'

/** A value that can be sent to a process. `undefined` is `nil`; a property that is `undefined` is omitted. */
export type Term =
  | Atom
  | number
  | bigint
  | boolean
  | null
  | undefined
  | string
  | Uint8Array
  | Float
  | TupleClass
  | readonly Term[]
  | ImproperListTerm
  | BitString
  | Pid
  | Reference
  | Port
  | Fun
  | ExportFun
  | NativeRecordTerm
  | ExceptionTerm
  | ReadonlyMap<Term, Term>
  | TermObject

/** A map whose keys are atoms. */
export interface TermObject {
  readonly [key: string]: Term
}

// The classes that hold terms import this file. So the type of a term names their shapes and not the classes themselves;
// TermMap is a ReadonlyMap.

/** The shape of `ImproperList`. */
interface ImproperListTerm {
  readonly items: readonly Term[]
  readonly tail: Term
}

/** The shape of `NativeRecord`. */
interface NativeRecordTerm {
  readonly module: Atom
  readonly name: Atom
  readonly flags: number
  readonly fields: readonly (readonly [Atom, Term])[]
}

/** The shape of `ElixirError`. */
interface ExceptionTerm extends Error {
  readonly fields: TermObject
}
