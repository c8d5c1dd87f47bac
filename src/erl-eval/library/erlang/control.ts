import { Atom, atom, ExportFun, Pid, Port, Reference } from '../../../term/index.ts'
import { currentMachine, tailCall } from '../../machine/index.ts'
import {
  BY_CALLER,
  badarg,
  type Functions,
  items,
  lengthOf,
  NIL,
  Raise,
  type RaiseClass,
  toTerm,
} from '../../value/index.ts'

function raised(kind: RaiseClass, reason: unknown): never {
  throw new Raise(kind, reason, BY_CALLER)
}

const isClass = (name: string): name is RaiseClass => name === 'error' || name === 'exit' || name === 'throw'

/** Returns the function with this name as a value. */
export function namedFunction(module: unknown, name: unknown, arity: number): ExportFun {
  return module instanceof Atom && name instanceof Atom ? new ExportFun(module, name, arity) : badarg()
}

function exitSignal(to: unknown, reason: unknown, options: unknown): true {
  const { process } = currentMachine()
  if (to instanceof Port) return true
  if (!(to instanceof Pid || to instanceof Reference)) return badarg()
  const priority = items(options).includes(atom('priority'))
  process.kernel.signal({ type: 'exit2', from: process.pid, to, reason: toTerm(reason), priority })
  return true
}

/** Functions of `erlang` that call functions or raise exceptions. */
export const control: Functions = {
  apply: (first: unknown, second: unknown, third: unknown = undefined) => {
    if (third === undefined) return tailCall(first, ...items(second))
    return tailCall(namedFunction(first, second, lengthOf(third) ?? badarg()), ...items(third))
  },
  error: (reason: unknown, _args: unknown = undefined, _options: unknown = undefined) =>
    raised('error', reason),
  nif_error: (reason: unknown, _args: unknown = undefined) => raised('error', reason),
  exit: (first: unknown, reason: unknown = undefined, options: unknown = NIL) =>
    reason === undefined ? raised('exit', first) : exitSignal(first, reason, options),
  throw: (value: unknown) => raised('throw', value),
  raise: (kind: unknown, reason: unknown, stack: unknown) => {
    if (!(kind instanceof Atom) || !isClass(kind.name)) return badarg()
    const raise = new Raise(kind.name, reason, BY_CALLER)
    raise.stack = stack
    throw raise
  },
}
