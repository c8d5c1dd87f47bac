import { type Atom, atom, tuple } from '../../term/index.ts'

/** Class of an exception, as in `try … catch Class:Reason`. */
export type RaiseClass = 'error' | 'exit' | 'throw'

/** Function that raised an exception, for the first entry of the stack. */
export interface Origin {
  readonly module: Atom
  readonly name: Atom
  /** The arguments, or their number. */
  readonly args: readonly unknown[] | number
}

/** Origin of an exception of `erlang:error`: the function that called it. */
export const BY_CALLER = 'caller'

/** Exception of Erlang, thrown by code of the machine. It is not an Error, whose stack would cost a microsecond. */
export class Raise {
  readonly kind: RaiseClass
  readonly reason: unknown
  readonly origin: Origin | typeof BY_CALLER | undefined
  /** The stack as a list of values. Computed when it is first read. */
  stack: unknown = undefined

  constructor(kind: RaiseClass, reason: unknown, origin?: Origin | typeof BY_CALLER) {
    this.kind = kind
    this.reason = reason
    this.origin = origin
  }
}

/** Returns an exception with an origin, when it has none. Any other thrown value is returned unchanged. */
export function withOrigin(thrown: unknown, origin: Origin | undefined): unknown {
  if (!origin || !(thrown instanceof Raise) || thrown.origin) return thrown
  return new Raise(thrown.kind, thrown.reason, origin)
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
