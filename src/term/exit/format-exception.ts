import { Atom } from '../atom.ts'
import { ElixirError } from '../elixir-error.ts'
import { ExportFun, Fun } from '../fun.ts'
import { inspect } from '../inspect/index.ts'
import { isObjectMap, kindOf, MAP, mapEntries } from '../kind.ts'
import type { Term } from '../term.ts'
import { TupleClass } from '../tuple.ts'
import { type FormatOptions, formatMfa, formatStacktrace } from './format-stacktrace.ts'

/**
 * Returns the first line for an error, `** (RuntimeError) oops`, and the lines of its stack.
 *
 * @param reason an exception, or a reason of Erlang such as `badarg` or `{:badmatch, term}`
 * @see `Exception.format/3`, which ends its last line too
 */
export function formatException(reason: Term, stack: Term = [], options: FormatOptions = {}): string {
  const lines = formatStacktrace(stack, options)
  return formatBanner(reason, stack, options) + (lines === '' ? '' : `\n${lines}`)
}

/** Returns the first line for an error. @see `Exception.format_banner/3` */
export function formatBanner(reason: unknown, stack: unknown, options: FormatOptions): string {
  const exception = exceptionOf(reason, stack)
  return `** (${exception.module}) ${messageOf(exception, options)}`
}

/** The parts of an exception. */
interface Exception {
  /** The name of its module as Elixir shows it. */
  readonly module: string
  readonly fields: { readonly [name: string]: unknown }
}

// Converts an error of Erlang to an exception of Elixir, as ErlangError.normalize/2 does.
function exceptionOf(reason: unknown, stack: unknown): Exception {
  const own = asException(reason)
  if (own) return own
  const error = (module: string, fields: { [name: string]: unknown } = {}): Exception => ({ module, fields })
  if (reason instanceof Atom)
    switch (reason.name) {
      case 'badarg':
        return error('ArgumentError', { message: 'argument error' })
      case 'badarith':
        return error('ArithmeticError', { message: 'bad argument in arithmetic expression' })
      case 'system_limit':
        return error('SystemLimitError', { message: 'a system limit has been reached' })
      case 'cond_clause':
        return error('CondClauseError')
      case 'undef':
        return error('UndefinedFunctionError', calledBy(stack))
      case 'function_clause':
        return error('FunctionClauseError', calledBy(stack))
    }
  const [tag, ...rest] = reason instanceof TupleClass ? reason.elements : []
  const form = tag instanceof Atom ? `${tag.name}/${rest.length}` : ''
  const [first, second] = rest
  switch (form) {
    case 'badarg/1':
      return error('ArgumentError', { message: `argument error: ${inspect(first, { pretty: false })}` })
    case 'badarity/1':
      if (!(first instanceof TupleClass)) break
      return error('BadArityError', { function: first.elements[0], args: first.elements[1] })
    case 'badfun/1':
      return error('BadFunctionError', { term: first })
    case 'badstruct/2':
      return error('BadStructError', { struct: first, term: second })
    case 'badmatch/1':
      return error('MatchError', { term: first })
    case 'badmap/1':
      return error('BadMapError', { term: first })
    case 'badbool/2':
      return error('BadBooleanError', { operator: first, term: second })
    case 'badkey/1':
      return error('KeyError', { key: first })
    case 'badkey/2':
      return error('KeyError', { key: first, term: second })
    case 'case_clause/1':
      return error('CaseClauseError', { term: first })
    case 'with_clause/1':
      return error('WithClauseError', { term: first })
    case 'try_clause/1':
      return error('TryClauseError', { term: first })
  }
  return error('ErlangError', { original: reason })
}

function asException(reason: unknown): Exception | undefined {
  if (reason === null || typeof reason !== 'object' || kindOf(reason) !== MAP) return undefined
  const fields: { readonly [name: string]: unknown } =
    reason instanceof ElixirError
      ? reason.fields
      : isObjectMap(reason)
        ? (reason as { [name: string]: unknown })
        : Object.fromEntries(mapEntries(reason).map(([key, value]) => [String(key), value]))
  const struct = fields.__struct__
  if (fields.__exception__ !== true || !(struct instanceof Atom)) return undefined
  return { module: inspect(struct), fields }
}

