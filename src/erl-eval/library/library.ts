import { acceptsArity } from '../../process/index.ts'
import { type Atom, atom } from '../../term/index.ts'
import { type Native, nativeOf } from '../machine/index.ts'
import { type Functions, onValues } from '../value/index.ts'

/** Table of modules of Erlang and Elixir that are written in TypeScript. */
export class Library {
  readonly #modules = new Map<Atom, Functions>()
  readonly #found = new Map<Atom, Map<Atom, (Native | undefined)[]>>()

  /** @param modules by the names of their atoms: `lists`, `Elixir.Enum` */
  constructor(modules: Readonly<Record<string, Functions>>) {
    for (const [name, functions] of Object.entries(modules)) this.#modules.set(atom(name) as Atom, functions)
  }

  /** Returns the function with this name, or undefined when there is none. */
  find(module: Atom, name: Atom, arity: number): Native | undefined {
    const functions = this.#modules.get(module)
    if (!functions) return undefined
    let names = this.#found.get(module)
    if (!names) {
      names = new Map()
      this.#found.set(module, names)
    }
    let byArity = names.get(name)
    if (!byArity) {
      byArity = []
      names.set(name, byArity)
    }
    if (!(arity in byArity)) byArity[arity] = lookUp(functions, name.name, arity)
    return byArity[arity]
  }

  has(module: Atom): boolean {
    return this.#modules.has(module)
  }

  /** Returns the functions of a module by name; undefined when the library does not have the module. */
  functions(module: Atom): Functions | undefined {
    return this.#modules.get(module)
  }
}

function lookUp(functions: Functions, name: string, arity: number): Native | undefined {
  const fn = Object.hasOwn(functions, name) ? functions[name] : undefined
  return fn && acceptsArity(fn, arity) ? nativeOf(onValues(fn)) : undefined
}
