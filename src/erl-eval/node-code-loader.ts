import type { Exported, Kernel } from '../process/index.ts'
import { type Atom, atom, type Fun, type Term } from '../term/index.ts'
import type { FetchedModule } from './fetched-module.ts'
import { fallbackModules, Library, modules } from './library/index.ts'
import { type Callable, type CodeLoader, type Native, nativeOf } from './machine/index.ts'
import type { ModuleFetcher } from './module-fetcher.ts'
import { compileFun } from './sent-fun.ts'
import { type Closure, fromTerm, toTerm } from './value/index.ts'

const library = new Library(modules)
const fallbacks = new Library(fallbackModules)
const MODULE_INFO = atom('module_info')

/**
 * Finds the functions that funs of one node call: those of this node, then those of the library, then those of the sending node.
 */
export class NodeCodeLoader implements CodeLoader {
  readonly #kernel: Kernel
  readonly #fetcher: ModuleFetcher | undefined
  readonly #builtIn: ReadonlySet<unknown>
  readonly #closures = new WeakMap<Fun, Closure>()
  readonly #wrapped = new WeakMap<Exported, Native>()

  /**
   * @param builtIn functions that the node itself has defined. Functions of the library have priority over them
   * @param fetcher modules of the sending node; undefined when no modules are fetched
   */
  constructor(kernel: Kernel, builtIn: ReadonlySet<unknown>, fetcher: ModuleFetcher | undefined) {
    this.#kernel = kernel
    this.#builtIn = builtIn
    this.#fetcher = fetcher
  }

  resolve(module: Atom, name: Atom, arity: number): Callable | undefined | Promise<Callable | undefined> {
    const exported = this.#kernel.modules.find(module, name, arity)
    if (exported && !this.#builtIn.has(exported.fn)) return this.#wrap(exported)
    const native = library.find(module, name, arity)
    if (native || this.#isOwn(module)) return native
    const otherwise = (): Callable | undefined =>
      fallbacks.find(module, name, arity) ?? (exported && this.#wrap(exported))
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

  closureOf(fun: Fun): Closure | undefined {
    const known = this.#closures.get(fun)
    if (known) return known
    const closure = compileFun(fun)
    if (closure) this.#closures.set(fun, closure)
    return closure
  }

  // A module of the program is used alone: a function that it lacks is not searched in another module of the same name.
  #isOwn(module: Atom): boolean {
    return this.#kernel.modules.has(module) && !library.has(module) && !fallbacks.has(module)
  }

  // A function of a program takes and returns terms, not values.
  #wrap(exported: Exported): Native {
    const known = this.#wrapped.get(exported)
    if (known) return known
    const fn = exported.fn as (...args: readonly Term[]) => unknown
    const native = nativeOf((...args: unknown[]) => {
      const result = fn(...args.map(toTerm))
      return isThenable(result)
        ? Promise.resolve(result).then((value) => fromTerm(value as Term))
        : fromTerm(result as Term)
    })
    this.#wrapped.set(exported, native)
    return native
  }
}

/** Returns the functions that a node has defined itself, before the program, in modules that the library has too. */
export function builtInFunctions(kernel: Kernel): ReadonlySet<unknown> {
  return new Set(
    kernel.modules
      .names()
      .filter((module) => library.has(module) || fallbacks.has(module))
      .flatMap((module) => [...kernel.modules.exports(module).values()].map(({ fn }) => fn)),
  )
}

function fetchedFunction(module: FetchedModule | undefined, name: Atom, arity: number): Callable | undefined {
  if (!module) return undefined
  if (name === MODULE_INFO && arity === 1) return nativeOf((item: unknown) => moduleInfo(module, item))
  const code = module.exported(name === null ? 'nil' : String(name), arity)
  return code && { code }
}

function moduleInfo(module: FetchedModule, item: unknown): unknown {
  if (item === atom('module')) return module.module
  return item === atom('exports') || item === atom('functions') ? module.exports : fromTerm([])
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null && typeof value === 'object' && typeof (value as PromiseLike<unknown>).then === 'function'
  )
}
