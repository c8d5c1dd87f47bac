import { type Atom, atom, nameToAtom, Pid, type Term, tuple } from '../term/index.ts'
import type { Kernel } from './kernel.ts'
import { isThenable } from './maybe.ts'
import { snakeCase } from './modules.ts'

/** Keeps names for processes: `Registry`, or any object with these functions. */
export interface ViaModule {
  /** What it is called in messages and in sentences: `Registry`. */
  readonly module: string
  whereisName(...name: never[]): Pid | undefined
  /** The last argument is the pid. False, at once or later, when the name is taken. */
  registerName(...nameAndPid: never[]): boolean | PromiseLike<boolean>
}

/**
 * The name of a process in a registry: `{ via: [Registry, 'Users', 7] }`. In place of the object, the module's name does,
 * for one whose functions `whereis_name` and `register_name` are defined on this node: `{ via: [':global', 'leader'] }`.
 *
 * @see `{:via, module, term}`
 */
export interface ViaName {
  readonly via: readonly [module: ViaModule | string | Atom, ...name: readonly Term[]]
}

type Ask = { whereisName: () => Pid | undefined; registerName: (pid: Pid) => boolean | PromiseLike<boolean> }

/** What a registry has to say of a name. @throws TypeError when there is no such registry */
export function viaFunction<F extends keyof Ask>(
  { via: [module, ...name] }: ViaName,
  word: F,
  kernel: Kernel,
): Ask[F] {
  if (typeof module === 'object' && 'whereisName' in module)
    return ((...pid: readonly never[]) => module[word](...(name as never[]), ...pid)) as Ask[F]
  const exported = kernel.modules.find(
    nameToAtom(module),
    atom(snakeCase(word)) as Atom,
    name.length + (word === 'registerName' ? 1 : 0),
  )
  if (!exported)
    throw new TypeError(
      `${kernel.inspect(nameToAtom(module))} keeps no names: expected { via: [Registry, …] }, or a module of this node ` +
        'that defines whereisName and registerName.',
    )
  const ask = exported.fn as (...args: readonly Term[]) => unknown
  const answer = (...pid: readonly Term[]): unknown => ask(...name, ...pid)
  return (
    word === 'registerName'
      ? (pid: Pid) => {
          const given = answer(pid)
          return isThenable(given) ? given.then(isYes) : isYes(given)
        }
      : () => {
          const found = answer()
          return found instanceof Pid ? found : undefined
        }
  ) as Ask[F]
}

// OTP's `yes` and `no`, or true and false.
const isYes = (given: unknown): boolean => given !== false && given !== NO
const NO = atom('no')

/** `{:via, module, name}`, as it stands in a sentence. */
export function viaTerm({ via: [module, ...name] }: ViaName): Term {
  const named = typeof module === 'object' && 'module' in module ? module.module : module
  const [first, ...rest] = name
  const key =
    rest.length === 0 ? first : tuple(typeof first === 'string' ? nameToAtom(first) : first, ...rest)
  return tuple(atom('via'), nameToAtom(named), key)
}
