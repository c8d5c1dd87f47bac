import { encode } from '../../../etf/index.ts'
import { format } from '../../../io/index.ts'
import { type Atom, atom, ExportFun, Fun, tuple } from '../../../term/index.ts'
import { currentMachine } from '../../machine/index.ts'
import {
  badarg,
  bitsOfBytes,
  Closure,
  type Functions,
  isAtom,
  items,
  listOf,
  NIL,
  readFunParts,
  toTerm,
} from '../../value/index.ts'

let lastUnique = 0
/** Arity of `erl_eval:expr/6`, the function that makes a fun of a prompt. */
const EVALUATED_ARITY = 6

function funInfo(fun: unknown): Readonly<Record<string, unknown>> {
  if (fun instanceof ExportFun)
    return { module: fun.module, name: fun.name, arity: fun.arity, env: NIL, type: atom('external') }
  if (!(fun instanceof Closure || fun instanceof Fun)) return badarg()
  const source = fun instanceof Closure ? fun.code.source?.origin : fun
  const { module, name } = fun instanceof Closure ? fun.code : { module: fun.module, name: atom('expr') }
  const parts = source && readFunParts(source)
  const index = source ? source.index + source.arity - fun.arity : 0
  return {
    pid: parts?.creator ?? atom('undefined'),
    module,
    new_index: index,
    new_uniq: bitsOfBytes(source?.uniq ?? new Uint8Array(16)),
    index,
    uniq: parts?.uniq ?? 0,
    name: atom(`-${name.name}/${EVALUATED_ARITY}-fun-${index}-`),
    arity: fun.arity,
    env: NIL,
    type: atom('local'),
  }
}

function functionExported(module: unknown, name: unknown, arity: unknown): unknown {
  const found = currentMachine().codeLoader.resolve(module as Atom, name as Atom, arity as number)
  return found !== undefined && 'then' in found
    ? found.then((callable) => callable !== undefined)
    : found !== undefined
}

/** Functions of `erlang` about code and funs, and unique integers. */
export const system: Functions = {
  unique_integer: (options: unknown = NIL) => {
    const known = ['positive', 'monotonic'].map((name) => atom(name) as unknown)
    return items(options).every((option) => known.includes(option)) ? ++lastUnique : badarg()
  },
  function_exported: functionExported,
  is_builtin: (module: unknown, name: unknown, arity: unknown) =>
    module === atom('erlang') && functionExported(module, name, arity) === true,
  make_fun: (module: unknown, name: unknown, arity: unknown) =>
    isAtom(module) && isAtom(name) && typeof arity === 'number' && arity >= 0 && arity < 256
      ? new ExportFun(module as Atom, name as Atom, arity)
      : badarg(),
  fun_info: (fun: unknown, item: unknown = undefined) => {
    const info = funInfo(fun)
    if (item === undefined)
      return listOf(Object.entries(info).map(([name, value]) => tuple(atom(name), value)))
    const name = String(item)
    return Object.hasOwn(info, name) ? tuple(item, info[name]) : badarg()
  },
  // OTP 26 and later; Elixir's Task asks it for the function of a task.
  fun_info_mfa: (fun: unknown) => {
    const { module, name, arity } = funInfo(fun)
    return tuple(module, name, arity)
  },
  external_size: (value: unknown, _options: unknown = undefined) => encode(toTerm(value)).length,
  display: (value: unknown) => {
    process.stdout.write(
      `${format('~w', [toTerm(value)], { self: currentMachine().process.kernel.name }) ?? ''}\n`,
    )
    return true
  },
}
