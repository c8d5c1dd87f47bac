import { Atom, atom, tuple } from '../../../term/index.ts'
import { type Pure, pureFunctions } from '../../bif/index.ts'
import {
  ErlMap,
  type Functions,
  floatOf,
  integer,
  isInteger,
  systemLimit,
  toDouble,
} from '../../value/index.ts'
import { erlang } from '../erlang/index.ts'
import { Inspect } from './inspect.ts'
import { toStringValue } from './text.ts'

/** Powers have at most so many bits. */
const MAX_BITS = 2n ** 24n

function power(base: unknown, exponent: unknown): unknown {
  if (!isInteger(base) || !isInteger(exponent) || exponent < 0)
    return floatOf(toDouble(base) ** toDouble(exponent))
  if (BigInt(base.toString(2).length) * BigInt(exponent) > MAX_BITS) return systemLimit()
  return integer(BigInt(base) ** BigInt(exponent))
}

/** The module `Kernel`: the functions that it shares with `erlang`, and its own functions. */
export const Kernel: Functions = {
  ...(pureFunctions as Readonly<Record<string, Pure>>),
  ...Inspect,
  '**': power,
  '!=': (a: unknown, b: unknown) => !pure('==', a, b),
  '===': (a: unknown, b: unknown) => pure('=:=', a, b),
  '!==': (a: unknown, b: unknown) => !pure('=:=', a, b),
  '<=': (a: unknown, b: unknown) => pure('=<', a, b),
  elem: (value: unknown, index: unknown) => pure('element', pure('+', index, 1), value),
  put_elem: (value: unknown, index: unknown, element: unknown) =>
    pure('setelement', pure('+', index, 1), value, element),
  to_string: toStringValue as never,
  'function_exported?': (module: unknown, name: unknown, arity: unknown) =>
    bif('function_exported', module, name, arity),
  make_ref: () => bif('make_ref'),
  send: (to: unknown, message: unknown) => bif('send', to, message),
  spawn: (...args: unknown[]) => bif('spawn', ...args),
  spawn_link: (...args: unknown[]) => bif('spawn_link', ...args),
  spawn_monitor: (...args: unknown[]) => bif('spawn_monitor', ...args),
  apply: (...args: unknown[]) => bif('apply', ...args),
  exit: (reason: unknown) => bif('exit', reason),
  throw: (value: unknown) => bif('throw', value),
}

const pure = (name: string, ...args: unknown[]): unknown =>
  (pureFunctions as Readonly<Record<string, Pure>>)[name]!(...args)
const bif = (name: string, ...args: unknown[]): unknown =>
  (erlang as unknown as Readonly<Record<string, Pure>>)[name]!(...args)

/** The module `elixir_erl_pass`. Compiled Elixir code calls it for `value.name`, when `value` is a map or a module. */
export const elixirErlPass: Functions = {
  no_parens_remote: (target: unknown, name: unknown) => {
    if (target instanceof Atom) return tuple(atom('ok'), null)
    const message = target instanceof ErlMap ? undefined : tuple(atom('badmap'), target)
    return tuple(atom('error'), message ?? tuple(atom('badkey'), name, target))
  },
}
