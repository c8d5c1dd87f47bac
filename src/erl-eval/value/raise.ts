import { type Atom, atom, tuple } from '../../term/index.ts'

/** The class of an exception, as `try … catch Class:Reason` sees it. */
export type RaiseClass = 'error' | 'exit' | 'throw'

/** The function in which an exception was raised, for the first line of its stack. */
export interface Origin {
  readonly module: Atom
  readonly name: Atom
  /** The arguments, or how many there were. */
  readonly args: readonly unknown[] | number
}

/** Says that an exception was raised on purpose, by the function that called `erlang:error`. */
export const BY_CALLER = 'caller'

/** An exception of Erlang on its way through the machine. It is no Error: making the stack of one would cost a microsecond. */
export class Raise {
  readonly kind: RaiseClass
  readonly reason: unknown
  readonly origin: Origin | typeof BY_CALLER | undefined
  /** The stack as a list of values, made when somebody asks for it. */
  stack: unknown = undefined

  constructor(kind: RaiseClass, reason: unknown, origin?: Origin | typeof BY_CALLER) {
    this.kind = kind
    this.reason = reason
    this.origin = origin
  }
}

/** Raises an error with a reason. */
export function fail(reason: unknown, origin?: Origin): never {
  throw new Raise('error', reason, origin)
}

export const BADARG: Atom = atom('badarg')
export const BADARITH: Atom = atom('badarith')
const SYSTEM_LIMIT = atom('system_limit')

/** Raises `badarg`. */
export function badarg(): never {
  throw new Raise('error', BADARG)
}

/** Raises `system_limit`: a value or a computation would be larger than the machine allows. */
export function systemLimit(): never {
  throw new Raise('error', SYSTEM_LIMIT)
}

/** Raises an error whose reason is a pair, such as `{badmatch, Value}`. */
export function failWith(tag: string, ...values: unknown[]): never {
  throw new Raise('error', tuple(atom(tag), ...values))
}
