import { type AnyNode, type Expression, parseExpressionAt } from 'acorn'
import { atom, Float, ImproperList, TermMap } from '../term/index.ts'
import type { Context, FunctionNode } from './context.ts'
import { destructure } from './destructure.ts'
import { TranslationError } from './error.ts'
import { conditionForm, expressionForm } from './expressions.ts'
import { atomForm, type Form, funForm, type Variable, variable } from './forms.ts'
import { type HelperName, OBJECT_MEMBERS } from './runtime.ts'
import { Scope } from './scope.ts'
import { bodyForms, isFunction } from './statements.ts'

export type AnyFunction = (...args: never[]) => unknown

/** State that the translations of all functions of one call share. */
export interface Program {
  readonly builtins: Readonly<Record<string, unknown>>
  lookup(name: string, fn: AnyFunction): { readonly value: unknown } | undefined
  fresh(name: string): Variable
  helper(line: number, name: HelperName, args: readonly Form[]): Form
  /** Returns the variable for a value that is sent with the function. */
  capture(name: string, value: unknown): Form
  /** Returns the variable for a function that is sent with the function. */
  captureFunction(fn: AnyFunction, name: string): Form
  asyncValue(): void
  /** @param fail throws the error for a call that is not awaited */
  unawaited(fail: () => never): void
}

const MAX_SOURCE = 1_000_000
/** Depth of nested expressions. */
const MAX_DEPTH = 500

/** Translation of one function that has its own source. */
export class FunctionTranslation implements Context {
  readonly #program: Program
  readonly #fn: AnyFunction
  readonly #source: string
  readonly #node: FunctionNode
  readonly #name: string
  /** Whether it is the sent function, whose result is awaited, and not a function that it uses. */
  readonly #isMain: boolean
  readonly #captured = new Map<string, Form | undefined>()
  /** Captured values, by their variables. */
  readonly #values = new Map<
    Form,
    { readonly name: string; readonly value: unknown; readonly node: AnyNode }
  >()
  #depth = 0

  /** @throws TypeError for a function whose source cannot be read */
  constructor(program: Program, fn: AnyFunction, name: string, isMain: boolean) {
    this.#program = program
    this.#fn = fn
    this.#isMain = isMain
    this.#name = name
    this.#source = Function.prototype.toString.call(fn)
    this.#node = parse(this.#source, name)
  }

