import { currentKernel } from '../../process/index.ts'
import { Atom, escapeName, nameToAtom, type Term } from '../../term/index.ts'
import { Code, type RemoteCall } from './code.ts'

type AnyFunction = (...args: never[]) => unknown

/** Turns a function that is not exported into a call that another node can run. */
export type FunctionSerializer = (fn: AnyFunction, args: readonly Term[]) => RemoteCall | Promise<RemoteCall>

/** What {@link remoteCallOf} needs of the node that spawns, for a function that is not exported. */
export interface SpawningNode {
  /** For a Moebi node, which runs the function's source. */
  readonly serializeFunction: FunctionSerializer | undefined
  /** For a BEAM node, which evaluates Erlang's abstract format. */
  readonly translateFunction: FunctionSerializer | undefined
  readonly peers: { connection(peer: Atom): unknown }
  /** Connects if necessary. */
  isMoebi(node: Atom): Promise<boolean>
}

/**
 * Returns the call that runs a function, code of a BEAM language, or a function given by module and name, on another node.
 * Returns undefined for a function that is not exported, and for code, when the other node cannot be reached.
 *
 * @param spawningNode called for a function that is not exported; throws when the program is not a node
 * @throws TypeError for a function that the other node cannot know
 */
export async function remoteCallOf(
  node: Atom,
  fn: AnyFunction | Code | string | Atom,
  rest: readonly Term[],
  spawningNode: () => SpawningNode,
): Promise<RemoteCall | undefined> {
  if (fn instanceof Code) {
    const local = spawningNode()
    if (!(await local.isMoebi(node))) return local.peers.connection(node) ? fn.call : undefined
    throw new TypeError(
      `${escapeName(node.name)} is a Moebi node and evaluates no ${fn.language === 'elixir' ? 'Elixir' : 'Erlang'}: send it a function, ` +
        'as in Node.spawn(node, () => Kate.sayName()).',
    )
  }
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
      `${describeFunction(fn)} is not exported, so ${escapeName(node.name)} cannot know it. Export it from a module of the application ` +
        "(modules: { Chat }), or name it: Node.spawn(node, 'Chat', 'greet', args).",
    )
  }
  if (!local.peers.connection(node)) return undefined
  if (local.translateFunction) return local.translateFunction(fn, rest)
  throw new TypeError(
    `${describeFunction(fn)} cannot be sent to ${escapeName(node.name)}, which is a BEAM node: only a shell translates functions. Name a ` +
      "function that it has, as in Node.spawn(node, 'Kate', 'say_name', []), or send elixir`…` or erlang`…`.",
  )
}

/** Returns the name of a function for an error message. */
export function describeFunction(fn: AnyFunction | Code | string | Atom): string {
  if (fn instanceof Code) return `${fn.language}\`${fn.source}\``
  if (typeof fn !== 'function') return String(fn)
  return fn.name ? `the function ${fn.name}` : 'an arrow function'
}
