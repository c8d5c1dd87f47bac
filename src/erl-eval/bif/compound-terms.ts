import { TupleClass } from '../../term/index.ts'
import {
  Bits,
  badarg,
  Cons,
  ErlMap,
  type Functions,
  failWith,
  isInteger,
  ListBuilder,
  lengthOf,
  NIL,
  same,
} from '../value/index.ts'

const elementsOf = (value: unknown): readonly unknown[] =>
  value instanceof TupleClass ? (value.elements as readonly unknown[]) : badarg()
const indexIn = (index: unknown, length: number): number =>
  typeof index === 'number' && index >= 1 && index <= length ? index - 1 : badarg()
const bitsOf = (value: unknown): Bits => (value instanceof Bits ? value : badarg())
const mapOf = (value: unknown): ErlMap => (value instanceof ErlMap ? value : failWith('badmap', value))

/** Returns `list1 ++ list2`. The left list must be proper. */
export function append(list: unknown, tail: unknown): unknown {
  if (list === NIL) return tail
  const result = new ListBuilder()
  let rest = list
  while (rest instanceof Cons) {
    result.push(rest.head)
    rest = rest.tail
  }
  return rest === NIL ? result.finish(tail) : badarg()
}

/** Returns `list1 -- list2`: the first list without the first occurrence of each item of the second list. */
function without(list: unknown, removed: unknown): unknown {
  if (lengthOf(list) === undefined || lengthOf(removed) === undefined) return badarg()
  const left: unknown[] = []
  for (let rest = removed; rest instanceof Cons; rest = rest.tail) left.push(rest.head)
  const result = new ListBuilder()
  for (let rest = list; rest instanceof Cons; rest = rest.tail) {
    const { head } = rest
    const at = left.findIndex((other) => same(other, head))
    if (at < 0) result.push(head)
    else left.splice(at, 1)
  }
  return result.finish()
}

/** Functions that read or construct lists, tuples, maps and binaries. */
export const parts: Functions = {
  hd: (list: unknown) => (list instanceof Cons ? list.head : badarg()),
  tl: (list: unknown) => (list instanceof Cons ? list.tail : badarg()),
  length: (list: unknown) => lengthOf(list) ?? badarg(),
  '++': append,
  '--': without,
  element: (index: unknown, tuple: unknown) => {
    const elements = elementsOf(tuple)
    return elements[indexIn(index, elements.length)]
  },
  setelement: (index: unknown, tuple: unknown, value: unknown) => {
    const elements = elementsOf(tuple)
    return new TupleClass(elements.with(indexIn(index, elements.length), value))
  },
  tuple_size: (tuple: unknown) => elementsOf(tuple).length,
  size: (value: unknown) => (value instanceof Bits ? value.size >> 3 : elementsOf(value).length),
  bit_size: (value: unknown) => bitsOf(value).size,
  byte_size: (value: unknown) => (bitsOf(value).size + 7) >> 3,
  binary_part: (value: unknown, start: unknown, length: unknown = undefined) => {
    const [from, count] = length === undefined ? elementsOf(start) : [start, length]
    return partOf(value, from, count)
  },
  map_size: (map: unknown) => mapOf(map).size,
  map_get: (key: unknown, map: unknown) => {
    const value = mapOf(map).get(key)
    return value === undefined ? failWith('badkey', key) : value
  },
  is_map_key: (key: unknown, map: unknown) => mapOf(map).has(key),
}

/** Returns a part of a binary. With a negative length it is the part that ends at the start position. */
export function partOf(value: unknown, start: unknown, length: unknown): Bits {
  const binary = bitsOf(value)
  if (!binary.isBinary || !isInteger(start) || !isInteger(length)) return badarg()
  const from = Math.min(Number(start), Number(start) + Number(length))
  const count = Math.abs(Number(length))
  return from < 0 || (from + count) * 8 > binary.size ? badarg() : binary.part(from * 8, count * 8)
}
