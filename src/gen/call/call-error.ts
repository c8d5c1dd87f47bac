import type { LocalProcess, RemoteName } from '../../process/index.ts'
import { atom, ExitError, nameToAtom, Pid, type Term, tuple } from '../../term/index.ts'

/** Name of the called function, for the error message: `['GenServer', 'call']`. */
export type CallName = readonly [module: string, name: string]

/**
 * Returns the error of a call that failed: an ExitError `{reason, {module, name, args}}`. Its message is
 * `exited in: Module.name(args)`, and the reason on the next line.
 */
export function callError(
  reason: Term,
  [module, name]: CallName,
  args: readonly Term[],
  { kernel }: Pick<LocalProcess, 'kernel'>,
): ExitError {
  return new ExitError(tuple(reason, tuple(nameToAtom(module), atom(name), args)), {
    self: kernel.name,
  })
}

/** Returns a server as the error of a failed call shows it: a pid, a name, or `{name, node}`. */
export function destinationTerm(target: Pid | RemoteName, { kernel }: LocalProcess): Term {
  if (target instanceof Pid) return target
  return kernel.isLocal(target) ? target.name : tuple(target.name, target.node)
}
