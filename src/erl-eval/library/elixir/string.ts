import { atom, Float, tuple } from '../../../term/index.ts'
import {
  add,
  Bits,
  badarg,
  bitsOfText,
  type Functions,
  integer,
  isInteger,
  isNumber,
  itemsOf,
  listOf,
  NIL,
  quotient,
  remainder,
  same,
  textOf,
} from '../../value/index.ts'
import { charlistOf } from '../erlang/index.ts'

const ERROR = atom('error')
let segmenter: Intl.Segmenter | undefined

function graphemes(text: string): string[] {
  // Made at the first use: it reads tables for 20 ms.
  segmenter ??= new Intl.Segmenter('und')
  return Array.from(segmenter.segment(text), ({ segment }) => segment)
}

const onText =
  (fn: (text: string) => string) =>
  (value: unknown): Bits =>
    bitsOfText(fn(textOf(value)))

const patterns = (pattern: unknown): string[] =>
  pattern instanceof Bits ? [textOf(pattern)] : (itemsOf(pattern) ?? badarg()).map(textOf)

function pad(value: unknown, count: unknown, padding: unknown, leading: boolean): Bits {
  const text = textOf(value)
  const missing = (count as number) - graphemes(text).length
  if (missing <= 0) return value as Bits
  const filler = textOf(padding)
  const filled = Array.from(
    { length: missing },
    (_, i) => graphemes(filler)[i % graphemes(filler).length],
  ).join('')
  return bitsOfText(leading ? filled + text : text + filled)
}

function capitalize(text: string): string {
  const [first = '', ...rest] = graphemes(text)
  return first.toUpperCase() + rest.join('').toLowerCase()
}

function split(value: unknown, pattern: unknown = undefined, options: unknown = NIL): unknown {
  const text = textOf(value)
  if (pattern === undefined)
    return listOf(
      text
        .split(/[\s\u0085]+/u)
        .filter((part) => part !== '')
        .map(bitsOfText),
    )
  const given = itemsOf(options) ?? []
  const has = (name: string, wanted: unknown): boolean =>
    given.some((option) => same(option, tuple(atom(name), wanted)))
  const wanted = patterns(pattern)
  const regexp = new RegExp(wanted.map((one) => one.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'u')
  const parts = wanted[0] === '' ? ['', ...graphemes(text), ''] : text.split(regexp)
  return listOf((has('trim', true) ? parts.filter((part) => part !== '') : parts).map(bitsOfText))
}

function slice(value: unknown, start: unknown, length: unknown): Bits {
  const all = graphemes(textOf(value))
  const from = (start as number) < 0 ? Math.max(0, all.length + (start as number)) : (start as number)
  return bitsOfText(all.slice(from, from + (length as number)).join(''))
}

/** The module `String`. Used when the module of the sending node cannot be fetched. */
export const StringModule: Functions = {
  length: (value: unknown) => graphemes(textOf(value)).length,
  upcase: onText((text) => text.toUpperCase()),
  downcase: onText((text) => text.toLowerCase()),
  capitalize: onText(capitalize),
  reverse: onText((text) => graphemes(text).reverse().join('')),
  trim: onText((text) => text.trim()),
  trim_leading: onText((text) => text.trimStart()),
  trim_trailing: onText((text) => text.trimEnd()),
  split,
  slice,
  at: (value: unknown, index: unknown) => {
    const found = graphemes(textOf(value)).at(index as number)
    return found === undefined ? null : bitsOfText(found)
  },
  first: (value: unknown) => firstOf(graphemes(textOf(value)).at(0)),
  last: (value: unknown) => firstOf(graphemes(textOf(value)).at(-1)),
  graphemes: (value: unknown) => listOf(graphemes(textOf(value)).map(bitsOfText)),
  codepoints: (value: unknown) => listOf([...textOf(value)].map(bitsOfText)),
  'contains?': (value: unknown, pattern: unknown) =>
    patterns(pattern).some((one) => textOf(value).includes(one)),
  'starts_with?': (value: unknown, pattern: unknown) =>
    patterns(pattern).some((one) => textOf(value).startsWith(one)),
  'ends_with?': (value: unknown, pattern: unknown) =>
    patterns(pattern).some((one) => textOf(value).endsWith(one)),
  'valid?': (value: unknown) => value instanceof Bits && value.toText() !== undefined,
  replace: (value: unknown, pattern: unknown, replacement: unknown) =>
    patterns(pattern).reduce<Bits>(
      (text, one) => bitsOfText(textOf(text).replaceAll(one, () => textOf(replacement))),
      value as Bits,
    ),
  duplicate: (value: unknown, count: unknown) => bitsOfText(textOf(value).repeat(count as number)),
  pad_leading: (value: unknown, count: unknown, padding: unknown = bitsOfText(' ')) =>
    pad(value, count, padding, true),
  pad_trailing: (value: unknown, count: unknown, padding: unknown = bitsOfText(' ')) =>
    pad(value, count, padding, false),
  to_integer: (value: unknown) =>
    /^[+-]?\d+$/.test(textOf(value)) ? integer(BigInt(textOf(value))) : badarg(),
  to_float: (value: unknown) =>
    /^[+-]?\d+\.\d+(e[+-]?\d+)?$/i.test(textOf(value)) ? new Float(Number(textOf(value))) : badarg(),
  to_atom: (value: unknown) => atom(textOf(value)),
  to_existing_atom: (value: unknown) => atom(textOf(value)),
  to_charlist: (value: unknown) => charlistOf(textOf(value)),
}

const firstOf = (text: string | undefined): unknown => (text === undefined ? null : bitsOfText(text))

/** The module `Integer`. Used when the module of the sending node cannot be fetched. */
export const Integer: Functions = {
  to_string: (value: unknown, base: unknown = 10) =>
    isInteger(value) ? bitsOfText(value.toString(base as number).toUpperCase()) : badarg(),
  to_charlist: (value: unknown) => (isInteger(value) ? charlistOf(value.toString()) : badarg()),
  parse: (value: unknown) => {
    const found = /^[+-]?\d+/.exec(textOf(value))
    return found ? tuple(integer(BigInt(found[0])), bitsOfText(textOf(value).slice(found[0].length))) : ERROR
  },
  digits: (value: unknown) =>
    isInteger(value) ? listOf([...value.toString().replace('-', '')].map(Number)) : badarg(),
  mod: (a: unknown, b: unknown) => {
    const rest = remainder(a, b)
    return isNumber(rest) && rest !== 0 && (rest as number) < 0 !== (b as number) < 0 ? add(rest, b) : rest
  },
  floor_div: (a: unknown, b: unknown) => {
    const whole = quotient(a, b)
    const rest = remainder(a, b)
    return rest !== 0 && (rest as number) < 0 !== (b as number) < 0 ? add(whole, -1) : whole
  },
  gcd: (a: unknown, b: unknown) => {
    let [x, y] = [a, b]
    while (y !== 0) [x, y] = [y, remainder(x, y)]
    return isInteger(x) && x < 0 ? -x : x
  },
}
