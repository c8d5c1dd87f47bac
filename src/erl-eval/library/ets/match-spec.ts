import { Atom, atom, TupleClass, tuple } from '../../../term/index.ts'
import { pureFunction } from '../../bif/index.ts'
import { badarg, Cons, ErlMap, items, itemsOf, ListBuilder, listOf, NIL, same } from '../../value/index.ts'

// https://www.erlang.org/doc/apps/erts/match_spec

const ANYTHING = atom('_')
const CONST = atom('const')
const EXIT = atom('EXIT')
const TRUE = true

/** Values of the variables `'$1'`, `'$2'`, … of a pattern, by number. */
type Bindings = Map<number, unknown>

/** Match specification: returns the result for an object, or undefined when no clause matches it. */
export type MatchSpec = (object: unknown) => { readonly result: unknown } | undefined

function variableNumber(value: unknown): number | undefined {
  const digits = value instanceof Atom ? /^\$(\d{1,8})$/.exec(value.name)?.[1] : undefined
  return digits === undefined ? undefined : Number(digits)
}

/** Whether a pattern matches a value. Adds the values of its variables to `bindings`. */
export function matchesPattern(pattern: unknown, value: unknown, bindings: Bindings): boolean {
  if (pattern === ANYTHING) return true
  const variable = variableNumber(pattern)
  if (variable !== undefined) {
    if (bindings.has(variable)) return same(bindings.get(variable), value)
    bindings.set(variable, value)
    return true
  }
  if (pattern instanceof TupleClass) {
    if (!(value instanceof TupleClass) || value.length !== pattern.length) return false
    const parts = value.elements as readonly unknown[]
    return pattern.elements.every((part: unknown, i: number) => matchesPattern(part, parts[i], bindings))
  }
  if (pattern instanceof Cons) {
    let rest: unknown = pattern
    let other = value
    while (rest instanceof Cons) {
      if (!(other instanceof Cons) || !matchesPattern(rest.head, other.head, bindings)) return false
      rest = rest.tail
      other = other.tail
    }
    return matchesPattern(rest, other, bindings)
  }
  if (pattern instanceof ErlMap) {
    if (!(value instanceof ErlMap)) return false
    return pattern
      .entries()
      .every(([key, part]) => value.has(key) && matchesPattern(part, value.get(key), bindings))
  }
  return same(pattern, value)
}

/** Returns the values of the variables in the order of their numbers: the value of `'$$'`. */
function listOfBindings(bindings: Bindings): unknown {
  return listOf([...bindings].sort(([a], [b]) => a - b).map(([, value]) => value))
}

/** Evaluates an expression of a guard or a body. */
type Expression = (object: unknown, bindings: Bindings) => unknown

const LOGICAL: Readonly<Record<string, (parts: readonly Expression[]) => Expression>> = {
  andalso: (parts) => (object, bindings) => parts.every((part) => boolean(part(object, bindings))),
  orelse: (parts) => (object, bindings) => parts.some((part) => boolean(part(object, bindings))),
  and: (parts) => (object, bindings) =>
    parts.map((part) => boolean(part(object, bindings))).every((value) => value),
  or: (parts) => (object, bindings) =>
    parts.map((part) => boolean(part(object, bindings))).some((value) => value),
}

const boolean = (value: unknown): boolean => (typeof value === 'boolean' ? value : badarg())

function expression(term: unknown): Expression {
  const variable = variableNumber(term)
  if (variable !== undefined)
    return (_, bindings) => (bindings.has(variable) ? bindings.get(variable) : badarg())
  if (term instanceof Atom && term.name === '$_') return (object) => object
  if (term instanceof Atom && term.name === '$$') return (_, bindings) => listOfBindings(bindings)
  if (term instanceof Cons) {
    const head = expression(term.head)
    const tail = expression(term.tail)
    return (object, bindings) => new Cons(head(object, bindings), tail(object, bindings))
  }
  if (term instanceof ErlMap) {
    const parts = term.entries().map(([key, value]) => [key, expression(value)] as const)
    return (object, bindings) => ErlMap.from(parts.map(([key, part]) => [key, part(object, bindings)]))
  }
  return term instanceof TupleClass ? operation(term.elements as readonly unknown[]) : () => term
}

function operation([first, ...rest]: readonly unknown[]): Expression {
  if (first instanceof TupleClass && rest.length === 0) {
    const parts = (first.elements as readonly unknown[]).map(expression)
    return (object, bindings) => new TupleClass(parts.map((part) => part(object, bindings)))
  }
  if (!(first instanceof Atom)) return badarg()
  if (first === CONST && rest.length === 1) return () => rest[0]
  const parts = rest.map(expression)
  if (Object.hasOwn(LOGICAL, first.name)) return LOGICAL[first.name]!(parts)
  const fn = pureFunction(first.name, parts.length)
  if (!fn) return badarg()
  return (object, bindings) => fn(...parts.map((part) => part(object, bindings)))
}

/** Compiles a match specification: a list of `{Pattern, Guards, Body}`. Raises `badarg` for any other value. */
export function compileMatchSpec(spec: unknown): MatchSpec {
  if (!(spec instanceof Cons)) return badarg()
  const clauses = items(spec).map(compileClause)
  return (object) => {
    for (const clause of clauses) {
      const found = clause(object)
      if (found) return found
    }
    return undefined
  }
}

function compileClause(clause: unknown): MatchSpec {
  if (!(clause instanceof TupleClass) || clause.length !== 3) return badarg()
  const [pattern, guards, body] = clause.elements as readonly unknown[]
  const tests = items(guards).map(expression)
  const steps = items(body).map(expression)
  if (steps.length === 0) return badarg()
  return (object) => {
    const bindings: Bindings = new Map()
    if (!matchesPattern(pattern, object, bindings) || !passes(tests, object, bindings)) return undefined
    try {
      return { result: steps.map((step) => step(object, bindings)).at(-1) }
    } catch {
      return { result: EXIT }
    }
  }
}

// An error in a guard is false, as in the guards of a function.
function passes(tests: readonly Expression[], object: unknown, bindings: Bindings): boolean {
  try {
    return tests.every((test) => test(object, bindings) === TRUE)
  } catch {
    return false
  }
}

/** Returns the specification of `match_object`: the objects that match a pattern. */
export function objectsMatching(pattern: unknown): MatchSpec {
  return (object) => (matchesPattern(pattern, object, new Map()) ? { result: object } : undefined)
}

/** Returns the specification of `match`: the values of the variables of a pattern. */
export function variablesMatching(pattern: unknown): MatchSpec {
  return (object) => {
    const bindings: Bindings = new Map()
    return matchesPattern(pattern, object, bindings) ? { result: listOfBindings(bindings) } : undefined
  }
}

/** Runs a specification over a list, for `match_spec_run`. */
export function runMatchSpec(objects: unknown, spec: MatchSpec): unknown {
  const results = new ListBuilder()
  for (const object of itemsOf(objects) ?? badarg()) {
    const found = spec(object)
    if (found) results.push(found.result)
  }
  return results.finish()
}

const OK = atom('ok')

/** The function `erlang:match_spec_test/3` for tables: `{ok, Result, Flags, Warnings}`. */
export function testMatchSpec(object: unknown, spec: unknown): unknown {
  const found = compileMatchSpec(spec)(object)
  return tuple(OK, found ? found.result : false, NIL, NIL)
}
