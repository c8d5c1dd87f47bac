import {
  type Atom,
  atom,
  errorToReason,
  errorToReportReason,
  inspect,
  nameToAtom,
  type Term,
  tuple,
  undef,
} from '../term/index.ts'
import { takes } from './arity.ts'

/** A function that other nodes may call: exported by name from a module. */
export interface Exported {
  readonly module: Atom
  /** Its name on the wire, `say_name`. */
  readonly name: Atom
  readonly fn: (...args: never[]) => unknown
}

/** The functions of a module, by the key under which they are exported. */
export type Exports = Readonly<Record<string, unknown>>

/**
 * The modules of a node: which exported function a module and a name stand for.
 *
 * What is not in here cannot be called from outside; nothing is ever imported for a caller.
 */
export class Modules {
  readonly #modules = new Map<Atom, Map<string, Exported>>()
  readonly #exported = new Map<unknown, Exported>()

  /**
   * Makes the functions of `exports` callable as `name`. A module that is there already is replaced.
   *
   * @param name `'Chat'` is the Elixir module `Chat`; `':lists'` the Erlang module `lists`
   * @returns the module's atom
   * @throws TypeError when two exports have one wire name
   */
  define(name: string | Atom, exports: Exports): Atom {
    const module = nameToAtom(name)
    const functions = read(module, exports)
    const before = this.#modules.get(module)
    if (before) for (const exported of before.values()) this.#exported.delete(exported.fn)
    this.#modules.set(module, functions)
    for (const [key, exported] of [...functions]) {
      this.#exported.set(exported.fn, exported)
      const written = Object.keys(exports).find((name) => exports[name] === exported.fn) ?? key
      if (!functions.has(written)) functions.set(written, exported)
    }
    return module
  }

  /** The function that is called with `arity` arguments, or undefined where there is none (`undef`). */
  find(module: Atom, name: Atom, arity: number): Exported | undefined {
    const exported = this.#modules.get(module)?.get(name.name)
    return exported && takes(exported.fn, arity) ? exported : undefined
  }

  has(module: Atom): boolean {
    return this.#modules.has(module)
  }

  /** The functions of a module as (wire name, function) pairs. */
  exports(module: Atom): ReadonlyMap<string, Exported> {
    return this.#modules.get(module) ?? new Map()
  }

  /** All modules that were defined. */
  names(): Atom[] {
    return [...this.#modules.keys()]
  }

  /** What an exported function is called, for a reference to it that goes to another node. */
  exportedAs(fn: unknown): Exported | undefined {
    return this.#exported.get(fn) ?? references.get(fn as object)
  }
}

/** The functions of a module by their names on the wire. */
function read(module: Atom, exports: Exports): Map<string, Exported> {
  const functions = new Map<string, Exported>()
  for (const [key, fn] of Object.entries(exports)) {
    if (typeof fn !== 'function') continue
    const wireName = snakeCase(key)
    const twin = functions.get(wireName)
    if (twin)
      throw new TypeError(
        `the module ${module.name} exports two functions as ${wireName}: ${key} and ${twin.fn.name}. Rename one of them.`,
      )
    functions.set(wireName, { module, name: atom(wireName) as Atom, fn: fn as Exported['fn'] })
  }
  return functions
}

const references = new WeakMap<object, Exported>()

/** Makes a function stand for one that other nodes export, on every node. @see remote */
export function nameReference(fn: object, exported: Exported): void {
  references.set(fn, exported)
}

/** Makes the functions of a module that is there to run on another node stand for those of that node. */
export function nameReferences(name: string | Atom, exports: Exports): void {
  for (const exported of read(nameToAtom(name), exports).values()) nameReference(exported.fn, exported)
}

/** A call of a function that is not exported: the process ends with `{:undef, [{module, function, args, []}]}`. */
export class UndefinedFunction extends Error {
  readonly code = 'MOEBI_UNDEF'
  readonly reason: Term

  constructor(module: Atom, name: Atom, args: readonly Term[]) {
    super(`function ${inspect(module)}.${name.name}/${args.length} is undefined`)
    this.name = 'UndefinedFunction'
    this.reason = tuple(undef, [tuple(module, name, args, [])])
  }
}

/** The exit reason of a process whose code threw this. */
export function exitReason(thrown: unknown): Term {
  return thrown instanceof UndefinedFunction ? thrown.reason : errorToReason(thrown)
}

/** The same for a report: an exit that was thrown has its stack too, where it has one. */
export function reportReason(thrown: unknown): Term {
  return thrown instanceof UndefinedFunction ? thrown.reason : errorToReportReason(thrown)
}

/** The name on the wire of an export: `sayName` is `say_name`, `parseJSONText` is `parse_json_text`. */
export function snakeCase(key: string): string {
  return key
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
}
