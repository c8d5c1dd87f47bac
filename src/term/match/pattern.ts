import { Atom } from '../atom.ts'
import { ErlangError } from '../exit/index.ts'
import type { Term } from '../term.ts'
import { tuple } from '../tuple.ts'
import { compile, type Matcher, matcherOf } from './matcher.ts'
import type { Matched } from './wildcard.ts'

/**
 * What a term, or a part of one, is compared with:
 *
 * - a literal (a number, a string, an atom, a pid, …) matches terms that are `identical` to it
 * - `_` matches everything, `_.pid`, `_.string` and so on match a kind
 * - an array matches a **tuple** of as many elements, as does `tuple(…)`; lists are `list(…)` and `listOf(pattern)`
 * - a plain object matches maps that have at least these keys
 */
export type Pattern = unknown

/** A pattern and what to do with what it matches. Made by {@link on}. */
export interface Clause<out R = unknown> {
  test(term: unknown): boolean
  /** Calls the handler with a term for which `test` was true. */
  handle(term: unknown): R
}

/** What to do when nothing has matched for a while. Made by {@link after}. */
export interface After<out R = unknown> {
  /** How long to wait, in milliseconds. */
  readonly ms: number
  handle(): R
}

/**
 * Returns a clause for `receive` and {@link match}: what to do with terms that match a pattern.
 *
 * The handler gets the whole of the term, typed by the pattern. Where the pattern says `_.string` or `_.bytes` it gets
 * that, however the binary arrived.
 *
 * @param guard what must be true of the term besides
 * @throws TypeError when it is first used and the pattern holds what is no term
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
  // Compiled when it is first asked: a clause after the one that matches never is.
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

  #convert(term: unknown): unknown {
    this.#matcher ??= compile(this.#pattern)
    return this.#matcher.convert ? this.#matcher.convert(term) : term
  }
}

/**
 * Returns what `receive` does when no message has matched for this long.
 *
 * @param ms milliseconds; with 0 only messages that are there already are looked at
 */
export function after<R>(ms: number, handler: () => R): After<R> {
  return { ms, handle: handler }
}

/**
 * Hands a term to the first clause that matches it, and returns what its handler returns.
 *
 * @throws ErlangError `{:case_clause, term}` when none does
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
 * It cannot change the term, so `_.string` is true of a string only and `_.bytes` of bytes only; a clause takes both.
 */
export function is<const P>(term: unknown, pattern: P): term is Matched<P> {
  const { test, strict } = matcherOf(pattern)
  return strict ? strict(term) : test(term)
}
