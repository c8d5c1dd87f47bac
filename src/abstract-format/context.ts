import type {
  AnyNode,
  ArrowFunctionExpression,
  Expression,
  FunctionDeclaration,
  FunctionExpression,
} from 'acorn'
import type { Form, Variable } from './forms.ts'
import type { HelperName } from './runtime.ts'
import type { Scope } from './scope.ts'

export type FunctionNode = ArrowFunctionExpression | FunctionExpression | FunctionDeclaration

/** Translation of one function, as the translations of its expressions, statements, patterns and calls use it. */
export interface Context {
  /** Returns the line of a node in the function's source, counted from 1. */
  line(node: AnyNode): number
  /** Throws a {@link TranslationError} that points at the node. */
  fail(node: AnyNode, why: string): never
  /** Returns a new variable. */
  fresh(name: string): Variable
  /** Returns a call of a helper of the runtime. */
  helper(line: number, name: HelperName, args: readonly Form[]): Form
  /** Returns the form for the value of a free variable of the function; undefined for an unknown name. */
  captured(name: string, node: AnyNode): Form | undefined
  /**
   * Refuses a captured value that has another meaning in Erlang, so that it can only be passed as a value. Returns any other
   * form.
   */
  known(value: Form): Form
  /** Whether a call of the function must be awaited. */
  isAsync(name: string, node: AnyNode, scope: Scope): boolean
  /** Whether a name is a built-in name of Moebi, and not declared. */
  isBuiltin(name: string, node: AnyNode, scope: Scope): boolean
  /** Records that an async function is used as a value. Calls of unknown functions must then be awaited. */
  asyncValue(): void
  /** Records a call of an unknown function that is not awaited. */
  unawaited(node: AnyNode): void
  /** Returns the form of a key of a map. */
  key(name: string, node: AnyNode): Form
  /** Built-in names of Moebi with their values, for names that are not declared. */
  readonly builtins: Readonly<Record<string, unknown>>

  /** @param awaited whether the value is awaited, or returned to a caller that awaits it */
  expression(node: Expression, scope: Scope, awaited?: boolean): Form
  expressions(nodes: readonly AnyNode[], scope: Scope): Form[]
  /** Translates a condition of JavaScript to a form whose value is `true` or `false`. */
  condition(node: Expression, scope: Scope): Form
  /**
   * Translates a function to a fun.
   *
   * @param name variable with which the fun can call itself
   * @param awaited whether the caller awaits the result
   */
  fun(node: FunctionNode, scope: Scope, name?: Variable, awaited?: boolean): Form
  /** Translates the body of a function that is called immediately with these values. @param awaited as of {@link fun} */
  inlined(node: FunctionNode, values: readonly Form[], scope: Scope, awaited: boolean): Form[]
}
