import { type Atom, atom, nameToAtom, Pid, Reference, type Term, toAtom } from '../term/index.ts'
import { currentProcess, defaultKernel, setDefaultKernel } from './ambient.ts'
import { Kernel } from './kernel.ts'
import type { RemoteName } from './signal.ts'
import { type ViaName, viaFunction } from './via.ts'

/** The kernel of the code that runs: its process's, or the default one (made when it is first asked for). */
export function currentKernel(): Kernel {
  const kernel = currentProcess()?.kernel ?? defaultKernel()
  if (kernel) return kernel
  const made = new Kernel()
  setDefaultKernel(made)
  return made
}

/** Who a message is for: a pid, a name of this node, a name of another one, or an alias. */
export type Destination<M = never> = Pid<M> | string | Atom | NodeName | Reference

/** A registered name on a node. */
export interface NodeName {
  readonly name: string | Atom
  readonly node: string | Atom
}

/** What a destination stands for on this kernel. For a name that a registry does not know: a pid that nobody has. */
export function resolve(to: Destination | ViaName, kernel: Kernel): Pid | RemoteName | Reference {
  if (to instanceof Pid || to instanceof Reference) return to
  if (typeof to === 'string') return { name: nameToAtom(to), node: kernel.name }
  if ('node' in to) return { name: nameToAtom(to.name), node: nodeAtom(to.node) }
  if ('via' in to) return viaFunction(to, 'whereisName', kernel)() ?? kernel.unusedPid()
  return { name: to, node: kernel.name }
}

/** Node names are literal. */
export function nodeAtom(node: string | Atom): Atom {
  return toAtom(node)
}

const WORDS = new Set(['normal', 'shutdown', 'kill', 'killed', 'noproc', 'noconnection', 'timeout'])

/** A standard reason may be given as a word; every other string is a binary. */
export function reasonTerm(reason: Term): Term {
  return typeof reason === 'string' && WORDS.has(reason) ? atom(reason) : reason
}
