import type { Atom } from '../../term/index.ts'
import type { Direct, Env, Instruction, Label } from '../machine/index.ts'
import type { FunctionCode, FunSource } from '../value/index.ts'
import type { Form } from './form.ts'
import type { Scope } from './scope.ts'

/** Compares a value with a pattern, and stores the values of the variables of the pattern in the environment. */
export type Match = (value: unknown, env: Env) => boolean

/** Origin of the code that is compiled: a module or a fun. */
export interface CompilationUnit {
  readonly module: Atom
  /** The fun whose code is compiled, and the handlers in it; undefined for a module. */
  readonly prompt: Pick<FunSource, 'origin' | 'handlers'> | undefined
  /** Returns a function of the same module. */
  local(name: string, arity: number): (() => FunctionCode) | undefined
  /** Returns the module from which a function is imported. */
  imported(name: string, arity: number): Atom | undefined
}

/**
 * Names that the pattern has bound so far, in heads of funs and generators: variables there hide outer variables of the same
 * name.
 */
export type Shadow = Set<string> | undefined

/** Compiler of one function, as the parts of the compiler use it. */
export interface Compiler {
  readonly scope: Scope
  readonly unit: CompilationUnit
  readonly name: Atom
  /** Whether an expression makes no call of the machine, so that it is evaluated in one step. */
  isDirect(form: Form): boolean
  direct(form: Form): Direct
  pattern(form: Form, shadow: Shadow): Match
  /** Returns the guard of a clause, or undefined when it has none. */
  guard(guards: readonly Form[]): ((env: Env) => boolean) | undefined
  /** Compiles a fun within this function. */
  fun(clauses: readonly Form[], name: Atom | undefined, anno: Form): Direct
  /** Appends the instructions of an expression whose value goes to `dst`. */
  emit(form: Form, dst: number): void
  body(forms: readonly Form[], dst: number): void
  /** Appends an instruction. */
  add(instruction: Instruction): void
  label(): Label
  /** Sets a label to the position of the next instruction. */
  mark(label: Label): void
  /** Runs `compile` one level deeper. Raises `system_limit` when the nesting is too deep. */
  nested<T>(compile: () => T): T
}
