import type { Atom, Fun } from '../../term/index.ts'

/** Compiled function. */
export interface FunctionCode {
  /** Unique number of the compiled function. */
  readonly id: number
  readonly arity: number
  /** Number of slots of a call. The arguments come first. */
  slots: number
  /** Slot of the fun itself, for a named fun; -1 for others. */
  readonly selfAt: number
  /** Slots of the captured values in a call. */
  readonly capturedAt: number[]
  /** Names of the captured variables, for encoding the fun. */
  readonly capturedNames: string[]
  /** Instructions. Compiled at the first call. */
  code: readonly unknown[]
  /** Module and name of the function, as stacktraces show them. For a fun of a prompt they are those of `erl_eval`. */
  readonly module: Atom
  readonly name: Atom
  /** The clauses as they were received, for encoding the fun. */
  readonly source: FunSource | undefined
}

/** Parts of a received fun of `erl_eval` that are encoded again when it is sent. */
export interface FunSource {
  readonly clauses: unknown
  /** The annotation of the fun, such as its line. */
  readonly anno: unknown
  /** The name of a named fun. */
  readonly funName: Atom | undefined
  /** The received fun. Its MD5 is sent again, since the receiver compares it. */
  readonly origin: Fun
  /** Handlers of local and of other calls, as they were received. The evaluator of the sender calls them. */
  readonly handlers: readonly [local: unknown, other: unknown]
}

/** Fun of the machine: compiled code and captured values. */
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

/** Functions of a module of Erlang, by name. A parameter with a default value may be omitted. */
export type Functions = Readonly<Record<string, (...args: never[]) => unknown>>
