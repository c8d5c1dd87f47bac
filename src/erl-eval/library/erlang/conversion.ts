import { decode, encode } from '../../../etf/index.ts'
import { Atom, atom, Float, type Term, TupleClass, tuple } from '../../../term/index.ts'
import {
  Bits,
  BitsBuilder,
  badarg,
  bitsOfBytes,
  bitsOfText,
  type Functions,
  fromTerm,
  integer,
  isAtom,
  isInteger,
  isList,
  items,
  listOf,
  textOf,
  toTerm,
} from '../../value/index.ts'
import { floatText } from './float-format.ts'
import { collectBytes } from './iolist.ts'

const nameOf = (value: unknown): string =>
  isAtom(value) ? (value === null ? 'nil' : String(value)) : badarg()

/** Returns the text of a list of characters. Raises `badarg` for any other value. */
export function listText(list: unknown): string {
  const codes = items(list)
  let text = ''
  for (const code of codes)
    text += typeof code === 'number' && code >= 0 && code <= 0x10ffff ? String.fromCodePoint(code) : badarg()
  return text
}

export const charlistOf = (text: string): unknown =>
  listOf(Array.from(text, (character) => character.codePointAt(0)!))

const WORDS: readonly unknown[] = ['true', 'false', 'nil']

function toExistingAtom(text: string): unknown {
  return WORDS.includes(text) ? atom(text) : (Atom.existing(text) ?? badarg())
}

function toAtom(text: string): unknown {
  if ([...text].length > 255) return badarg()
  return atom(text)
}

function parseInteger(text: string, base: unknown): unknown {
  if (typeof base !== 'number' || base < 2 || base > 36 || !/^[+-]?[0-9a-z]+$/i.test(text)) return badarg()
  const negative = text.startsWith('-')
  const digits = text.replace(/^[+-]/, '').toLowerCase()
  const big = BigInt(base)
  let value = 0n
  for (const digit of digits) {
    const one = Number.parseInt(digit, 36)
    if (one >= base) return badarg()
    value = value * big + BigInt(one)
  }
  return integer(negative ? -value : value)
}

function parseFloatText(text: string): Float {
  if (!/^[+-]?\d+\.\d+(e[+-]?\d+)?$/i.test(text)) return badarg()
  const value = Number(text)
  return Number.isFinite(value) ? new Float(value) : badarg()
}

const integerText = (value: unknown, base: unknown = 10): string =>
  isInteger(value) && typeof base === 'number' && base >= 2 && base <= 36
    ? value.toString(base).toUpperCase()
    : badarg()

/** Functions of `erlang` that convert a value of one type to another. */
export const conversion: Functions = {
  atom_to_binary: (value: unknown, _encoding: unknown = undefined) => bitsOfText(nameOf(value)),
  atom_to_list: (value: unknown) => charlistOf(nameOf(value)),
  binary_to_atom: (value: unknown, _encoding: unknown = undefined) => toAtom(textOf(value)),
  binary_to_existing_atom: (value: unknown, _encoding: unknown = undefined) => toExistingAtom(textOf(value)),
  list_to_atom: (list: unknown) => toAtom(listText(list)),
  list_to_existing_atom: (list: unknown) => toExistingAtom(listText(list)),
  binary_to_integer: (value: unknown, base: unknown = 10) => parseInteger(textOf(value), base),
  list_to_integer: (list: unknown, base: unknown = 10) => parseInteger(listText(list), base),
  integer_to_binary: (value: unknown, base: unknown = 10) => bitsOfText(integerText(value, base)),
  integer_to_list: (value: unknown, base: unknown = 10) => charlistOf(integerText(value, base)),
  binary_to_float: (value: unknown) => parseFloatText(textOf(value)),
  list_to_float: (list: unknown) => parseFloatText(listText(list)),
  float_to_binary: (value: unknown, options: unknown = undefined) => bitsOfText(floatText(value, options)),
  float_to_list: (value: unknown, options: unknown = undefined) => charlistOf(floatText(value, options)),
  binary_to_list: (value: unknown, first: unknown = undefined, last: unknown = undefined) => {
    if (!(value instanceof Bits) || !value.isBinary) return badarg()
    const bytes = value.toBytes()
    if (first === undefined) return listOf(bytes)
    return typeof first === 'number' &&
      typeof last === 'number' &&
      first >= 1 &&
      last >= first - 1 &&
      last <= bytes.length
      ? listOf(bytes.subarray(first - 1, last))
      : badarg()
  },
  bitstring_to_list: (value: unknown) => {
    if (!(value instanceof Bits)) return badarg()
    const whole = value.size >> 3
    const rest = value.size & 7
    const bytes: unknown[] = [...value.part(0, whole * 8).toBytes()]
    if (rest > 0) bytes.push(value.part(whole * 8, rest))
    return listOf(bytes)
  },
  list_to_binary: (list: unknown) => (isList(list) ? iolist(list) : badarg()),
  iolist_to_binary: (list: unknown) => iolist(list),
  list_to_bitstring: (list: unknown) => iolist(list),
  iolist_size: (list: unknown) => iolist(list).size >> 3,
  iolist_to_iovec: (list: unknown) => listOf([iolist(list)]),
  split_binary: (value: unknown, at: unknown) => {
    if (!(value instanceof Bits) || typeof at !== 'number' || at < 0 || at * 8 > value.size) return badarg()
    return tuple(value.part(0, at * 8), value.part(at * 8, value.size - at * 8))
  },
  list_to_tuple: (list: unknown) => new TupleClass(items(list)),
  tuple_to_list: (value: unknown) =>
    value instanceof TupleClass ? listOf(value.elements as readonly unknown[]) : badarg(),
  make_tuple: (size: unknown, value: unknown) =>
    typeof size === 'number' && size >= 0 && size < 2 ** 24
      ? new TupleClass(new Array(size).fill(value))
      : badarg(),
  append_element: (value: unknown, element: unknown) =>
    value instanceof TupleClass ? new TupleClass([...(value.elements as unknown[]), element]) : badarg(),
  delete_element: (index: unknown, value: unknown) => {
    if (!(value instanceof TupleClass) || typeof index !== 'number' || index < 1 || index > value.length)
      return badarg()
    return new TupleClass((value.elements as readonly unknown[]).toSpliced(index - 1, 1))
  },
  insert_element: (index: unknown, value: unknown, element: unknown) => {
    if (!(value instanceof TupleClass) || typeof index !== 'number' || index < 1 || index > value.length + 1)
      return badarg()
    return new TupleClass((value.elements as readonly unknown[]).toSpliced(index - 1, 0, element))
  },
  term_to_binary: (value: unknown, _options: unknown = undefined) => bitsOfBytes(encode(toTerm(value))),
  term_to_iovec: (value: unknown) => listOf([bitsOfBytes(encode(toTerm(value)))]),
  binary_to_term: (value: unknown, _options: unknown = undefined) => {
    if (!(value instanceof Bits)) return badarg()
    try {
      return fromTerm(decode(value.toBytes(), { binaries: 'bytes' }) as Term)
    } catch {
      return badarg()
    }
  },
}

/** Returns the bytes of an iolist. */
export function iolist(list: unknown): Bits {
  if (list instanceof Bits) return list
  const builder = new BitsBuilder()
  return collectBytes(list, builder) ? builder.finish() : badarg()
}
