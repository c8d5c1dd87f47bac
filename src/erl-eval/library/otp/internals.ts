import {
  type Atom,
  atom,
  ExportFun,
  Float,
  Fun,
  Pid,
  Port,
  Reference,
  TupleClass,
  tuple,
} from '../../../term/index.ts'
import {
  Bits,
  badarg,
  Closure,
  Cons,
  compareExactly,
  ErlMap,
  entriesOf,
  type Functions,
  isAtom,
  isInteger,
  iterate,
  listOf,
  NIL,
  nextEntry,
  same,
} from '../../value/index.ts'
import { listText } from '../erlang/index.ts'

const ITERATOR = atom('iterator')
const NONE = atom('none')
const SMALL_BITS = 59n

/** Returns the next entry of an iterator `[Path | Map]`, or all entries that are left as a list, as `maps` asks for them. */
function mapNext(path: unknown, map: unknown, accumulator: unknown): unknown {
  if (!(map instanceof ErlMap)) return badarg()
  if (accumulator === ITERATOR) return nextEntry(path === 0 ? listOf(map.keys()) : path, map) ?? NONE
  const entries = entriesOf(iterate(path, map)) ?? badarg()
  return listOf(
    entries.map((entry) => tuple(...entry)),
    accumulator,
  )
}

/** Functions of the virtual machine that modules of OTP call. */
export const ertsInternal: Functions = {
  map_next: mapNext,
  cmp_term: compareExactly,
  get_creation: () => 0,
  beamfile_chunk: (_beam: unknown, _chunk: unknown) => atom('undefined'),
  // Elixir and OTP call it for the type of a term in an error message.
  term_type: termType,
}

function termType(value: unknown): Atom {
  if (isAtom(value)) return atom('atom') as Atom
  if (isInteger(value)) {
    const big = BigInt.asIntN(Number(SMALL_BITS) + 1, BigInt(value)) !== BigInt(value)
    return atom(big ? 'bignum' : 'fixnum') as Atom
  }
  const types: readonly [string, (value: unknown) => boolean][] = [
    ['nil', (one) => one === NIL],
    ['list', (one) => one instanceof Cons],
    ['tuple', (one) => one instanceof TupleClass],
    ['hfloat', (one) => one instanceof Float],
    ['heap_binary', (one) => one instanceof Bits],
    ['map', (one) => one instanceof ErlMap],
    ['pid', (one) => one instanceof Pid],
    ['port', (one) => one instanceof Port],
    ['reference', (one) => one instanceof Reference],
    ['fun', (one) => one instanceof Closure || one instanceof Fun || one instanceof ExportFun],
  ]
  return atom(types.find(([, test]) => test(value))?.[0] ?? 'undefined') as Atom
}

export const ertsDebug: Functions = {
  same: (a: unknown, b: unknown) => a === b || same(a, b),
}

/** Reads the number at the start of a list of characters: `{Number, Rest}`. */
function numberAt(list: unknown, pattern: RegExp, missing: string, read: (text: string) => unknown): unknown {
  const text = listText(list)
  const found = pattern.exec(text)
  if (!found) return tuple(atom('error'), atom(missing))
  return tuple(read(found[0]), listOf(Array.from(text.slice(found[0].length), (one) => one.codePointAt(0)!)))
}

/** The native functions of `string`. */
export const string: Functions = {
  list_to_integer: (list: unknown) =>
    numberAt(list, /^[+-]?\d+/, 'no_integer', (text) => {
      const value = BigInt(text.replace(/^\+/, ''))
      return Number.isSafeInteger(Number(value)) ? Number(value) : value
    }),
  list_to_float: (list: unknown) =>
    numberAt(
      list,
      /^[+-]?\d+[.,]\d+(?:e[+-]?\d+)?/i,
      'no_float',
      (text) => new Float(Number(text.replace(',', '.'))),
    ),
}

/** The native functions of `file`, `net_kernel` and `error_logger` that pure code asks. */
export const file: Functions = { native_name_encoding: () => atom('utf8') }
export const netKernel: Functions = { dflag_unicode_io: (_pid: unknown) => true }
export const errorLogger: Functions = { warning_map: () => atom('warning') }
