import { Atom, atom, charlist, type Term, TermMap, tuple } from '../../term/index.ts'
import { enclosingToken, openLiteral } from './open-literal.ts'

/** Module, function name and arguments of a call, as they are sent to another node. */
export interface RemoteCall {
  readonly module: Atom
  readonly name: Atom
  readonly args: readonly Term[]
}

/**
 * Source text of Elixir or Erlang, and the values of its variables, for a BEAM node. Made by {@link elixir} and
 * {@link erlang}.
 */
export class Code {
  readonly language: 'elixir' | 'erlang'
  readonly source: string
  /** From names of variables to values. */
  readonly bindings: ReadonlyMap<Atom, Term>

  constructor(language: Code['language'], source: string, bindings: ReadonlyMap<Atom, Term>) {
    this.language = language
    this.source = source
    this.bindings = bindings
  }

  /** The call that evaluates the code: it returns `{Value, Bindings}` for Elixir, and the value for Erlang. */
  get call(): RemoteCall {
    if (this.language === 'elixir')
      return {
        module: atom('Elixir.Code'),
        name: atom('eval_string'),
        args: [this.source, [...this.bindings].map(([name, value]) => tuple(name, value))],
      }
    return evaluateErlang({ source: this.source, bindings: new TermMap(this.bindings) })
  }
}

/**
 * Elixir code for `Node.spawn` and `Node.eval`. A value in it becomes a variable, and never text of the code.
 *
 * When not to use it: for a Moebi node, which runs functions of TypeScript.
 *
 * @throws TypeError for a value within a string, a sigil, a name or a comment of the code, where it would be text
 * @example await Node.eval('kate@localhost', elixir`Enum.sum(${[1, 2]})`)
 * @see `Code.eval_string/2`
 */
export function elixir(source: TemplateStringsArray, ...values: readonly Term[]): Code {
  return code('elixir', 'moebi_', source, values)
}

/**
 * Erlang expressions, separated by commas, for `Node.spawn` and `Node.eval`. A value in them becomes a variable, and never
 * text of the code.
 *
 * When not to use it: for a Moebi node, which runs functions of TypeScript.
 *
 * @throws TypeError for a value within a string, a quoted atom, a name or a comment of the code, where it would be text
 * @example await Node.eval('kate@localhost', erlang`lists:reverse(${[1, 2]})`)
 * @see `erl_eval:exprs/2`
 */
export function erlang(source: TemplateStringsArray, ...values: readonly Term[]): Code {
  return code('erlang', 'Moebi_', source, values)
}

function code(
  language: Code['language'],
  prefix: string,
  { raw }: TemplateStringsArray,
  values: readonly Term[],
): Code {
  const bindings = new Map<Atom, Term>()
  let source = raw[0]!
  for (const [index, value] of values.entries()) {
    const quote = openLiteral(language, source)
    if (quote !== undefined)
      throw new TypeError(
        `value ${index + 1} of ${language}\`…\` is within ${quote}, where a variable would be plain text. ` +
          (language === 'elixir'
            ? 'Write it as an interpolation of Elixir in the string.'
            : 'Give the whole string as a value.'),
      )
    const part = enclosingToken(language, source, raw[index + 1]!)
    if (part !== undefined)
      throw new TypeError(
        `value ${index + 1} of ${language}\`…\` would be a part of ${part}, as text of the code. Write it apart from other text.`,
      )
    const name = `${prefix}${index}`
    bindings.set(Atom.intern(name), value)
    source += name + raw[index + 1]!
  }
  return new Code(language, source, bindings)
}

export interface ErlangEvaluation {
  /** Expressions, separated by commas. */
  readonly source: string
  /** The variables of the expressions. */
  readonly bindings: TermMap
  /** Forms that are evaluated with the variables that the expressions have bound. */
  readonly main?: readonly Term[]
}

/**
 * Returns the call that parses and evaluates Erlang expressions on the other node, with `erl_eval`. It returns the value of
 * `main`, else of the expressions:
 *
 * `{ok, Tokens, _} = erl_scan:string(Source), {ok, Parsed} = erl_parse:parse_exprs(Tokens),`
 * `{value, Value, Bound} = erl_eval:exprs(Parsed, Bindings)`, and with `main` `erl_eval:exprs(Main, Bound)`
 */
export function evaluateErlang({ source, bindings, main }: ErlangEvaluation): RemoteCall {
  const expressions = [
    match(tagged('ok', 'Tokens', '_'), call('erl_scan', 'string', 'Source')),
    match(tagged('ok', 'Parsed'), call('erl_parse', 'parse_exprs', 'Tokens')),
    match(tagged('value', 'Value', 'Bound'), call('erl_eval', 'exprs', 'Parsed', 'Bindings')),
    ...(main ? [match(tagged('value', 'Result', '_'), call('erl_eval', 'exprs', 'Main', 'Bound'))] : []),
    variable(main ? 'Result' : 'Value'),
  ]
  const values: readonly (readonly [Term, Term])[] = [
    [atom('Source'), charlist(withFullStop(source))],
    [atom('Bindings'), bindings],
    ...(main ? [[atom('Main'), main] as const] : []),
  ]
  // With `value` as its last argument it returns the value alone, and not the variables as well.
  return {
    module: atom('erl_eval'),
    name: atom('expr'),
    args: [form('block', expressions), new TermMap(values), NONE, NONE, atom('value')],
  }
}

function withFullStop(source: string): string {
  if (openLiteral('erlang', source) === 'a comment') return `${source}\n.`
  return /[^$]\.\s*$/.test(source) ? source : `${source}.`
}

// Forms of Erlang's abstract format, all of line 1. https://www.erlang.org/doc/apps/erts/absform

const NONE = atom('none')
const form = (tag: string, ...rest: Term[]): Term => tuple(atom(tag), 1, ...rest)
const variable = (name: string): Term => form('var', atom(name))
const match = (pattern: Term, value: Term): Term => form('match', pattern, value)
const tagged = (tag: string, ...names: string[]): Term =>
  form('tuple', [form('atom', atom(tag)), ...names.map(variable)])
const call = (module: string, name: string, ...args: string[]): Term =>
  form('call', form('remote', form('atom', atom(module)), form('atom', atom(name))), args.map(variable))
