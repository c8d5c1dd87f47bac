import { atom, tuple } from '../../term/index.ts'
import { ERL_EVAL } from '../machine/index.ts'
import { type Origin, Raise } from '../value/index.ts'
import type { Compiler } from './context.ts'

/**
 * Returns a function that raises an error `{Tag, Value}`. In code of a prompt the first entry of the stack is then the function that
 * raises it on a BEAM, by default one of `erl_eval` (of OTP 29); in a module it is the function that failed.
 */
export function failure(
  c: Compiler,
  tag: string,
  name: string,
  arity: number,
  module?: string,
): (value: unknown) => never {
  const origin = evaluatorFunction(c, name, arity, module)
  const reason = atom(tag)
  return (value) => {
    throw new Raise('error', tuple(reason, value), origin)
  }
}

/** Returns the function that raises errors in code of a prompt on a BEAM, as their origin; undefined for code of a module. */
export function evaluatorFunction(
  c: Compiler,
  name: string,
  arity: number,
  module: string = ERL_EVAL.name,
): Origin | undefined {
  return c.unit.prompt && { module: atom(module), name: atom(name), args: arity }
}
