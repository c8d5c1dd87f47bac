import {
  isThenable,
  type Kernel,
  type LocalProcess,
  type MaybePromise,
  type ViaName,
  viaFunction,
} from '../../process/index.ts'
import { Atom, atom, ExitError, nameToAtom, type Pid, type Term, tuple } from '../../term/index.ts'

/**
 * Name of a server: a name of this node; a key of a registry, `{ via: [Registry, 'Users', 7] }`; or a name of the whole
 * cluster, `{ via: [':global', 'leader'] }`.
 */
export type ServerName = string | Atom | ViaName

/** Returns the process that is registered under a name. @throws Error when the registry does not run */
export function registeredProcess(name: ServerName, kernel: Kernel): Pid | undefined {
  checkName(name, kernel)
  return isVia(name) ? viaFunction(name, 'whereisName', kernel)() : kernel.whereis(nameToAtom(name))?.pid
}

/**
 * Registers a process before its code runs. A name that other nodes have to agree to is registered asynchronously.
 *
 * @throws ExitError `{:already_started, pid}` when the name is taken
 */
export function registerProcess(name: ServerName, process: LocalProcess): MaybePromise<void> {
  const { kernel, pid } = process
  if (!isVia(name)) return kernel.register(process, nameToAtom(name))
  const checked = (given: boolean): void => {
    const taken = (): Term => tuple(atom('already_started'), registeredProcess(name, kernel) ?? null)
    if (!given) throw new ExitError(taken(), { self: kernel.name })
  }
  const given = viaFunction(name, 'registerName', kernel)(pid)
  return isThenable(given) ? given.then(checked) : checked(given)
}

function checkName(name: unknown, kernel: Kernel): void {
  if (typeof name === 'string' || name instanceof Atom) return
  if (isVia(name) && Array.isArray(name.via) && name.via.length > 1) return
  throw new TypeError(
    `expected name option to be 'Counter', an atom, or { via: [Registry, 'Users', 7] }, got: ${kernel.inspect(name as Term)}`,
  )
}

export function isVia(name: unknown): name is ViaName {
  return typeof name === 'object' && name !== null && 'via' in name
}
