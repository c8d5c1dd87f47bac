import type { Kernel } from '../process/index.ts'
import { Atom, atom, badarg, ErlangError, type Term, tuple } from '../term/index.ts'
import { fallbacks, library } from './library/index.ts'

const MODULE_INFO = atom('module_info')
const ELIXIR_INFO = atom('__info__')

/**
 * Returns the result of `Module:module_info/0,1` and `Module.__info__/1` for a module of this node; undefined for every other call
 * and for a module that this node does not have.
 */
export function moduleInfo(
  kernel: Kernel,
  module: Atom,
  name: Atom,
  args: readonly Term[],
): Term | undefined {
  const isErlang = name === MODULE_INFO && args.length <= 1
  if (!isErlang && !(name === ELIXIR_INFO && args.length === 1)) return undefined
  if (!hasModule(kernel, module)) return undefined
  const item = args.length === 0 ? undefined : itemName(args[0])
  const exports = (): Term => functionsOf(kernel, module).map(([name, arity]) => tuple(atom(name), arity))
  if (isErlang) {
    const items: Readonly<Record<string, () => Term>> = {
      module: () => module,
      exports,
      attributes: () => [],
      compile: () => [],
    }
    if (item === undefined) return Object.entries(items).map(([name, value]) => tuple(atom(name), value()))
    if (item === 'functions') return exports()
    if (Object.hasOwn(items, item)) return items[item]!()
  } else {
    if (item === 'module') return module
    if (item === 'functions') return exports()
    if (item === 'macros' || item === 'attributes' || item === 'compile') return []
  }
  throw new ErlangError(badarg)
}

function itemName(item: Term): string {
  return item instanceof Atom ? item.name : ''
}

/** Whether this node has a module: its own, one of a program, or one of the library. */
export function hasModule({ modules }: Kernel, module: Atom): boolean {
  return modules.has(module) || library.has(module) || fallbacks.has(module)
}

/** Returns the names and smallest arities of the functions of a module, in the order of Erlang's terms. */
function functionsOf({ modules }: Kernel, module: Atom): [name: string, arity: number][] {
  const arities = new Map<string, number>()
  for (const [name, fn] of Object.entries({ ...fallbacks.functions(module), ...library.functions(module) }))
    arities.set(name, fn.length)
  for (const { name, fn } of modules.exports(module).values()) arities.set(name.name, fn.length)
  return [...arities].sort(([a], [b]) => (a < b ? -1 : 1))
}
