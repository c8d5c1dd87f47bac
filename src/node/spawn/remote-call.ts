import { currentKernel } from '../../process/index.ts'
import { Atom, nameToAtom, type Term } from '../../term/index.ts'

type AnyFunction = (...args: never[]) => unknown

/** Module, function name and arguments of a call, as they are sent to another node. */
export interface RemoteCall {
  readonly module: Atom
  readonly name: Atom
  readonly args: readonly Term[]
}

/** Turns a function that is not exported into a call that another Moebi node can run. */
export type FunctionSerializer = (fn: AnyFunction, args: readonly Term[]) => RemoteCall | Promise<RemoteCall>

/** What {@link remoteCallOf} needs of the node that spawns, for a function that is not exported. */
export interface SpawningNode {
  readonly serializeFunction: FunctionSerializer | undefined
  readonly peers: { connection(peer: Atom): unknown }
  /** Connects if necessary. */
  isMoebi(node: Atom): Promise<boolean>
}

/**
 * Returns the call that runs a function, or a function given by module and name, on another node. Returns undefined for a
 * function that is not exported when the other node cannot be reached.
 *
 * @param spawningNode called for a function that is not exported; throws when the program is no node
 * @throws TypeError for a function that the other node cannot know
 */
export async function remoteCallOf(
  node: Atom,
  fn: AnyFunction | string | Atom,
  rest: readonly Term[],
  spawningNode: () => SpawningNode,
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
  const exported = currentKernel().modules.exportedAs(fn)
  if (exported) return { module: exported.module, name: exported.name, args: rest }
  const local = spawningNode()
  if (await local.isMoebi(node)) {
    if (local.serializeFunction) return local.serializeFunction(fn, rest)
    throw new TypeError(
      `${describeFunction(fn)} is not exported, so ${node.name} cannot know it. Export it from a module of the application ` +
        "(modules: { Chat }), or name it: Node.spawn(node, 'Chat', 'greet', args).",
    )
  }
  if (!local.peers.connection(node)) return undefined
  throw new TypeError(
    `${describeFunction(fn)} cannot be sent to ${node.name}: that is a BEAM node, which cannot run TypeScript. Name a ` +
      "function that it has: Node.spawn(node, 'Kate', 'say_name', []).",
  )
}

/** Returns the name of a function for an error message. */
export function describeFunction(fn: AnyFunction | string | Atom): string {
  if (typeof fn !== 'function') return String(fn)
  return fn.name ? `the function ${fn.name}` : 'an arrow function'
}
