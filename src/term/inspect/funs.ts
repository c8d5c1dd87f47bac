import { ExportFun, type Fun } from '../fun.ts'
import { quoteAtom, quoteFunction } from './quote.ts'

/** Returns a fun as Elixir shows it: `&Kate.say_name/0`, `#Function<43.3316644/0 in :erl_eval>`. */
export function inspectFun(fun: Fun | ExportFun): string {
  const module = quoteAtom(fun.module.name)
  if (fun instanceof ExportFun) return `&${module}.${quoteFunction(fun.name.name)}/${fun.arity}`
  return `#Function<${fun.index}.${oldUniq(fun)}/${fun.arity} in ${module}>`
}

const NEW_FUN_EXT = 112
// The module follows tag, size, arity, uniq, index and number of free variables: https://www.erlang.org/doc/apps/erts/erl_ext_dist#new_fun_ext
const MODULE_AT = 1 + 4 + 1 + 16 + 4 + 4

/** Returns OldUniq of NEW_FUN_EXT, which the BEAM shows with a fun; 0 for a fun in another format. */
function oldUniq(fun: Fun): number {
  const bytes = fun.external
  if (bytes[0] !== NEW_FUN_EXT) return 0
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  try {
    const afterIndex = skipInteger(view, skipAtom(view, MODULE_AT))
    return readInteger(view, afterIndex)
  } catch {
    return 0
  }
}

const SMALL_INTEGER_EXT = 97
const INTEGER_EXT = 98
const SMALL_BIG_EXT = 110
const ATOM_EXT = 100
const ATOM_UTF8_EXT = 118

function skipAtom(view: DataView, at: number): number {
  const tag = view.getUint8(at)
  return tag === ATOM_EXT || tag === ATOM_UTF8_EXT
    ? at + 3 + view.getUint16(at + 1)
    : at + 2 + view.getUint8(at + 1)
}

function skipInteger(view: DataView, at: number): number {
  const tag = view.getUint8(at)
  return at + (tag === SMALL_INTEGER_EXT ? 2 : tag === INTEGER_EXT ? 5 : 3 + view.getUint8(at + 1))
}

function readInteger(view: DataView, at: number): number {
  switch (view.getUint8(at)) {
    case SMALL_INTEGER_EXT:
      return view.getUint8(at + 1)
    case INTEGER_EXT:
      return view.getInt32(at + 1)
    case SMALL_BIG_EXT:
      return view.getUint32(at + 3, true)
    default:
      return 0
  }
}
