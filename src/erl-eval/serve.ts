import { type Kernel, requireProcess } from '../process/index.ts'
import { type Atom, type Fun, nonode, Pid, type Term } from '../term/index.ts'
import { evaluate } from './machine/index.ts'
import { ModuleFetcher, SharedModules } from './module-fetcher.ts'
import { NodeCodeLoader } from './node-code-loader.ts'
import { fromTerm, readFunParts } from './value/index.ts'

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
  const codeLoaders = new CodeLoaders(node.kernel, options.fetchModules ?? true)
  node.callFun = (fun, args) => codeLoaders.call(fun, args)
  node.peers.subscribe({ up: () => {}, down: (peer) => codeLoaders.forget(peer) })
}

/** Returns a function that calls funs of other nodes in the current process. It fetches no modules. */
export function funCaller(kernel: Kernel): (fun: Fun, args: readonly Term[]) => Promise<Term> {
  const codeLoaders = new CodeLoaders(kernel, false)
  return (fun, args) => codeLoaders.call(fun, args)
}

/** Functions and modules that funs can call, for each node that sends funs. */
class CodeLoaders {
  readonly #kernel: Kernel
  readonly #fetchModules: boolean
  readonly #codeLoaders = new Map<Atom, NodeCodeLoader>()
  readonly #shared = new SharedModules()

  constructor(kernel: Kernel, fetchModules: boolean) {
    this.#kernel = kernel
    this.#fetchModules = fetchModules
  }

  call(fun: Fun, args: readonly Term[]): Promise<Term> {
    const process = requireProcess('a fun of another node')
    return evaluate(this.#codeLoaderOf(originOf(fun)), process, fun, args.map(fromTerm))
  }

  /** Forgets the modules of a node: they are fetched again after the next connection. */
  forget(node: Atom): void {
    this.#codeLoaders.delete(node)
  }

  #codeLoaderOf(node: Atom): NodeCodeLoader {
    const known = this.#codeLoaders.get(node)
    if (known) return known
    const fetches = this.#fetchModules && node !== nonode && node !== this.#kernel.name
    const fetcher = fetches ? new ModuleFetcher(this.#kernel, node, this.#shared) : undefined
    const codeLoader = new NodeCodeLoader(this.#kernel, { fetcher })
    this.#codeLoaders.set(node, codeLoader)
    return codeLoader
  }
}

/** Returns the node on which a fun was made: the node of the pid in it. */
function originOf(fun: Fun): Atom {
  try {
    const { creator } = readFunParts(fun)
    return creator instanceof Pid ? creator.node : nonode
  } catch {
    return nonode
  }
}
