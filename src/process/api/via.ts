import { type Atom, atom, nameToAtom, Pid, type Term, tuple } from '../../term/index.ts'
import type { Kernel } from '../local-process.ts'
import { isThenable } from '../maybe-promise.ts'
import { snakeCase } from '../modules/index.ts'

/** A registry of process names: `Registry`, or any object with these functions. */
export interface ViaModule {
  /** Name of the registry in terms and in error messages: `Registry`. */
  readonly module: string
  whereisName(...name: never[]): Pid | undefined
  /** Registers a process. The last argument is its pid. Returns false, or a promise of it, when the name is taken. */
  registerName(...nameAndPid: never[]): boolean | PromiseLike<boolean>
}

/**
 * Name of a process in a registry: `{ via: [Registry, 'Users', 7] }`. The registry is an object, or the name of a module of
 * this node that defines the functions `whereis_name` and `register_name`: `{ via: [':global', 'leader'] }`.
 *
 * @see `{:via, module, term}`
 */
export interface ViaName {
  readonly via: readonly [module: ViaModule | string | Atom, ...name: readonly Term[]]
}

type ViaFunctions = {
  whereisName: () => Pid | undefined
  registerName: (pid: Pid) => boolean | PromiseLike<boolean>
}

/** Returns a function of a registry, bound to a name. @throws TypeError when the registry does not exist */
export function viaFunction<F extends keyof ViaFunctions>(
  { via: [module, ...name] }: ViaName,
  functionName: F,
  kernel: Kernel,
): ViaFunctions[F] {
  if (typeof module === 'object' && 'whereisName' in module)
    return ((...pid: readonly never[]) =>
      module[functionName](...(name as never[]), ...pid)) as ViaFunctions[F]
  const exported = kernel.modules.find(
    nameToAtom(module),
    atom(snakeCase(functionName)) as Atom,
    name.length + (functionName === 'registerName' ? 1 : 0),
  )
  if (!exported)
    throw new TypeError(
      `${kernel.inspect(nameToAtom(module))} is not a registry of names: expected { via: [Registry, …] }, or a module of this node ` +
        'that defines whereisName and registerName.',
    )
  const call = exported.fn as (...args: readonly Term[]) => unknown
  const bound = (...pid: readonly Term[]): unknown => call(...name, ...pid)
  return (
    functionName === 'registerName'
      ? (pid: Pid) => {
          const result = bound(pid)
          return isThenable(result) ? result.then(isYes) : isYes(result)
        }
      : () => {
          const found = bound()
          return found instanceof Pid ? found : undefined
        }
  ) as ViaFunctions[F]
}

// OTP's `yes` and `no`, or true and false.
const isYes = (result: unknown): boolean => result !== false && result !== NO
const NO = atom('no')

/** Returns `{:via, module, name}`, for error messages. */
export function viaTerm({ via: [module, ...name] }: ViaName): Term {
  const named = typeof module === 'object' && 'module' in module ? module.module : module
  const [first, ...rest] = name
  const key =
    rest.length === 0 ? first : tuple(typeof first === 'string' ? nameToAtom(first) : first, ...rest)
  return tuple(atom('via'), nameToAtom(named), key)
}
