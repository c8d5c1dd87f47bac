import {
  Atom,
  compare as compareTerms,
  ExportFun,
  Float,
  type Fun,
  NativeRecord,
  Pid,
  Port,
  Reference,
  TupleClass,
} from '../../term/index.ts'
import { Bits } from './bits.ts'
import { Closure } from './closure.ts'
import { Cons, NIL } from './list.ts'
import { MapValue } from './map-value.ts'

/** Returns whether two values are equal: `1` and `1.0` are equal. @see `==` of Erlang */
export function equal(a: unknown, b: unknown): boolean {
  return a === b || order(a, b, false) === 0
}

/** Returns whether two values are exactly equal: `1` and `1.0` are not. @see `=:=` of Erlang */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true
  // Fast path: two different numbers or atoms are never exactly equal.
  if (typeof a !== 'object' || typeof b !== 'object' || a instanceof Atom || b instanceof Atom)
    return typeof a === 'bigint' && a === b
  return order(a, b, true) === 0
}

/** Compares two values in Erlang's order of terms: a negative number, 0 or a positive number. */
export function compareValues(a: unknown, b: unknown): number {
  return a === b ? 0 : order(a, b, false)
}

/** Compares two keys of a map: as values, but with every integer before every float. */
export function compareExactly(a: unknown, b: unknown): number {
  return a === b ? 0 : order(a, b, true)
}

const [NUMBER, ATOM, REFERENCE, FUN, PORT, PID, TUPLE, RECORD, MAP, EMPTY_LIST, LIST, BITS] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
]

function rankOf(value: unknown): number {
  switch (typeof value) {
    case 'number':
    case 'bigint':
      return NUMBER!
    case 'object':
      break
    default:
      return ATOM!
  }
  if (value === null || value instanceof Atom) return ATOM!
  if (value instanceof Cons) return LIST!
  if (value instanceof TupleClass) return TUPLE!
  if (value instanceof Bits) return BITS!
  if (value === NIL) return EMPTY_LIST!
  if (value instanceof MapValue) return MAP!
  if (value instanceof Float) return NUMBER!
  if (value instanceof Pid) return PID!
  if (value instanceof Reference) return REFERENCE!
  if (value instanceof Port) return PORT!
  if (value instanceof NativeRecord) return RECORD!
  return FUN!
}

function order(a: unknown, b: unknown, exact: boolean): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const rank = rankOf(a)
  const other = rankOf(b)
  if (rank !== other) return rank - other
  switch (rank) {
    case NUMBER:
      return orderNumbers(a as number, b as number, exact)
    case TUPLE: {
      const left = (a as TupleClass).elements
      const right = (b as TupleClass).elements
      return left.length - right.length || orderEach(left, right, exact)
    }
    case LIST:
      return orderLists(a as Cons, b as Cons, exact)
    case MAP:
      return orderMaps(a as MapValue, b as MapValue, exact)
    case BITS:
      return orderBits(a as Bits, b as Bits)
    case EMPTY_LIST:
      return 0
    case FUN:
      return orderFuns(a, b, exact)
    default:
      return compareTerms(a, b)
  }
}

function orderNumbers(a: number | bigint | Float, b: number | bigint | Float, exact: boolean): number {
  const [left, right] = [a instanceof Float ? a.value : a, b instanceof Float ? b.value : b]
  if (exact) {
    const floats = Number(a instanceof Float) - Number(b instanceof Float)
    if (floats !== 0) return floats
    if (left === 0 && right === 0 && a instanceof Float)
      return Number(Object.is(right, -0)) - Number(Object.is(left, -0))
  }
  return left < right ? -1 : left > right ? 1 : 0
}

function orderEach(left: readonly unknown[], right: readonly unknown[], exact: boolean): number {
  for (let i = 0; i < left.length; i++) {
    if (left[i] === right[i]) continue
    const result = order(left[i], right[i], exact)
    if (result !== 0) return result
  }
  return 0
}

function orderLists(a: Cons, b: Cons, exact: boolean): number {
  let left: unknown = a
  let right: unknown = b
  while (left instanceof Cons && right instanceof Cons) {
    if (left.head !== right.head) {
      const result = order(left.head, right.head, exact)
      if (result !== 0) return result
    }
    left = left.tail
    right = right.tail
    if (left === right) return 0
  }
  return order(left, right, exact)
}

function orderMaps(a: MapValue, b: MapValue, exact: boolean): number {
  if (a.size !== b.size) return a.size - b.size
  return orderEach(a.keys(), b.keys(), true) || orderEach(a.values(), b.values(), exact)
}

function orderBits(a: Bits, b: Bits): number {
  const common = Math.min(a.size, b.size)
  const whole = common >> 3
  for (let i = 0; i < whole; i++) {
    const difference = a.byteAt(i) - b.byteAt(i)
    if (difference !== 0) return difference
  }
  const rest = common & 7
  if (rest > 0) {
    const [left, right] = [a, b].map((bits) => bits.part(whole * 8, rest).toBytes()[0]!)
    if (left !== right) return left! - right!
  }
  return a.size - b.size
}

function orderFuns(a: unknown, b: unknown, exact: boolean): number {
  if (a instanceof Closure && b instanceof Closure) {
    if (a.code === b.code) return orderEach(a.captured, b.captured, exact)
    // Two funs of prompts are equal when their clauses are equal, lines included.
    const [left, right] = [a.code.source, b.code.source]
    if (!left || !right || a.arity !== b.arity) return a.code.id - b.code.id
    return compareTerms(left.clauses, right.clauses) || orderEach(a.captured, b.captured, exact)
  }
  if (a instanceof Closure || b instanceof Closure) {
    // The order of funs: closures of this machine, then received funs, then exported functions.
    const named = Number(a instanceof ExportFun) - Number(b instanceof ExportFun)
    return named || (a instanceof Closure ? -1 : 1)
  }
  return compareTerms(a as Fun, b as Fun)
}
