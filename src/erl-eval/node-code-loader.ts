import { callExported, type Exported, type Kernel, THIS_NODE } from '../process/index.ts'
import { type Atom, atom, type Fun, type Term } from '../term/index.ts'
import type { FetchedModule } from './fetched-module.ts'
import { fallbacks, library } from './library/index.ts'
import { type Callable, type CodeLoader, type Native, nativeOf } from './machine/index.ts'
import type { ModuleFetcher } from './module-fetcher.ts'
import { compileFun } from './sent-fun.ts'
import { type Closure, callOnTerms, fromTerm } from './value/index.ts'

const MODULE_INFO = atom('module_info')

/** Options of {@link NodeCodeLoader}. */
export interface NodeCodeLoaderOptions {
  /** Fetches modules of the sending node. Default: no modules are fetched. */
  readonly fetcher?: ModuleFetcher | undefined
  /** Calls a fun that the code gets as a value. Default: the fun is compiled and runs with the code that calls it. */
  readonly callFun?: (fun: Fun, args: readonly Term[]) => unknown
}

/**
 * Finds the functions that funs of one node call: those of programs of this node, then those of the library and of the node itself,
 * then those of the sending node.
 */
export class NodeCodeLoader implements CodeLoader {
  readonly #kernel: Kernel
  readonly #fetcher: ModuleFetcher | undefined
  readonly #callFun: NodeCodeLoaderOptions['callFun']
  readonly #closures = new WeakMap<Fun, Closure>()
  readonly #wrapped = new WeakMap<Exported, Native>()

  constructor(kernel: Kernel, { fetcher, callFun }: NodeCodeLoaderOptions = {}) {
    this.#kernel = kernel
    this.#fetcher = fetcher
    this.#callFun = callFun
  }

  resolve(module: Atom, name: Atom, arity: number): Callable | undefined | Promise<Callable | undefined> {
    const exported = this.#kernel.modules.find(module, name, arity)
    if (exported && exported.definedBy !== THIS_NODE) return this.#wrap(exported)
    const native = library.find(module, name, arity)
    if (native) return native
    if (exported) return this.#wrap(exported)
    if (this.#isOwn(module)) return undefined
    const otherwise = (): Callable | undefined => fallbacks.find(module, name, arity)
    const fetched = this.#fetcher?.module(module)
    if (fetched instanceof Promise)
      return fetched.then((found) => fetchedFunction(found, name, arity) ?? otherwise())
    return fetchedFunction(fetched, name, arity) ?? otherwise()
  }

  hasModule(module: Atom): boolean | Promise<boolean> {
    if (this.#kernel.modules.has(module) || library.has(module) || fallbacks.has(module)) return true
    const fetched = this.#fetcher?.module(module)
    return fetched instanceof Promise ? fetched.then((found) => found !== undefined) : fetched !== undefined
  }

  closureOf(fun: Fun): Closure | Native | undefined {
    const callFun = this.#callFun
    if (callFun) return nativeOf((...args: unknown[]) => callOnTerms((...terms) => callFun(fun, terms), args))
    const known = this.#closures.get(fun)
    if (known) return known
    const closure = compileFun(fun)
    if (closure) this.#closures.set(fun, closure)
    return closure
  }

  // A module of the program is used alone: a function that it lacks is not searched in another module of the same name.
  #isOwn(module: Atom): boolean {
    if (library.has(module) || fallbacks.has(module)) return false
    return [...this.#kernel.modules.exports(module).values()].some(({ definedBy }) => definedBy !== THIS_NODE)
  }

  // A function of a program takes and returns terms, not values.
  #wrap(exported: Exported): Native {
    const known = this.#wrapped.get(exported)
    if (known) return known
    const native = nativeOf((...args: unknown[]) =>
      callOnTerms((...terms) => callExported(exported, terms), args),
    )
    this.#wrapped.set(exported, native)
    return native
  }
}

function fetchedFunction(module: FetchedModule | undefined, name: Atom, arity: number): Callable | undefined {
  if (!module) return undefined
  if (name === MODULE_INFO && arity === 1) return nativeOf((item: unknown) => fetchedModuleInfo(module, item))
  const code = module.exported(name === null ? 'nil' : String(name), arity)
  return code && { code }
}

function fetchedModuleInfo(module: FetchedModule, item: unknown): unknown {
  if (item === atom('module')) return module.module
  return item === atom('exports') || item === atom('functions') ? module.exports : fromTerm([])
}
