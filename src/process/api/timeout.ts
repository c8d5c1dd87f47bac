import { inspect as inspectValue } from 'node:util'
import { type Atom, infinity, type Term } from '../../term/index.ts'

/** Time to wait: milliseconds, `Infinity`, or Elixir's `infinity` as a string or an atom. */
export type Timeout = number | 'infinity' | Atom<'infinity'>

/** Options of a function that waits. */
export interface TimeoutOptions {
  readonly timeout?: Timeout | undefined
}

/** Milliseconds that calls and awaits wait without a given timeout. */
export const DEFAULT_TIMEOUT = 5_000

const TIMEOUT_ONLY = ['timeout'] as const

/**
 * Reads the last argument of a function that waits: a timeout, or options with a timeout. Every function that takes a
 * timeout in Elixir accepts both forms.
 *
 * @param fn the function, for the errors: `GenServer.stop`
 * @returns milliseconds or Infinity
 * @throws TypeError when it has another type, or an option is unknown; RangeError when the number is negative or NaN
 */
export function readTimeout(
  given: Timeout | TimeoutOptions | undefined,
  fallback: number,
  fn: string,
  names: readonly string[] = TIMEOUT_ONLY,
): number {
  if (given === undefined) return fallback
  if (isTimeout(given)) return toMilliseconds(given, fn)
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new TypeError(
      `${fn}: expected a timeout in milliseconds, Infinity, 'infinity' or options, { timeout: 5_000 }, got: ${show(given)}`,
    )
  checkOptions(given, names, fn)
  const { timeout } = given
  if (timeout === undefined) return fallback
  if (isTimeout(timeout)) return toMilliseconds(timeout, fn)
  throw new TypeError(
    `${fn}: timeout is a number of milliseconds, Infinity or 'infinity', got: ${show(timeout)}. Write { timeout: 5_000 }`,
  )
}

/** Whether the argument is a timeout, and not options. */
export function isTimeout(given: unknown): given is Timeout {
  return typeof given === 'number' || given === 'infinity' || given === infinity
}

function toMilliseconds(timeout: Timeout, fn: string): number {
  if (typeof timeout !== 'number') return Number.POSITIVE_INFINITY
  if (timeout >= 0) return timeout
  throw new RangeError(
    `${fn}: a timeout is 0 or more milliseconds, Infinity or 'infinity', got: ${timeout}. Write 5_000 or { timeout: 5_000 }`,
  )
}

/**
 * Checks that options are an object with known names only.
 *
 * @throws TypeError that says which options there are
 */
export function checkOptions(given: unknown, names: readonly string[], fn: string): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new TypeError(
      names.includes('timeout')
        ? `${fn}: the options are an object, { timeout: 5_000 }, got: ${show(given)}`
        : `${fn}: the options are an object with ${names.join(', ')}, got: ${show(given)}`,
    )
  for (const name in given)
    if (!names.includes(name))
      throw new TypeError(`${fn}: unknown option ${show(name)}. The options are: ${names.join(', ')}`)
}

/** Returns a timeout as a term: milliseconds, or `:infinity`. */
export function timeoutTerm(ms: number): Term {
  return ms === Number.POSITIVE_INFINITY ? infinity : ms
}

function show(value: unknown): string {
  return inspectValue(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY })
}
