import { atom, type Term, tuple } from '../term/index.ts'

/**
 * Form of Erlang's abstract format, as a term.
 * https://www.erlang.org/doc/apps/erts/absform
 */
export type Form = Term

/** Name of an Erlang variable. */
export type Variable = Term

const DEFAULT = atom('default')
const ERLANG = atom('erlang')

export const form = (tag: string, line: number, ...rest: Term[]): Form => tuple(atom(tag), line, ...rest)

export const variable = (line: number, name: Variable): Form => form('var', line, name)

export const atomForm = (line: number, value: Term): Form => form('atom', line, value)

export const nil = (line: number): Form => atomForm(line, null)

/**
 * Returns the form of a number of JavaScript: an integer when it is a safe integer, otherwise a float, as in the external term
 * format.
 */
export function numberForm(line: number, value: number): Form {
  const size = Math.abs(value)
  const literal = form(Number.isSafeInteger(value) ? 'integer' : 'float', line, size)
  return value < 0 ? form('op', line, atom('-'), literal) : literal
}

/** Returns the form of a string of JavaScript: a binary of its UTF-8 bytes. */
export function stringForm(line: number, text: string): Form {
  const bytes = [...Buffer.from(text)]
  return form(
    'bin',
    line,
    bytes.length === 0
      ? []
      : [tuple(atom('bin_element'), line, form('string', line, bytes), DEFAULT, DEFAULT)],
  )
}

export function listForm(line: number, items: readonly Form[], tail: Form = form('nil', line)): Form {
  return items.reduceRight((rest, item) => form('cons', line, item, rest), tail)
}

export function callForm(line: number, callee: Form, args: readonly Form[]): Form {
  return form('call', line, callee, args)
}

/** `module:name(args)` */
export function remoteCall(line: number, module: Term, name: string, args: readonly Form[]): Form {
  return callForm(line, form('remote', line, atomForm(line, module), atomForm(line, atom(name))), args)
}

/** Returns a call of a function of the module `erlang`. */
export function bif(line: number, name: string, args: readonly Form[]): Form {
  return remoteCall(line, ERLANG, name, args)
}

export function matchForm(line: number, pattern: Form, value: Form): Form {
  return form('match', line, pattern, value)
}

/**
 * @param guards tests that must all be true
 * @param body at least one expression
 */
export function clauseForm(
  line: number,
  patterns: readonly Form[],
  guards: readonly Form[],
  body: readonly Form[],
): Form {
  return form('clause', line, patterns, guards.length === 0 ? [] : [guards], body)
}

/** `case value of true -> yes; false -> no end` */
export function branch(line: number, test: Form, yes: readonly Form[], no: readonly Form[]): Form {
  return form('case', line, test, [
    clauseForm(line, [atomForm(line, true)], [], yes),
    clauseForm(line, [atomForm(line, false)], [], no),
  ])
}

/** Returns a fun. A fun with a name may call itself. */
export function funForm(
  line: number,
  parameters: readonly Form[],
  body: readonly Form[],
  name?: Variable,
): Form {
  const clauses = [clauseForm(line, parameters, [], body)]
  return name === undefined
    ? form('fun', line, tuple(atom('clauses'), clauses))
    : form('named_fun', line, name, clauses)
}
