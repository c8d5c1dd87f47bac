import { atom, charlist, type Term, TermMap } from '../term/index.ts'
import {
  atomForm,
  callForm,
  type Form,
  form,
  listForm,
  matchForm,
  remoteCall,
  type Variable,
  variable,
} from './forms.ts'
import { type AnyFunction, FunctionTranslation, type Program } from './function-translation.ts'
import { type HelperName, runtimeSource } from './runtime.ts'

/** What a function takes from the place where it was written. */
export interface Surroundings {
  /** The value of a name; undefined for words of Moebi, modules, and names that are not there. */
  readonly lookup: (name: string) => { readonly value: unknown } | undefined
  /** The words of Moebi at that place: `self`, `send`, `IO`, … */
  readonly words: Readonly<Record<string, unknown>>
}

/** The arguments of `erl_eval:exprs/2`. */
export interface Evaluation {
  readonly expressions: readonly Form[]
  /** From names of variables to values. */
  readonly bindings: TermMap
}

/** Functions that a function takes along. */
const MAX_FUNCTIONS = 100

/**
 * Translates a call of a function to expressions of Erlang's abstract format, for `erl_eval:exprs/2` of a BEAM node.
 *
 * When not to use it: for a Moebi node, which runs the function's source.
 *
 * @throws TranslationError for a construct that has no exact meaning in Erlang; it points at the construct
 */
export function translateCall(
  fn: AnyFunction,
  args: readonly Term[],
  surroundings: Surroundings,
): Evaluation {
  const program = new CallProgram(surroundings)
  const main = program.captureFunction(fn, fn.name || 'the function')
  const values = args.map((value) => program.capture('argument', value))
  return program.evaluation([
    ...program.functions,
    callForm(1, helperVariable('call'), [main, listForm(1, values)]),
  ])
}

const helperVariable = (name: HelperName): Form => variable(1, atom(`Js_${name}`))

/** The functions that travel, the helpers that they need, and the values that they take along. */
class CallProgram implements Program {
  readonly functions: Form[] = []
  readonly #helpers = new Set<HelperName>(['call'])
  readonly #bindings = new TermMap()
  readonly #surroundings: Surroundings
  readonly #translated = new Map<unknown, Variable>()
  /** Functions whose translation has begun, the innermost last. */
  readonly #begun: unknown[] = []
  #fresh = 0

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings
  }

  get words(): Readonly<Record<string, unknown>> {
    return this.#surroundings.words
  }

  lookup(name: string): { readonly value: unknown } | undefined {
    return this.#surroundings.lookup(name)
  }

  fresh(name: string): Variable {
    return atom(`${name}@${++this.#fresh}`)
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
    const translated = new FunctionTranslation(this, fn, name).whole(own)
    this.#begun.pop()
    this.functions.push(matchForm(1, variable(1, own), translated))
    return variable(1, own)
  }

  /**
   * The helpers are Erlang text, which the other node parses; the function is forms, so nothing that was typed or captured is
   * ever parsed there:
   *
   * `{ok, Tokens, _} = erl_scan:string(Source), {ok, Parsed} = erl_parse:parse_exprs(Tokens),`
   * `{value, _, Bindings} = erl_eval:exprs(Parsed, Captured), {value, Value, _} = erl_eval:exprs(Main, Bindings), Value`
   */
  evaluation(main: readonly Form[]): Evaluation {
    const own = (name: string): Form => variable(1, atom(name))
    const result = (tag: string, ...rest: Form[]): Form => form('tuple', 1, [atomForm(1, atom(tag)), ...rest])
    const call = (module: string, name: string, ...args: Form[]): Form =>
      remoteCall(1, atom(module), name, args)
    return {
      expressions: [
        matchForm(1, result('ok', own('Tokens'), own('_')), call('erl_scan', 'string', own('Source'))),
        matchForm(1, result('ok', own('Parsed')), call('erl_parse', 'parse_exprs', own('Tokens'))),
        matchForm(
          1,
          result('value', own('_'), own('Bindings')),
          call('erl_eval', 'exprs', own('Parsed'), own('Captured')),
        ),
        matchForm(
          1,
          result('value', own('Value'), own('_')),
          call('erl_eval', 'exprs', own('Main'), own('Bindings')),
        ),
        own('Value'),
      ],
      bindings: new TermMap<Term, Term>([
        [atom('Source'), charlist(runtimeSource(this.#helpers))],
        [atom('Captured'), this.#bindings],
        [atom('Main'), main],
      ]),
    }
  }
}
