import { type Kernel, requireProcess } from '../process/index.ts'
import { type Atom, type Fun, nonode, Pid, type Term } from '../term/index.ts'
import { evaluate } from './machine/index.ts'
import { ModuleFetcher, SharedModules } from './module-fetcher.ts'
import { NodeCodeLoader } from './node-code-loader.ts'
import { fromTerm, readFunParts } from './value/index.ts'

/** Functions and modules that funs can call, for each node that sends funs. */
export class CodeLoaders {
  readonly #kernel: Kernel
  readonly #fetchModules: boolean
  readonly #codeLoaders = new Map<Atom, NodeCodeLoader>()
  readonly #shared = new SharedModules()

  constructor(kernel: Kernel, fetchModules: boolean) {
    this.#kernel = kernel
    this.#fetchModules = fetchModules
  }

  /** Calls a fun in the current process. */
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
