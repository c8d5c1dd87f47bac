import type { Atom, Fun } from '../../term/index.ts'
import type { Direct, Env, Instruction, Label } from '../machine/index.ts'
import type { FunctionCode } from '../value/index.ts'
import type { Form } from './form.ts'
import type { Scope } from './scope.ts'

/** Compares a value with a pattern, and puts what its variables stand for into the environment. */
export type Match = (value: unknown, env: Env) => boolean

/** Where code comes from. */
export interface Unit {
  readonly module: Atom
  /** The fun that came with the code; undefined for a borrowed module. */
  readonly origin: Fun | undefined
  /** A function of the same module. */
  local(name: string, arity: number): (() => FunctionCode) | undefined
  /** The module that a function is imported from. */
  imported(name: string, arity: number): Atom | undefined
}

/** The names that a pattern has bound so far, where its variables hide those around it: in heads of funs and generators. */
export type Shadow = Set<string> | undefined

/** What the parts of the compiler ask each other for. One of them compiles one function. */
export interface Compiler {
  readonly scope: Scope
  readonly unit: Unit
  readonly name: Atom
  /** Whether an expression needs neither the stack nor a pause. */
  isDirect(form: Form): boolean
  direct(form: Form): Direct
  pattern(form: Form, shadow: Shadow): Match
  /** The guard of a clause, or undefined where it has none. */
  guard(guards: readonly Form[]): ((env: Env) => boolean) | undefined
  /** Makes the code of a fun within this function. */
  fun(clauses: readonly Form[], name: Atom | undefined): Direct
  /** Appends the instructions of an expression whose value goes to `dst`. */
  emit(form: Form, dst: number): void
  body(forms: readonly Form[], dst: number): void
  /** Appends an instruction. */
  add(instruction: Instruction): void
  label(): Label
  /** Lets a label stand for what is appended next. */
  mark(label: Label): void
  /** Compiles a level further down. Raises `system_limit` where that is too deep. */
  nested<T>(compile: () => T): T
}
