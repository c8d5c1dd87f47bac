import { Atom, atom, TupleClass, tuple } from '../../../term/index.ts'
import { partOf } from '../../bif/index.ts'
import {
  Bits,
  BitsBuilder,
  badarg,
  bitsOfBytes,
  bitsOfText,
  Cons,
  type Functions,
  integer,
  isInteger,
  items,
  listOf,
  NIL,
} from '../../value/index.ts'
import { iolist } from '../erlang/index.ts'

interface Found {
  readonly at: number
  readonly length: number
}

const COMPILED = atom('bm')
const NOMATCH = atom('nomatch')

const bytesOf = (value: unknown): Buffer => {
  if (!(value instanceof Bits) || !value.isBinary) return badarg()
  const bytes = value.toBytes()
  return Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length)
}

function patternsOf(pattern: unknown): Buffer[] {
  const given =
    pattern instanceof TupleClass && pattern.elements[0] === COMPILED ? pattern.elements[1] : pattern
  const patterns = given instanceof Cons ? items(given).map(bytesOf) : [bytesOf(given)]
  return patterns.some(({ length }) => length === 0) ? badarg() : patterns
}

// Of several matches at one position the longest one counts.
function findFrom(
  subject: Buffer,
  patterns: readonly Buffer[],
  from: number,
  end: number,
): Found | undefined {
  let best: Found | undefined
  for (const pattern of patterns) {
    const at = subject.indexOf(pattern, from)
    if (at < 0 || at + pattern.length > end) continue
    if (!best || at < best.at || (at === best.at && pattern.length > best.length))
      best = { at, length: pattern.length }
  }
  return best
}

function scopeOf(options: unknown, length: number): [number, number] {
  for (const option of items(options))
    if (option instanceof TupleClass && option.elements[0] === atom('scope')) {
      const [from, count] = (option.elements[1] as TupleClass).elements as [number, number]
      const [start, end] = [Math.min(from, from + count), Math.max(from, from + count)]
      return start < 0 || end > length ? badarg() : [start, end]
    }
  return [0, length]
}

function allMatches(subject: unknown, pattern: unknown, options: unknown): Found[] {
  const bytes = bytesOf(subject)
  const patterns = patternsOf(pattern)
  const [start, end] = scopeOf(options, bytes.length)
  const found: Found[] = []
  for (
    let next = findFrom(bytes, patterns, start, end);
    next;
    next = findFrom(bytes, patterns, next.at + next.length, end)
  )
    found.push(next)
  return found
}

function split(subject: unknown, pattern: unknown, options: unknown = NIL): unknown {
  const has = (name: string): boolean => items(options).includes(atom(name))
  let found = allMatches(subject, pattern, options)
  if (!has('global')) found = found.slice(0, 1)
  const whole = subject as Bits
  const parts: Bits[] = []
  let from = 0
  for (const { at, length } of found) {
    parts.push(whole.part(from * 8, (at - from) * 8))
    from = at + length
  }
  parts.push(whole.part(from * 8, whole.size - from * 8))
  if (has('trim_all')) return listOf(parts.filter(({ size }) => size > 0))
  if (has('trim')) while (parts.length > 0 && parts.at(-1)!.size === 0) parts.pop()
  return listOf(parts)
}

function unsigned(value: unknown): Bits {
  if (!isInteger(value) || value < 0) return badarg()
  const hex = value.toString(16)
  return bitsOfBytes(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'))
}

const isLittle = (endianness: unknown): boolean => endianness instanceof Atom && endianness.name === 'little'
const reversed = (bits: Bits): Bits => bitsOfBytes(bits.toBytes().toReversed())

function common(list: unknown, suffix: boolean): number {
  const all = items(list).map(bytesOf)
  const [first, ...others] = all
  if (!first) return badarg()
  let length = 0
  const at = (bytes: Buffer, i: number): number | undefined =>
    suffix ? bytes[bytes.length - 1 - i] : bytes[i]
  while (length < first.length && others.every((other) => at(other, length) === at(first, length))) length++
  return length
}

/** The module `binary`. @see https://www.erlang.org/doc/apps/stdlib/binary */
export const binary: Functions = {
  at: (subject: unknown, index: unknown) => bytesOf(subject)[index as number] ?? badarg(),
  first: (subject: unknown) => bytesOf(subject)[0] ?? badarg(),
  last: (subject: unknown) => bytesOf(subject).at(-1) ?? badarg(),
  part: (subject: unknown, first: unknown, length: unknown = undefined) => {
    if (length !== undefined) return partOf(subject, first, length)
    return first instanceof TupleClass ? partOf(subject, first.elements[0], first.elements[1]) : badarg()
  },
  copy: (subject: unknown, count: unknown = 1) => {
    const bytes = bytesOf(subject)
    if (typeof count !== 'number' || count < 0) return badarg()
    const builder = new BitsBuilder()
    builder.reserve(bytes.length * count * 8)
    for (let i = 0; i < count; i++) builder.add(subject as Bits)
    return builder.finish()
  },
  split,
  match: (subject: unknown, pattern: unknown, options: unknown = NIL) => {
    const bytes = bytesOf(subject)
    const [start, end] = scopeOf(options, bytes.length)
    const found = findFrom(bytes, patternsOf(pattern), start, end)
    return found ? tuple(found.at, found.length) : NOMATCH
  },
  matches: (subject: unknown, pattern: unknown, options: unknown = NIL) =>
    listOf(allMatches(subject, pattern, options).map(({ at, length }) => tuple(at, length))),
  compile_pattern: (pattern: unknown) => {
    patternsOf(pattern)
    return tuple(COMPILED, pattern)
  },
  bin_to_list: (subject: unknown, start: unknown = 0, length: unknown = undefined) => {
    if (length !== undefined) return listOf(partOf(subject, start, length).toBytes())
    if (start instanceof TupleClass)
      return listOf(partOf(subject, start.elements[0], start.elements[1]).toBytes())
    const bytes = bytesOf(subject)
    return typeof start === 'number' && start >= 0 && start <= bytes.length
      ? listOf(bytes.subarray(start))
      : badarg()
  },
  list_to_bin: (list: unknown) => iolist(list),
  encode_unsigned: (value: unknown, endianness: unknown = undefined) =>
    isLittle(endianness) ? reversed(unsigned(value)) : unsigned(value),
  decode_unsigned: (subject: unknown, endianness: unknown = undefined) => {
    const bytes = bytesOf(isLittle(endianness) ? reversed(subject as Bits) : subject)
    return bytes.length === 0 ? 0 : integer(BigInt(`0x${bytes.toString('hex')}`))
  },
  encode_hex: (subject: unknown, casing: unknown = undefined) => {
    const hex = bytesOf(subject).toString('hex')
    return bitsOfText(casing === atom('lowercase') ? hex : hex.toUpperCase())
  },
  decode_hex: (subject: unknown) => {
    const hex = bytesOf(subject).toString('latin1')
    return /^([0-9a-f]{2})*$/i.test(hex) ? bitsOfBytes(Buffer.from(hex, 'hex')) : badarg()
  },
  longest_common_prefix: (list: unknown) => common(list, false),
  longest_common_suffix: (list: unknown) => common(list, true),
  referenced_byte_size: (subject: unknown) => bytesOf(subject).buffer.byteLength,
}
