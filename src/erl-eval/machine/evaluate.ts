import type { LocalProcess } from '../../process/index.ts'
import { ErlangError, ExitError, type Term } from '../../term/index.ts'
import { type Raise, toTerm } from '../value/index.ts'
import { type CodeLoader, Machine } from './machine.ts'

/**
 * Calls a fun in a process. The caller is code of that process.
 *
 * @param args values
 * @returns the result of the fun. The promise never settles when the process ends first
 * @throws ExitError, ErlangError with the stack of the fun, or the term that was thrown
 */
export function evaluate(
  codeLoader: CodeLoader,
  process: LocalProcess,
  fn: unknown,
  args: unknown[],
): Promise<Term> {
  return new Promise((resolve, reject) => {
    const machine = new Machine(
      process,
      codeLoader,
      (value) => {
        try {
          resolve(toTerm(value))
        } catch (error) {
          reject(error)
        }
      },
      (raise) => reject(errorOf(raise)),
    )
    machine.start(fn, args)
  })
}

/** Converts an exception of Erlang to a value that JavaScript code throws. */
function errorOf({ kind, reason, stack }: Raise): unknown {
  const term = toTerm(reason)
  if (kind === 'throw') return term
  if (kind === 'exit') return new ExitError(term)
  return new ErlangError(term, { stacktrace: toTerm(stack) as readonly Term[] })
}
