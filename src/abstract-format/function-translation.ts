import { type AnyNode, type Expression, parseExpressionAt } from 'acorn'
import type { Context, FunctionNode } from './context.ts'
import { destructure } from './destructure.ts'
import { TranslationError } from './error.ts'
import { conditionForm, expressionForm } from './expressions.ts'
import { type Form, funForm, type Variable, variable } from './forms.ts'
import type { HelperName } from './runtime.ts'
import { Scope } from './scope.ts'
import { bodyForms, isFunction } from './statements.ts'

export type AnyFunction = (...args: never[]) => unknown

/** What the functions of one call share. */
export interface Program {
  readonly words: Readonly<Record<string, unknown>>
  lookup(name: string): { readonly value: unknown } | undefined
  fresh(name: string): Variable
  helper(line: number, name: HelperName, args: readonly Form[]): Form
  /** A variable for a value that travels. */
  capture(name: string, value: unknown): Form
  /** A variable for a function that travels. */
  captureFunction(fn: AnyFunction, name: string): Form
}

const MAX_SOURCE = 1_000_000
/** Expressions within expressions. */
const MAX_DEPTH = 500

/** The translation of one function with its own source. */
export class FunctionTranslation implements Context {
  readonly #program: Program
  readonly #source: string
  readonly #node: FunctionNode
  readonly #captured = new Map<string, Form | undefined>()
  #depth = 0

  /** @throws TypeError for a function whose source cannot be read */
  constructor(program: Program, fn: AnyFunction, name: string) {
    this.#program = program
    this.#source = Function.prototype.toString.call(fn)
    this.#node = parse(this.#source, name)
  }

  whole(own: Variable): Form {
    return this.fun(this.#node, new Scope(), own)
  }

  get words(): Readonly<Record<string, unknown>> {
    return this.#program.words
  }

  line({ start }: AnyNode): number {
    let line = 1
    for (let at = this.#source.indexOf('\n'); at >= 0 && at < start; at = this.#source.indexOf('\n', at + 1))
      line++
    return line
  }

  fail(node: AnyNode, why: string): never {
    throw new TranslationError(this.#source, node, why)
  }

  fresh(name: string): Variable {
    return this.#program.fresh(name)
  }

  helper(line: number, name: HelperName, args: readonly Form[]): Form {
    return this.#program.helper(line, name, args)
  }

  captured(name: string, node: AnyNode): Form | undefined {
    if (!this.#captured.has(name)) this.#captured.set(name, this.#capture(name, node))
    return this.#captured.get(name)
  }

  #capture(name: string, node: AnyNode): Form | undefined {
    const found = this.#program.lookup(name)
    if (!found) return undefined
    const { value } = found
    if (typeof value === 'function') return this.#program.captureFunction(value as AnyFunction, name)
    if (typeof value === 'symbol') this.fail(node, `${name} is a symbol, and that is no term.`)
    if (value instanceof Promise)
      this.fail(node, `${name} is a promise, and that is no term: await it first.`)
    return this.#program.capture(name, value)
  }

  expression(node: Expression, scope: Scope, awaited = false): Form {
    if (++this.#depth > MAX_DEPTH)
      this.fail(node, `Expressions more than ${MAX_DEPTH} deep cannot be translated.`)
    const translated = expressionForm(node, scope, this, awaited)
    this.#depth--
    return translated
  }

  expressions(nodes: readonly AnyNode[], scope: Scope): Form[] {
    return nodes.map((node) => this.expression(node as Expression, scope))
  }

  condition(node: Expression, scope: Scope): Form {
    return conditionForm(node, scope, this)
  }

  fun(node: FunctionNode, outer: Scope, name?: Variable): Form {
    const line = this.line(node)
    const scope = new Scope(outer)
    if (name !== undefined && node.type !== 'ArrowFunctionExpression' && node.id)
      scope.declare(node.id.name, name, node.async)
    const parameters = node.params.map((parameter) =>
      this.fresh(parameter.type === 'Identifier' ? parameter.name : 'parameter'),
    )
    const values = parameters.map((own) => variable(line, own))
    return funForm(line, values, this.#body(node, values, scope), name)
  }

  inlined(node: FunctionNode, values: readonly Form[], outer: Scope): Form[] {
    if (node.params.length > values.length)
      this.fail(node, `This function gets ${values.length === 0 ? 'no argument' : 'one argument'}.`)
    return this.#body(node, values, new Scope(outer))
  }

  #body(node: FunctionNode, values: readonly Form[], scope: Scope): Form[] {
    if (node.generator) this.fail(node, 'A generator has no exact meaning in Erlang.')
    const bound = node.params.flatMap((parameter, index) =>
      destructure(parameter, values[index]!, scope, this),
    )
    const { body } = node
    const forms =
      body.type === 'BlockStatement'
        ? bodyForms(body.body, scope, this)
        : [this.expression(body, scope, true)]
    return [...bound, ...forms]
  }
}

function parse(source: string, name: string): FunctionNode {
  const unreadable = (cause?: unknown): TypeError =>
    new TypeError(
      `${name} cannot travel to another node: its source cannot be read (it is part of Node.js, or bound, or a method). ` +
        'Wrap the call of it in an arrow function.',
      { cause },
    )
  if (source.length > MAX_SOURCE) throw unreadable()
  try {
    const node = parseExpressionAt(source, 0, { ecmaVersion: 'latest', preserveParens: false })
    if (isFunction(node)) return node
  } catch (cause) {
    throw unreadable(cause)
  }
  throw unreadable()
}
