import {
  Atom,
  atom,
  type Floats,
  inspect,
  nameToAtom,
  plainNumbers,
  type Term,
  tuple,
  undef,
} from '../../term/index.ts'
import { acceptsArity } from './arity.ts'

/** An exported function of a module: other nodes may call it by its name. */
export interface Exported {
  readonly module: Atom
  /** Name in snake case, as other nodes call it: `say_name`. */
  readonly name: Atom
  readonly fn: (...args: never[]) => unknown
  /** Who has defined the function, for errors: `the application chat`. */
  readonly definedBy: string
  /** `'number'`: floats in arguments are passed as numbers. */
  readonly floats?: Floats | undefined
}

/** Who defines the functions that every node has. */
export const THIS_NODE = 'this node'
/** Who defines functions when nobody is named. */
const PROGRAM = 'the program'

/** Functions of a module by the keys of their exports. */
export type Exports = Readonly<Record<string, unknown>>

/**
 * Registry of the modules of a node and their exported functions.
 *
 * Other nodes can only call what is in this registry. A call never imports anything.
 */
export class Modules {
  readonly #modules = new Map<Atom, Map<string, Exported>>()
  readonly #exported = new Map<unknown, Exported>()
  /** Returns a function of a library that programs may not define again. Set by the node that has the library. */
  reserved: ((module: Atom, name: string) => Exported['fn'] | undefined) | undefined

  /**
   * Makes the functions of `exports` callable under the module name `name`, beside the functions that the module has.
   *
   * @param name `'Chat'` is the Elixir module `Chat`; `':lists'` the Erlang module `lists`
   * @param definedBy who defines the functions, for errors. A later definition by the same named owner replaces them; without a name it is
   *   an error
   * @param floats `'number'`: the functions get numbers in place of `Float`
   * @returns the module's atom
   * @throws TypeError when two exports have the same name in snake case, or the module has another function of that name
   */
  define(name: string | Atom, exports: Exports, definedBy: string = PROGRAM, floats?: Floats): Atom {
    const module = nameToAtom(name)
    const added = read(module, exports, definedBy, floats)
    const functions = this.#modules.get(module) ?? new Map<string, Exported>()
    this.#check(module, added, functions, definedBy)
    this.#modules.set(module, functions)
    for (const [key, exported] of added) this.#add(functions, key, exported)
    return module
  }

  /** Like {@link define}, in place of everything in the module that programs have defined: for code that is loaded again. */
  redefine(name: string | Atom, exports: Exports, definedBy: string, floats?: Floats): Atom {
    const module = nameToAtom(name)
    const functions = this.#modules.get(module)
    const kept = new Map([...(functions ?? [])].filter(([, each]) => each.definedBy === THIS_NODE))
    // An error leaves the module as it was.
    this.#check(module, read(module, exports, definedBy, floats), kept, definedBy)
    for (const [key, exported] of functions ?? [])
      if (exported.definedBy !== THIS_NODE) {
        functions!.delete(key)
        this.#exported.delete(exported.fn)
      }
    return this.define(name, exports, definedBy, floats)
  }

