import { acceptsArity } from '../../process/index.ts'
import type { Functions } from '../value/index.ts'
import { arithmetic } from './arithmetic.ts'
import { booleans } from './boolean.ts'
import { parts } from './compound-terms.ts'
import { context } from './context.ts'
import { tests } from './tests.ts'

/** A synchronous function from values to a value, without effects. */
export type Pure = (...args: unknown[]) => unknown

/** Functions of `erlang` without effects, by name. */
export const pureFunctions: Functions = { ...tests, ...arithmetic, ...booleans, ...parts, ...context }
const pure = pureFunctions as Readonly<Record<string, Pure>>

/** Returns the function of `erlang` with this name, or undefined when there is none without effects. */
export function pureFunction(name: string, arity: number): Pure | undefined {
  if (!Object.hasOwn(pure, name)) return undefined
  const fn = pure[name]!
  if (name === '+' || name === '-') return arity === 1 || arity === 2 ? fn : undefined
  return acceptsArity(fn as never, arity) ? fn : undefined
}
