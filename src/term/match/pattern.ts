import { Atom } from '../atom.ts'
import { ErlangError } from '../exit/index.ts'
import { Reference } from '../reference.ts'
import type { Term } from '../term.ts'
import { TupleClass, tuple } from '../tuple.ts'
import { compile, matcherOf } from './matcher.ts'
import type { Matched, Narrowed } from './wildcard.ts'
import type { Matcher } from './wildcard-matchers.ts'

/**
 * Pattern for a term or a part of a term:
 *
 * - a literal (a string, an atom, a pid, …) matches terms that are `identical` to it; a number also the `Float` of its value
 * - `_` matches everything, `_.pid`, `_.string` and so on match a kind
 * - an array matches a **tuple** of as many elements, as does `tuple(…)`; lists are `list(…)` and `listOf(pattern)`
 * - a plain object matches maps that have at least these keys
 */
export type Pattern = unknown

/** A pattern and the handler of the terms that it matches. Made by {@link on}. */
export interface Clause<out R = unknown> {
  test(term: unknown): boolean
  /** Calls the handler with a term for which `test` was true. */
  handle(term: unknown): R
  /** A reference that every term contains for which `test` is true. A `receive` skips the messages that are older than it. */
  readonly reference?: Reference | undefined
  /**
   * Whether `test` runs no code of the program: it may then be called by another process.
   *
   * @throws TypeError when the pattern holds a value that is not a term
   */
  readonly pure?: boolean
}

/** The timeout of a `receive`, and its handler. Made by {@link after}. */
export interface After<out R = unknown> {
  /** The timeout in milliseconds. */
  readonly ms: number
  handle(): R
}

/**
 * Returns a clause for `receive` and {@link match}: a pattern, and the handler of the terms that match it.
 *
 * The handler gets the complete term, typed by the pattern. Where the pattern has `_.string` or `_.bytes`, the binary is
 * converted to a string or to bytes. Where it has a number, `_.number` or `_.float`, a `Float` is converted to a number.
 *
 * @param guard a further condition for the term
 * @throws TypeError at the first use, when the pattern holds a value that is not a term
 * @example on([atom('hi'), _.pid], ([, from]) => send(from, atom('sup?')))
 */
export function on<const P, R>(pattern: P, handler: (value: Matched<P>) => R): Clause<R>
export function on<const P, R>(
  pattern: P,
  guard: (value: Matched<P>) => boolean,
  handler: (value: Matched<P>) => R,
): Clause<R>
export function on(pattern: unknown, first: unknown, second?: unknown): Clause {
  return second === undefined
    ? new PatternClause(pattern, undefined, first as Handler)
    : new PatternClause(pattern, first as Guard, second as Handler)
}

type Handler = (value: unknown) => unknown
type Guard = (value: unknown) => boolean

class PatternClause implements Clause {
  readonly #pattern: unknown
  readonly #guard: Guard | undefined
  readonly #handler: Handler
  // Compiled at the first use. A clause after the one that matches is never compiled.
  #matcher: Matcher | undefined

  constructor(pattern: unknown, guard: Guard | undefined, handler: Handler) {
    this.#pattern = pattern
    this.#guard = guard
    this.#handler = handler
  }

  test(term: unknown): boolean {
    this.#matcher ??= compile(this.#pattern)
    return this.#matcher.test(term) && (this.#guard === undefined || this.#guard(this.#convert(term)))
  }

  handle(term: unknown): unknown {
    return this.#handler(this.#convert(term))
  }

  get pure(): boolean {
    this.#matcher ??= compile(this.#pattern)
    return this.#guard === undefined
  }

  get reference(): Reference | undefined {
    return referenceIn(this.#pattern)
  }

  #convert(term: unknown): unknown {
    this.#matcher ??= compile(this.#pattern)
    return this.#matcher.convert ? this.#matcher.convert(term) : term
  }
}

/** Returns a reference in a pattern or in its tuples. */
function referenceIn(pattern: unknown): Reference | undefined {
  if (pattern instanceof Reference) return pattern
  const elements = pattern instanceof TupleClass ? pattern.elements : pattern
  if (!Array.isArray(elements)) return undefined
  for (const element of elements) {
    const found = referenceIn(element)
    if (found) return found
  }
  return undefined
}

/**
 * Returns the `after` clause of a `receive`: its handler is called when no message has matched within the timeout.
 *
 * @param ms milliseconds; with 0, only the messages that are in the mailbox are tried
 */
export function after<R>(ms: number, handler: () => R): After<R> {
  return { ms, handle: handler }
}

/**
 * Calls the handler of the first clause that matches a term, and returns its result.
 *
 * @throws ErlangError `{:case_clause, term}` when no clause matches
 * @example match(reply, on([ok, _.number], ([, n]) => n), on(error, () => 0))
 */
export function match<const C extends readonly Clause[]>(
  term: unknown,
  ...clauses: C
): ReturnType<C[number]['handle']> {
  for (const clause of clauses)
    if (clause.test(term)) return clause.handle(term) as ReturnType<C[number]['handle']>
  throw new ErlangError(tuple(Atom.intern('case_clause'), term as Term))
}

/**
 * Whether a term matches a pattern, for `if`.
 *
 * The term is not converted. So `_.string` matches a string only, `_.bytes` bytes only, and a number may be a `Float`; a clause
 * converts each form.
 */
export function is<const P>(term: unknown, pattern: P): term is Narrowed<P> {
  const { test, strict } = matcherOf(pattern)
  return strict ? strict(term) : test(term)
}
