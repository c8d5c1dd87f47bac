import { UndefinedFunction } from '../../process/index.ts'
import {
  atom,
  ElixirError,
  ErlangError,
  ExitError,
  errorToReason,
  isTuple,
  type Term,
} from '../../term/index.ts'
import { fromTerm, Raise } from '../value/index.ts'

const SYSTEM_LIMIT = atom('system_limit')

/** Converts a thrown value of JavaScript to an exception of Erlang. */
export function thrownToRaise(thrown: unknown): Raise {
  if (thrown instanceof Raise) return thrown
  if (thrown instanceof ExitError) return new Raise('exit', fromTerm(thrown.reason))
  if (thrown instanceof ErlangError) return new Raise('error', fromTerm(thrown.reason))
  if (thrown instanceof ElixirError) return new Raise('error', fromTerm(thrown))
  if (thrown instanceof UndefinedFunction) return withStack(thrown.reason)
  // The stack of V8 is exhausted: a value is nested too deeply.
  if (thrown instanceof RangeError && /call stack/i.test(thrown.message))
    return new Raise('error', SYSTEM_LIMIT)
  if (thrown instanceof Error) return withStack(errorToReason(thrown))
  return new Raise('throw', fromTerm(thrown as Term))
}

function withStack(reason: Term): Raise {
  const [error, stack] = isTuple(reason) ? (reason.elements as readonly Term[]) : [reason, []]
  const raise = new Raise('error', fromTerm(error))
  raise.stack = fromTerm(stack)
  return raise
}
