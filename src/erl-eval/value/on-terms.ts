import { isThenable } from '../../process/index.ts'
import type { Term } from '../../term/index.ts'
import type { Functions } from './closure.ts'
import { fromTerm, toTerm } from './convert.ts'

const takesTerms = new WeakSet<object>()

/** Marks library functions that take and return terms, or promises of terms, in place of the machine's values. */
export function onTerms(functions: Functions): Functions {
  for (const fn of Object.values(functions)) takesTerms.add(fn)
  return functions
}

/** Returns a function on values that calls `fn`: directly, or with terms when it is marked by {@link onTerms}. */
export function onValues(fn: (...args: never[]) => unknown): (...args: never[]) => unknown {
  return takesTerms.has(fn) ? (...args) => callOnTerms(fn as (...args: readonly Term[]) => unknown, args) : fn
}

/** Calls a function on terms with values, and returns its result, or a promise of it, as a value. */
export function callOnTerms(fn: (...args: readonly Term[]) => unknown, args: readonly unknown[]): unknown {
  const result = fn(...args.map(toTerm))
  return isThenable(result)
    ? Promise.resolve(result).then((value) => fromTerm(value as Term))
    : fromTerm(result as Term)
}
