import { type Kernel, type LocalProcess, type ViaName, viaFunction } from '../process/index.ts'
import { Atom, atom, ExitError, nameToAtom, type Pid, tuple } from '../term/index.ts'

/** What a server may be registered under: a name of this node, or one that a registry keeps: `{ via: [Registry, 'Users', 7] }`. */
export type ServerName = string | Atom | ViaName

/**
 * The process that has a name already.
 *
 * @throws Error when a registry is asked that does not run
 * @throws TypeError when it is no name
 */
export function holderOf(name: ServerName, kernel: Kernel): Pid | undefined {
  if (isVia(name)) return viaFunction(name, 'whereisName', kernel)()
  if (typeof name === 'string' || name instanceof Atom) return kernel.whereis(nameToAtom(name))?.pid
  throw new TypeError(
    `expected name option to be a string, an atom or { via: [Registry, …] }, got: ${kernel.inspect(name)}`,
  )
}

/** Gives a process its name, before anything runs in it. @throws ExitError `{:already_started, pid}` when it is taken */
export function registerAs(name: ServerName, process: LocalProcess): void {
  const { kernel, pid } = process
  if (!isVia(name)) return kernel.register(process, nameToAtom(name))
  if (viaFunction(name, 'registerName', kernel)(pid)) return
  throw new ExitError(tuple(atom('already_started'), holderOf(name, kernel) ?? null), { self: kernel.name })
}

export function isVia(name: unknown): name is ViaName {
  return typeof name === 'object' && name !== null && 'via' in name
}
