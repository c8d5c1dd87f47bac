import { type Atom, nameToAtom, Pid, Reference, toAtom } from '../../term/index.ts'
import type { Kernel } from '../local-process.ts'
import type { RemoteName } from '../signals/index.ts'
import { type ViaName, viaFunction } from './via.ts'

/** Receiver of a message: a pid, a registered name of this node or of another one, or an alias. */
export type Destination<M = never> = Pid<M> | string | Atom | NodeName | Reference

/** A registered name on a node. */
export interface NodeName {
  readonly name: string | Atom
  readonly node: string | Atom
}

/** Returns the address of a destination. For a name that its registry does not know, it is a pid of no process. */
export function resolveDestination(to: Destination | ViaName, kernel: Kernel): Pid | RemoteName | Reference {
  if (to instanceof Pid || to instanceof Reference) return to
  if (typeof to === 'string') return { name: nameToAtom(to), node: kernel.name }
  if ('node' in to) return { name: nameToAtom(to.name), node: nodeAtom(to.node) }
  if ('via' in to) return viaFunction(to, 'whereisName', kernel)() ?? kernel.unusedPid()
  return { name: to, node: kernel.name }
}

/** Returns the atom of a node name. Node names are not translated as module names are: `'a@b'` is `:"a@b"`. */
export function nodeAtom(node: string | Atom): Atom {
  return toAtom(node)
}
