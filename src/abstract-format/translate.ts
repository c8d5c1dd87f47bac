import { evaluateErlang, type RemoteCall } from '../node/index.ts'
import { atom, type Term, TermMap } from '../term/index.ts'
import { callForm, type Form, listForm, matchForm, type Variable, variable } from './forms.ts'
import { type AnyFunction, FunctionTranslation, type Program } from './function-translation.ts'
import { type HelperName, runtimeSource } from './runtime.ts'

/** Scope in which a function was written. */
export interface FunctionScope {
  /** Returns the value of a free name of a function; undefined for built-in names of Moebi, modules and unknown names. */
  readonly lookup: (name: string, fn: AnyFunction) => { readonly value: unknown } | undefined
  /** Built-in names of Moebi in that scope, with their values: `self`, `send`, `IO`, … */
  readonly builtins: Readonly<Record<string, unknown>>
}

/** Maximum number of functions that are sent with a function. */
const MAX_FUNCTIONS = 100
/** Maximum number of characters of a name in the name of its variable: an atom has at most 255. */
const MAX_NAME = 100

/**
 * Translates a call of a function to expressions of Erlang's abstract format, for `erl_eval` of a BEAM node.
 *
 * When not to use it: for a Moebi node, which runs the function's source.
 *
 * @throws TranslationError for a construct that has no exact meaning in Erlang; it points at the construct
 */
export function translateCall(fn: AnyFunction, args: readonly Term[], scope: FunctionScope): RemoteCall {
  const program = new CallProgram(scope)
  const main = program.captureFunction(fn, fn.name || 'the function')
  const values = args.map((value) => program.capture('argument', value))
  return program.evaluation([
    ...program.functions,
    callForm(1, helperVariable('call'), [main, listForm(1, values)]),
  ])
}

const helperVariable = (name: HelperName): Form => variable(1, atom(`Js_${name}`))

/** Functions that are sent, the helpers that they need, and the values of their free variables. */
class CallProgram implements Program {
  readonly functions: Form[] = []
  readonly #helpers = new Set<HelperName>(['call'])
  readonly #bindings = new TermMap()
  readonly #scope: FunctionScope
  readonly #translated = new Map<unknown, Variable>()
  /** Functions whose translation has begun, the innermost last. */
  readonly #begun: unknown[] = []
  #fresh = 0
  #asyncValue = false
  #failUnawaited: (() => never) | undefined

  constructor(scope: FunctionScope) {
    this.#scope = scope
  }

  get builtins(): Readonly<Record<string, unknown>> {
    return this.#scope.builtins
  }

  lookup(name: string, fn: AnyFunction): { readonly value: unknown } | undefined {
    return this.#scope.lookup(name, fn)
  }

  fresh(name: string): Variable {
    return atom(`${Array.from(name).slice(0, MAX_NAME).join('')}@${++this.#fresh}`)
  }

  helper(line: number, name: HelperName, args: readonly Form[]): Form {
    this.#helpers.add(name)
    return callForm(line, helperVariable(name), args)
  }

  capture(name: string, value: unknown): Form {
    const own = this.fresh(name)
    this.#bindings.set(own, value as Term)
    return variable(1, own)
  }

  captureFunction(fn: AnyFunction, name: string): Form {
    const known = this.#translated.get(fn)
    if (known !== undefined) {
      const begun = this.#begun.indexOf(fn)
      if (begun >= 0 && begun < this.#begun.length - 1)
        throw new TypeError(
          `${name} needs itself through another function, so it cannot be sent to a BEAM node. Define the functions in a module there.`,
        )
      return variable(1, known)
    }
    if (this.#translated.size >= MAX_FUNCTIONS)
      throw new TypeError(`${name} is one of more than ${MAX_FUNCTIONS} functions that would have to travel.`)
    const own = this.fresh(name)
    this.#translated.set(fn, own)
    this.#begun.push(fn)
    const translated = new FunctionTranslation(this, fn, name, this.#begun.length === 1).whole(own)
    this.#begun.pop()
    this.functions.push(matchForm(1, variable(1, own), translated))
    return variable(1, own)
  }

  asyncValue(): void {
    this.#asyncValue = true
  }

  unawaited(fail: () => never): void {
    this.#failUnawaited ??= fail
  }

  /**
   * Returns the code for the other node. The helpers are Erlang text and the functions are forms, so the other node never parses
   * code or values of the user.
   */
  evaluation(main: readonly Form[]): RemoteCall {
    if (this.#asyncValue) this.#failUnawaited?.()
    return evaluateErlang({ source: runtimeSource(this.#helpers), bindings: this.#bindings, main })
  }
}