  /** @throws TypeError when one of the functions is defined already */
  #check(
    module: Atom,
    added: ReadonlyMap<string, Exported>,
    functions: ReadonlyMap<string, Exported>,
    definedBy: string,
  ): void {
    for (const [key, { fn }] of added) {
      const known = functions.get(key) ?? this.#reserved(module, key, definedBy)
      if (known && known.fn !== fn && (known.definedBy !== definedBy || definedBy === PROGRAM))
        throw definedTwice(key, known, { module, name: known.name, fn, definedBy })
    }
  }

  #reserved(module: Atom, key: string, definedBy: string): Exported | undefined {
    const fn = definedBy === THIS_NODE ? undefined : this.reserved?.(module, key)
    return fn && { module, name: Atom.intern(key), fn, definedBy: THIS_NODE }
  }

  #add(functions: Map<string, Exported>, key: string, exported: Exported): void {
    const replaced = functions.get(exported.name.name)
    if (replaced && replaced !== exported) {
      for (const [key, each] of functions) if (each === replaced) functions.delete(key)
      this.#exported.delete(replaced.fn)
    }
    this.#exported.set(exported.fn, exported)
    functions.set(key, exported)
  }

  /** Returns the function that takes `arity` arguments, or undefined when there is none (`undef`). */
  find(module: Atom, name: Atom, arity: number): Exported | undefined {
    const exported = this.#modules.get(module)?.get(name.name)
    return exported && acceptsArity(exported.fn, arity) ? exported : undefined
  }

  has(module: Atom): boolean {
    return this.#modules.has(module)
  }

  /** Returns the functions of a module by name. A name that is not snake case has an entry too. */
  exports(module: Atom): ReadonlyMap<string, Exported> {
    return this.#modules.get(module) ?? new Map()
  }

  /** Returns the names of the defined modules. */
  names(): Atom[] {
    return [...this.#modules.keys()]
  }

  /** Returns the module and name of an exported function, for a reference to it on another node. */
  exportedAs(fn: unknown): Exported | undefined {
    return this.#exported.get(fn) ?? references.get(fn as object)
  }
}

/** Returns the functions of a module by their names in snake case, and by the keys of their exports. */
function read(module: Atom, exports: Exports, definedBy: string, floats?: Floats): Map<string, Exported> {
  const functions = new Map<string, Exported>()
  for (const [key, fn] of Object.entries(exports)) {
    if (typeof fn !== 'function') continue
    const wireName = snakeCase(key)
    const twin = functions.get(wireName)
    if (twin)
      throw new TypeError(
        `the module ${module.name} exports two functions as ${wireName}: ${key} and ${twin.fn.name}. Rename one of them.`,
      )
    const name = atom(wireName) as Atom
    functions.set(wireName, { module, name, fn: fn as Exported['fn'], definedBy, floats })
  }
  for (const [key, fn] of Object.entries(exports))
    if (typeof fn === 'function' && !functions.has(key)) functions.set(key, functions.get(snakeCase(key))!)
  return functions
}

function definedTwice(name: string, first: Exported, second: Exported): TypeError {
  const definition = ({ fn, definedBy }: Exported): string => `by ${definedBy} (the function ${fn.name})`
  return new TypeError(
    `${inspect(first.module)}.${name} is defined twice: ${definition(first)}, and ${definition(second)}. Definitions of a module add ` +
      'up, so each of its functions has one definition. Rename one of the two.',
  )
}

/** Calls an exported function with terms. */
export function callExported({ fn, floats }: Exported, args: readonly Term[]): unknown {
  const given = floats === 'number' ? plainNumbers(args) : args
  return (fn as (...args: readonly unknown[]) => unknown)(...given)
}

const references = new WeakMap<object, Exported>()

/** Makes `fn` a reference to an exported function of other nodes. @see remote */
export function nameReference(fn: object, exported: Exported): void {
  references.set(fn, exported)
}

/** Makes the functions of `exports` references to the functions of the module `name` on other nodes. */
export function nameReferences(name: string | Atom, exports: Exports): void {
  for (const exported of read(nameToAtom(name), exports, PROGRAM).values())
    nameReference(exported.fn, exported)
}

/** Thrown by a call of a function that is not exported. The exit reason is `{:undef, [{module, function, args, []}]}`. */
export class UndefinedFunction extends Error {
  readonly code = 'MOEBI_UNDEF'
  readonly reason: Term

  constructor(module: Atom, name: Atom, args: readonly Term[]) {
    super(`function ${inspect(module)}.${name.name}/${args.length} is undefined`)
    this.name = 'UndefinedFunction'
    this.reason = tuple(undef, [tuple(module, name, args, [])])
  }
}

/** Returns the name of an export in snake case: `sayName` is `say_name`, `parseJSONText` is `parse_json_text`. */
export function snakeCase(key: string): string {
  return key
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
}
