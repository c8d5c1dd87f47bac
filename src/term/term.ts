import type { Atom } from './atom.ts'
import type { BitString } from './binary.ts'
import type { ElixirError } from './elixir-error.ts'
import type { ExportFun, Fun, NativeRecord } from './fun.ts'
import type { ImproperList } from './list.ts'
import type { Float } from './number.ts'
import type { Pid } from './pid.ts'
import type { Port, Reference } from './reference.ts'
import type { TermMap } from './term-map.ts'
import type { TupleClass } from './tuple.ts'

/** Everything that can be said to a process. `undefined` as a whole is `nil`; as a property it is left out. */
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
  | ImproperList
  | BitString
  | Pid
  | Reference
  | Port
  | Fun
  | ExportFun
  | NativeRecord
  | ElixirError
  | TermMap
  | ReadonlyMap<Term, Term>
  | TermObject

/** A map whose keys are atoms. */
export interface TermObject {
  readonly [key: string]: Term
}
