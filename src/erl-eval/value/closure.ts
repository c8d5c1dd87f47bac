import type { Atom, Fun } from '../../term/index.ts'

/** What the machine runs: one function, compiled. */
export interface FunctionCode {
  /** Different for every function that was compiled. */
  readonly id: number
  readonly arity: number
  /** How many values a call of it needs room for. The arguments come first. */
  slots: number
  /** Where a named fun finds itself; -1 for the others. */
  readonly selfAt: number
  /** Where the captured values are put at a call. */
  readonly capturedAt: number[]
  /** The names of the captured values, for the way back to another node. */
  readonly capturedNames: string[]
  /** Instructions; made at the first call. */
  code: readonly unknown[]
  /** The module, and the name of the function: those of `erl_eval` for a fun that was sent. */
  readonly module: Atom
  readonly name: Atom
  /** The clauses as they came, for a fun that can be sent on. */
  readonly source: FunSource | undefined
}

/** What a fun of `erl_eval` needs in order to be written again. */
export interface FunSource {
  readonly clauses: unknown
  /** The name of a named fun. */
  readonly funName: Atom | undefined
  /** The fun that came with the code, whose MD5 the receiver compares. */
  readonly origin: Fun
}

/** A fun of the machine: code, and the values that it captured. */
export class Closure {
  readonly code: FunctionCode
  readonly captured: readonly unknown[]

  constructor(code: FunctionCode, captured: readonly unknown[]) {
    this.code = code
    this.captured = captured
  }

  get arity(): number {
    return this.code.arity
  }
}

/** Functions by their names, as a module of Erlang has them. A parameter with a default value may be left out. */
export type Functions = Readonly<Record<string, (...args: never[]) => unknown>>