  whole(own: Variable): Form {
    return this.fun(this.#node, new Scope(), own, this.#isMain || this.#node.async)
  }

  get builtins(): Readonly<Record<string, unknown>> {
    return this.#program.builtins
  }

  line({ start }: AnyNode): number {
    let line = 1
    for (let at = this.#source.indexOf('\n'); at >= 0 && at < start; at = this.#source.indexOf('\n', at + 1))
      line++
    return line
  }

  fail(node: AnyNode, why: string): never {
    throw new TranslationError(this.#source, node, this.#isMain ? why : `In ${this.#name}: ${why}`)
  }

  fresh(name: string): Variable {
    return this.#program.fresh(name)
  }

  helper(line: number, name: HelperName, args: readonly Form[]): Form {
    if (name !== 'send') for (const arg of args) this.known(arg)
    const pinned = name === 'pinned' ? this.#values.get(args[0]!) : undefined
    if (pinned && isContainer(pinned.value))
      this.fail(
        pinned.node,
        `${pinned.name} is a list or a map, and in a pattern of Erlang it would mean something else. Write it as a pattern.`,
      )
    return this.#program.helper(line, name, args)
  }

  known(form: Form): Form {
    const found = this.#values.get(form)
    const kind = found && kindOfOpaque(found.value)
    if (kind !== undefined)
      this.fail(
        found!.node,
        `${found!.name} is ${kind}, which has another meaning in Erlang. It can be passed on, but not be used here.${advice(found!)}`,
      )
    return form
  }

  captured(name: string, node: AnyNode): Form | undefined {
    if (!this.#captured.has(name)) this.#captured.set(name, this.#capture(name, node))
    return this.#captured.get(name)
  }

  #capture(name: string, node: AnyNode): Form | undefined {
    const found = this.#program.lookup(name, this.#fn)
    if (!found) return undefined
    const { value } = found
    if (typeof value === 'function') return this.#program.captureFunction(value as AnyFunction, name)
    if (typeof value === 'symbol') this.fail(node, `${name} is a symbol, and that is no term.`)
    if (value instanceof Promise)
      this.fail(node, `${name} is a promise, and that is no term: await it first.`)
    const form = this.#program.capture(name, value)
    this.#values.set(form, { name, value, node })
    return form
  }

  isAsync(name: string, node: AnyNode, scope: Scope): boolean {
    const declared = scope.find(name)
    if (declared) return declared.async
    return (
      this.captured(name, node) !== undefined && isAsyncFunction(this.#program.lookup(name, this.#fn)?.value)
    )
  }

  isBuiltin(name: string, node: AnyNode, scope: Scope): boolean {
    return !scope.find(name) && Object.hasOwn(this.builtins, name) && this.captured(name, node) === undefined
  }

  asyncValue(): void {
    this.#program.asyncValue()
  }

  unawaited(node: AnyNode): void {
    this.#program.unawaited(() =>
      this.fail(
        node,
        'This call may return a promise, since an async function is passed on: await it, for in Erlang it returns its value.',
      ),
    )
  }

  key(name: string, node: AnyNode): Form {
    if (OBJECT_MEMBERS.includes(name))
      this.fail(node, `${name} is inherited by objects of JavaScript, and has no meaning in Erlang.`)
    return atomForm(this.line(node), atom(name))
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

  fun(node: FunctionNode, outer: Scope, name?: Variable, awaited: boolean = node.async): Form {
    const line = this.line(node)
    const scope = new Scope(outer)
    const own = name ?? (node.type === 'FunctionExpression' && node.id ? this.fresh(node.id.name) : undefined)
    if (own !== undefined && node.type !== 'ArrowFunctionExpression' && node.id)
      scope.declare(node.id.name, own, true, node.async)
    const parameters = node.params.map((parameter) =>
      this.fresh(parameter.type === 'Identifier' ? parameter.name : 'parameter'),
    )
    const values = parameters.map((own) => variable(line, own))
    return funForm(line, values, this.#body(node, values, scope, awaited), own)
  }

  inlined(node: FunctionNode, values: readonly Form[], outer: Scope, awaited: boolean): Form[] {
    if (node.params.length > values.length)
      this.fail(node, `This function gets ${values.length === 0 ? 'no argument' : 'one argument'}.`)
    return this.#body(node, values, new Scope(outer), awaited)
  }

  #body(node: FunctionNode, values: readonly Form[], scope: Scope, awaited: boolean): Form[] {
    if (node.generator) this.fail(node, 'A generator has no exact meaning in Erlang.')
    const bound = node.params.flatMap((parameter, index) =>
      destructure(parameter, values[index]!, scope, this),
    )
    const { body } = node
    const forms =
      body.type === 'BlockStatement'
        ? bodyForms(body.body, scope, this, awaited)
        : [this.expression(body, scope, awaited)]
    return [...bound, ...forms]
  }
}

function advice({ name, value }: { readonly name: string; readonly value: unknown }): string {
  return value instanceof Float ? ` Take the number before: const n = Number(${name}).` : ''
}

/** Returns a description of a value that has another meaning in Erlang; undefined for other values. */
function kindOfOpaque(value: unknown): string | undefined {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? 'a bigint' : undefined
  if (value instanceof Float) return 'a Float'
  if (value instanceof Uint8Array) return 'bytes'
  if (value instanceof ImproperList) return 'an improper list'
  if (value instanceof TermMap || value instanceof Map) return 'a Map'
  return value instanceof Error ? 'an exception' : undefined
}

function isContainer(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Array.isArray(value) || (Object.getPrototypeOf(value) ?? Object.prototype) === Object.prototype
}

function isAsyncFunction(value: unknown): boolean {
  return typeof value === 'function' && Object.prototype.toString.call(value) === '[object AsyncFunction]'
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
