import type { Kernel } from '../process/index.ts'
import type { Atom, Fun, Term } from '../term/index.ts'
import type { CodeLoaders } from './code-loaders.ts'

/** A node that may run funs of other nodes, as a `RunningNode` is. */
export interface FunHost {
  readonly kernel: Kernel
  /** Calls a fun of another node. Set by {@link serveFuns}. */
  callFun: ((fun: Fun, args: readonly Term[]) => unknown) | undefined
  readonly peers: {
    subscribe(listener: { up(): void; down(peer: Atom): void }): () => void
  }
}

/** Options of {@link serveFuns}. */
export interface ServeFunsOptions {
  /**
   * Whether a module that this node does not have is fetched from the node that sent the fun. Default: true.
   */
  readonly fetchModules?: boolean
}

/**
 * Lets a node run funs that were typed at the prompt of an Erlang or Elixir node. A node with the cookie may thus run any code on
 * this node. Shells call this; other programs must call it themselves.
 */
export function serveFuns(node: FunHost, options: ServeFunsOptions = {}): void {
  let codeLoaders: Promise<CodeLoaders> | undefined
  // Most nodes are sent no fun, and the interpreter is a quarter of the code of Moebi.
  const load = async (): Promise<CodeLoaders> => {
    const { CodeLoaders } = await import('./code-loaders.ts')
    const loaded = new CodeLoaders(node.kernel, options.fetchModules ?? true)
    node.callFun = (fun, args) => loaded.call(fun, args)
    node.peers.subscribe({ up: () => {}, down: (peer) => loaded.forget(peer) })
    return loaded
  }
  node.callFun = async (fun, args) => {
    codeLoaders ??= load()
    return (await codeLoaders).call(fun, args)
  }
}
