import type { Kernel, LocalProcess } from '../../process/index.ts'
import { Atom, escapeName, nameToAtom, Pid } from '../../term/index.ts'

/**
 * Returns the process of this node with a pid or a registered name.
 *
 * @throws Error when there is none, TypeError for a value that is neither
 */
export function findProcess(kernel: Kernel, who: unknown): LocalProcess {
  if (who instanceof Pid) {
    if (!kernel.isLocal(who))
      throw new Error(
        `${kernel.inspect(who)} is a process of ${who.node.name}: moebi remsh ${who.node.name} opens a shell there.`,
      )
    return found(kernel.process(who), `${kernel.inspect(who)} has ended.`)
  }
  if (typeof who !== 'string' && !(who instanceof Atom))
    throw new TypeError(`expected a pid or a registered name, got ${kernel.inspect(who as never)}`)
  const name = nameToAtom(who)
  return found(kernel.whereis(name), `No process of this node is registered as ${kernel.inspect(name)}.`)
}

function found(process: LocalProcess | undefined, problem: string): LocalProcess {
  if (process) return process
  throw new Error(`${problem} processes() lists the processes.`)
}

/** Returns the registered name of a process, or its label, or the empty string. */
export function processTitle(kernel: Kernel, { registeredName, label }: LocalProcess): string {
  return registeredName ? kernel.inspect(registeredName) : escapeName(label)
}
