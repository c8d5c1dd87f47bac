import { currentKernel } from '../process/index.ts'
import { Atom, nameToAtom, type Term } from '../term/index.ts'
import { requireNode } from './running-node.ts'

type AnyFunction = (...args: never[]) => unknown

/** A call as it goes over the wire. */
export interface RemoteCall {
  readonly module: Atom
  readonly name: Atom
  readonly args: readonly Term[]
}

/** Turns a function into a call that another node understands; undefined for one that cannot travel. */
export type CarrySource = (fn: AnyFunction, args: readonly Term[]) => RemoteCall | Promise<RemoteCall>

/**
 * What a function, or a module and a name, is called on another node; undefined for a function where nobody can be asked
 * what the node knows, since it cannot be reached.
 *
 * @throws TypeError for a function that the node cannot know
 */
export async function remoteFunction(
  node: Atom,
  fn: AnyFunction | string | Atom,
  rest: readonly Term[],
): Promise<RemoteCall | undefined> {
  if (typeof fn !== 'function') {
    const [name, args] = rest
    if (!(typeof name === 'string' || name instanceof Atom) || !Array.isArray(args))
      throw new TypeError(
        `expected a module, a function's name and an array of arguments, as in ` +
          `Node.spawn(node, 'Kate', 'say_name', []); got ${currentKernel().inspect(rest)} after the module.`,
      )
    return { module: nameToAtom(fn), name: typeof name === 'string' ? Atom.intern(name) : name, args }
  }
  const kernel = currentKernel()
  const exported = kernel.modules.exportedAs(fn)
  if (exported) return { module: exported.module, name: exported.name, args: rest }
  const running = requireNode('a spawn on another node')
  if (await running.isMoebi(node)) {
    if (running.carrySource) return running.carrySource(fn, rest)
    throw new TypeError(
      `${describeFunction(fn)} is not exported, so ${node.name} cannot know it. Export it from a module of the application ` +
        "(modules: { Chat }), or name it: Node.spawn(node, 'Chat', 'greet', args).",
    )
  }
  if (!running.peers.connection(node)) return undefined
  throw new TypeError(
    `${describeFunction(fn)} cannot be sent to ${node.name}: that is a BEAM node, and those cannot run TypeScript. Name a ` +
      "function that it has: Node.spawn(node, 'Kate', 'say_name', []).",
  )
}

/** What a function is called, for people. */
export function describeFunction(fn: AnyFunction | string | Atom): string {
  if (typeof fn !== 'function') return String(fn)
  return fn.name ? `the function ${fn.name}` : 'an arrow function'
}
