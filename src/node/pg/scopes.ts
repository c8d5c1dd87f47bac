import { currentKernel, type Kernel, type LocalProcess } from '../../process/index.ts'
import { type Atom, atom } from '../../term/index.ts'
import type { Peers } from '../peers/index.ts'
import { PgScope } from './scope.ts'

interface NodeScopes {
  readonly peers: Peers
  readonly byName: Map<Atom, PgScope>
}

const DEFAULT_SCOPE = atom('pg') as Atom
const nodes = new WeakMap<Kernel, NodeScopes>()

/** Starts the default scope of a node. */
export function startPg(peers: Peers): LocalProcess {
  nodes.set(peers.kernel, { peers, byName: new Map() })
  return startScope(DEFAULT_SCOPE, peers.kernel).process
}

/** Starts a scope of a node, or returns the one that is running. @throws Error when the kernel is not a node with a name */
export function startScope(name: Atom, kernel: Kernel = currentKernel()): PgScope {
  const node = nodes.get(kernel)
  if (!node) throw new Error(`${kernel.name.name} has no process groups: start a node with a name first.`)
  const running = node.byName.get(name)
  if (running?.process.alive) return running
  const scope = new PgScope(node.peers, name)
  node.byName.set(name, scope)
  return scope
}

/** Returns a running scope. @throws Error when it was not started */
export function scopeOf(name: Atom = DEFAULT_SCOPE, kernel: Kernel = currentKernel()): PgScope {
  const scope = nodes.get(kernel)?.byName.get(name)
  if (scope?.process.alive) return scope
  throw new Error(
    name === DEFAULT_SCOPE
      ? `${kernel.name.name} has no process groups: start a node with a name first.`
      : `the scope ${name.name} of process groups does not run on ${kernel.name.name}: start it with pg.start('${name.name}').`,
  )
}
