import { Atom, atom, formatException, TupleClass } from '../../../term/index.ts'
import { currentMachine } from '../../machine/index.ts'
import { Bits, bitsOfText, ErlMap, type Functions, itemsOf, NIL, toTerm } from '../../value/index.ts'
import { exceptionValue } from './exception-value.ts'

const MESSAGE = atom('message')

/** Returns the module of an exception with the field `message` only. Its `exception/1` takes a text or a keyword list. */
export function messageException(module: string, message: string): Functions {
  return {
    exception: (given: unknown) => {
      if (given instanceof Bits) return exceptionValue(module, { message: given })
      const fields: Record<string, unknown> = { message: bitsOfText(message) }
      for (const pair of itemsOf(given) ?? [])
        if (pair instanceof TupleClass && pair.elements[0] instanceof Atom)
          fields[pair.elements[0].name] = pair.elements[1]
      return exceptionValue(module, fields)
    },
    message: (exception: unknown) => (exception as ErlMap).get(MESSAGE),
  }
}

/** Converts an error of Erlang to an exception of Elixir. @see ErlangError.normalize/2 */
export function normalized(reason: unknown, stack: unknown): unknown {
  if (reason instanceof ErlMap && reason.get(atom('__exception__')) === true) return reason
  const [tag, first, second] =
    reason instanceof TupleClass ? (reason.elements as readonly unknown[]) : [reason]
  const name = tag instanceof Atom ? tag.name : ''
  const size = reason instanceof TupleClass ? reason.length : 0
  const byTag = EXCEPTIONS[`${name}/${size}`]
  return byTag
    ? byTag(first, second, stack)
    : exceptionValue('ErlangError', { original: reason, reason: null })
}

type Make = (first: unknown, second: unknown, stack: unknown) => ErlMap

const text = bitsOfText
const EXCEPTIONS: Readonly<Record<string, Make>> = {
  'badarg/0': () => exceptionValue('ArgumentError', { message: text('argument error') }),
  'badarith/0': () =>
    exceptionValue('ArithmeticError', { message: text('bad argument in arithmetic expression') }),
  'system_limit/0': () =>
    exceptionValue('SystemLimitError', { message: text('a system limit has been reached') }),
  'cond_clause/0': () => exceptionValue('CondClauseError', {}),
  'undef/0': (_1, _2, stack) => called('UndefinedFunctionError', stack, { message: null, reason: null }),
  'function_clause/0': (_1, _2, stack) =>
    called('FunctionClauseError', stack, { args: null, clauses: null, kind: null }),
  'badarg/2': (value) =>
    exceptionValue('ArgumentError', { message: text(`argument error: ${shown(value)}`) }),
  'badarity/2': (pair) => {
    const [fun, args] = (pair as TupleClass).elements as readonly unknown[]
    return exceptionValue('BadArityError', { function: fun, args })
  },
  'badfun/2': (term) => exceptionValue('BadFunctionError', { term }),
  'badstruct/3': (struct, term) => exceptionValue('BadStructError', { struct, term }),
  'badmatch/2': (term) => exceptionValue('MatchError', { term }),
  'badmap/2': (term) => exceptionValue('BadMapError', { term }),
  'badbool/3': (operator, term) => exceptionValue('BadBooleanError', { operator, term }),
  'badkey/2': (key) => exceptionValue('KeyError', { key, term: null, message: null }),
  'badkey/3': (key, term) => exceptionValue('KeyError', { key, term, message: null }),
  'case_clause/2': (term) => exceptionValue('CaseClauseError', { term }),
  'with_clause/2': (term) => exceptionValue('WithClauseError', { term }),
  'try_clause/2': (term) => exceptionValue('TryClauseError', { term }),
}

function called(module: string, stack: unknown, more: Readonly<Record<string, unknown>>): ErlMap {
  const [top] = itemsOf(stack) ?? []
  const [target, name, args] =
    top instanceof TupleClass && top.length === 4 ? (top.elements as readonly unknown[]) : [null, null, null]
  const arity = typeof args === 'number' || args === null ? args : (itemsOf(args) ?? []).length
  return exceptionValue(module, { module: target, function: name, arity, ...more })
}

const shown = (value: unknown): string => formatInspect(value)
function formatInspect(value: unknown): string {
  return currentMachine().process.kernel.inspect(toTerm(value))
}

/** Returns the message of an exception. @see `Exception.message/1` */
export function messageOf(exception: unknown): string {
  const banner = formatException(toTerm(exception), [], { self: currentMachine().process.kernel.name })
  return banner.replace(/^\*\* \([^)]*\) /, '')
}

/** The module `Exception`. */
export const Exception: Functions = {
  normalize: (kind: unknown, reason: unknown, stack: unknown = NIL) =>
    kind === atom('error') ? normalized(reason, stack) : reason,
  message: (exception: unknown) => bitsOfText(messageOf(exception)),
  'exception?': (value: unknown) => value instanceof ErlMap && value.get(atom('__exception__')) === true,
}