function calledBy(stack: unknown): { [name: string]: unknown } {
  const top: unknown = Array.isArray(stack) ? stack[0] : undefined
  if (!(top instanceof TupleClass) || top.length !== 4) return {}
  const [module, name, arity] = top.elements
  return { module, function: name, arity: Array.isArray(arity) ? arity.length : arity }
}

function messageOf({ module, fields }: Exception, options: FormatOptions): string {
  const show = (term: unknown): string => inspect(term, { ...options, pretty: false })
  if (typeof fields.message === 'string') return fields.message
  switch (module) {
    case 'UndefinedFunctionError':
      return undefinedFunction(fields, options)
    case 'FunctionClauseError': {
      const called = callOf(fields, options)
      return called === undefined ? 'no function clause matches' : `no function clause matching in ${called}`
    }
    case 'ErlangError':
      return `Erlang error: ${show(fields.original)}${typeof fields.reason === 'string' ? fields.reason : ''}`
    case 'CondClauseError':
      return 'no cond clause evaluated to a truthy value'
    case 'MatchError':
      return `no match of right hand side value: ${show(fields.term)}`
    case 'CaseClauseError':
      return `no case clause matching: ${show(fields.term)}`
    case 'WithClauseError':
      return `no with clause matching: ${show(fields.term)}`
    case 'TryClauseError':
      return `no try clause matching: ${show(fields.term)}`
    case 'BadMapError':
      return `expected a map, got: ${show(fields.term)}`
    case 'BadStructError':
      return `expected a struct named ${show(fields.struct)}, got: ${show(fields.term)}`
    case 'BadBooleanError':
      return `expected a boolean on left-side of "${String(fields.operator)}", got: ${show(fields.term)}`
    case 'BadFunctionError':
      return fields.term instanceof Fun || fields.term instanceof ExportFun
        ? `function ${show(fields.term)} is invalid, likely because it points to an old version of the code`
        : `expected a function, got: ${show(fields.term)}`
    case 'BadArityError':
      return badArity(fields, show)
    case 'KeyError':
      return `key ${show(fields.key)} not found${fields.term == null ? '' : ` in: ${show(fields.term)}`}`
    case 'Protocol.UndefinedError':
      return protocol(fields, show)
    default:
      // The message of any other exception is made by code of its own node.
      return show(fields)
  }
}

function undefinedFunction(fields: Exception['fields'], options: FormatOptions): string {
  const called = callOf(fields, options)
  if (called === undefined) return 'undefined function'
  const { reason } = fields
  if (reason instanceof Atom && reason.name === 'function not exported')
    return `function ${called} is undefined or private`
  if (typeof reason === 'string') return `function ${called} is undefined (${reason})`
  return `function ${called} is undefined (module ${inspect(fields.module)} is not available)`
}

function callOf(
  { module, function: name, arity }: Exception['fields'],
  options: FormatOptions,
): string | undefined {
  if (!(module instanceof Atom) || !(name instanceof Atom) || typeof arity !== 'number') return undefined
  return formatMfa(module, name, arity, options)
}

function badArity({ function: fun, args }: Exception['fields'], show: (term: unknown) => string): string {
  const given = Array.isArray(args) ? args : []
  const list = given.map(show).join(', ')
  const count =
    given.length === 0 ? 'no arguments' : `${given.length} argument${given.length === 1 ? '' : 's'} (${list})`
  const arity = fun instanceof Fun || fun instanceof ExportFun ? ` with arity ${fun.arity}` : ''
  return `${show(fun)}${arity} called with ${count}`
}

function protocol(
  { protocol, value, description }: Exception['fields'],
  show: (term: unknown) => string,
): string {
  const more = typeof description === 'string' && description !== '' ? `, ${description}` : ''
  return `protocol ${show(protocol)} not implemented for ${show(value)}${more}`
}
