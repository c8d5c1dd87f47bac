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

/** What the translations of expressions, statements, patterns and calls ask of each other. */
export interface Context {
  /** The line of a node in the function's source, counted from 1. */
  line(node: AnyNode): number
  /** Throws a {@link TranslationError} that points at the node. */
  fail(node: AnyNode, why: string): never
  /** A variable that no other name has. */
  fresh(name: string): Variable
  /** A call of a helper of the runtime. */
  helper(line: number, name: HelperName, args: readonly Form[]): Form
  /** A name that the function takes from around it: a form for its value, or undefined where nothing of that name is known. */
  captured(name: string, node: AnyNode): Form | undefined
  /** Refuses a captured value that has another meaning in Erlang and can be passed on only. Returns every other one. */
  known(value: Form): Form
  /** Whether calls of a function have to be awaited. */
  isAsync(name: string, node: AnyNode, scope: Scope): boolean
  /** Whether a name stands for a word of Moebi, and for nothing that is declared. */
  isWord(name: string, node: AnyNode, scope: Scope): boolean
  /** Notes that an async function is used as a value. Then a call of a function that is not known has to be awaited. */
  asyncValue(): void
  /** Notes a call that is not awaited of a function that is not known here. */
  unawaited(node: AnyNode): void
  /** The key of a map. */
  key(name: string, node: AnyNode): Form
  /** The words of Moebi, for names that are declared nowhere. */
  readonly words: Readonly<Record<string, unknown>>

  /** @param awaited whether the value is awaited, or returned to a caller who awaits it */
  expression(node: Expression, scope: Scope, awaited?: boolean): Form
  expressions(nodes: readonly AnyNode[], scope: Scope): Form[]
  /** A test of JavaScript: `true` or `false` for every value. */
  condition(node: Expression, scope: Scope): Form
  /**
   * A fun.
   *
   * @param name the variable under which it may call itself
   * @param awaited whether its caller awaits what it returns
   */
  fun(node: FunctionNode, scope: Scope, name?: Variable, awaited?: boolean): Form
  /** The body of a function that is called with these values at once. @param awaited as of {@link fun} */
  inlined(node: FunctionNode, values: readonly Form[], scope: Scope, awaited: boolean): Form[]
}
