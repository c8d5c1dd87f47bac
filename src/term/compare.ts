import {
  compareBinaries,
  compareFuns,
  compareNumbers,
  comparePids,
  comparePorts,
  compareReferences,
  compareText,
  nameOf,
} from './compare-scalars.ts'
import type { Fun } from './fun.ts'
import {
  ATOM,
  BINARY,
  FUN,
  isObjectMap,
  kindOf,
  LIST,
  MAP,
  mapEntries,
  NIL,
  NOT_A_TERM,
  NUMBER,
  objectEntries,
  PID,
  PORT,
  RECORD,
  REFERENCE,
  TUPLE,
} from './kind.ts'
import { splitTail } from './list.ts'
import type { NativeRecord } from './native-record.ts'
import type { Pid } from './pid.ts'
import type { Port, Reference } from './reference.ts'
import type { TupleClass } from './tuple.ts'

/**
 * Whether two terms are equal. `1` and `1.0` are equal.
 *
 * @throws TypeError when a part of them is not a term
 * @see `==` of Erlang
 */
export function equals(a: unknown, b: unknown): boolean {
  return a === b || order(a, b, false) === 0
}

/**
 * Whether two terms are exactly equal. `1` and `1.0` are not, nor are 0.0 and -0.0.
 *
 * A string and a Uint8Array are identical when they have the same bytes. A plain object, a Map and a {@link TermMap} are
 * identical when they have the same entries.
 *
 * @throws TypeError when a part of them is not a term
 * @see `=:=` of Erlang
 */
export function identical(a: unknown, b: unknown): boolean {
  return a === b || order(a, b, true) === 0
}

/**
 * Returns -1, 0 or 1 as `a` comes before, with or after `b` in Erlang's order of terms: number < atom < reference < fun <
 * port < pid < tuple < map < list < binary. For `Array.prototype.sort`.
 *
 * @throws TypeError when a part of them is not a term
 * @see https://www.erlang.org/doc/system/expressions#term-comparisons
 */
export function compare(a: unknown, b: unknown): -1 | 0 | 1 {
  return a === b ? 0 : sign(order(a, b, false))
}

/** Compares two keys of maps: as terms, but with all integers before all floats. Returns a number for `Array.prototype.sort`. */
export function compareKeys(a: unknown, b: unknown): number {
  return a === b ? 0 : order(a, b, true)
}

const sign = (order: number): -1 | 0 | 1 => (order < 0 ? -1 : order > 0 ? 1 : 0)

/** Two sequences of terms that are still to be compared, pair by pair. */
interface PendingPairs {
  readonly left: readonly unknown[]
  readonly right: readonly unknown[]
  readonly exact: boolean
  /** The result when all pairs are equal, such as that of two lists of different lengths. */
  readonly otherwise: number
  next: number
}

// A peer may send a term of any depth. So this is a loop with a stack on the heap and not a recursion.
function order(a: unknown, b: unknown, exact: boolean): number {
  const stack: PendingPairs[] = []
  let result = comparePair(a, b, exact, stack)
  while (result === 0) {
    const rows = stack.at(-1)
    if (!rows) return 0
    if (rows.next < rows.left.length) {
      const index = rows.next++
      result = comparePair(rows.left[index], rows.right[index], rows.exact, stack)
    } else {
      stack.pop()
      result = rows.otherwise
    }
  }
  return result
}

function comparePair(a: unknown, b: unknown, exact: boolean, stack: PendingPairs[]): number {
  if (a === b) return 0
  const kind = kindOf(a)
  const other = kindOf(b)
  if (kind === NOT_A_TERM || other === NOT_A_TERM) throw notATerm(kind === NOT_A_TERM ? a : b)
  if (kind !== other) return kind - other
  switch (kind) {
    case NUMBER:
      return compareNumbers(a as number, b as number, exact)
    case ATOM:
      return compareText(nameOf(a), nameOf(b))
    case BINARY:
      return compareBinaries(a as string, b as string)
    case PID:
      return comparePids(a as Pid, b as Pid)
    case REFERENCE:
      return compareReferences(a as Reference, b as Reference)
    case PORT:
      return comparePorts(a as Port, b as Port)
    case FUN:
      return compareFuns(a as Fun, b as Fun)
    case TUPLE: {
      const left = (a as TupleClass).elements
      const right = (b as TupleClass).elements
      return left.length - right.length || pushPairs(stack, left, right, exact)
    }
    case LIST:
      return pushLists(a as readonly unknown[], b as readonly unknown[], exact, stack)
    case MAP:
      return pushMaps(a as object, b as object, exact, stack)
    case RECORD:
      return pushRecords(a as NativeRecord, b as NativeRecord, exact, stack)
    default:
      return 0
  }
}

function pushPairs(
  stack: PendingPairs[],
  left: readonly unknown[],
  right: readonly unknown[],
  exact: boolean,
  otherwise = 0,
): 0 {
  stack.push({ left, right, exact, otherwise, next: 0 })
  return 0
}

function pushLists(a: unknown, b: unknown, exact: boolean, stack: PendingPairs[]): 0 {
  const left = splitTail(a as readonly unknown[])
  const right = splitTail(b as readonly unknown[])
  const common = Math.min(left.items.length, right.items.length)
  // After the common items, the tail of the shorter list is compared with the rest of the other list.
  const rest = (list: typeof left): unknown => (list.items.length > common ? LIST : kindOf(list.tail))
  const otherwise = (rest(left) as number) - (rest(right) as number)
  const tails = otherwise === 0 && rest(left) !== LIST && rest(left) !== NIL
  pushPairs(
    stack,
    tails ? [...left.items, left.tail] : cut(left.items, common),
    tails ? [...right.items, right.tail] : cut(right.items, common),
    exact,
    otherwise,
  )
  return 0
}

const cut = (items: readonly unknown[], length: number): readonly unknown[] =>
  items.length === length ? items : items.slice(0, length)

// Compares the sizes, then the keys in the order of keys (integers before floats), then the values in the order of the keys.
function pushMaps(a: object, b: object, exact: boolean, stack: PendingPairs[]): number {
  // The names of atoms are in the order of the atoms. So atoms are made only when one map has keys that are not atoms.
  const named = isObjectMap(a) && isObjectMap(b)
  const left = named ? objectEntries(a) : mapEntries(a)
  const right = named ? objectEntries(b) : mapEntries(b)
  if (left.length !== right.length) return left.length - right.length
  for (const entries of [left, right]) sortByKey(entries)
  pushPairs(stack, left.map(entryValue), right.map(entryValue), exact)
  return pushPairs(stack, left.map(entryKey), right.map(entryKey), true)
}

const entryKey = (entry: readonly unknown[]): unknown => entry[0]
const entryValue = (entry: readonly unknown[]): unknown => entry[1]

// Sorting keys is the only place where a comparison calls itself: maps that are keys of maps, and so on.
const MAX_KEY_DEPTH = 200
let keyDepth = 0

function sortByKey(entries: [unknown, unknown][]): void {
  if (keyDepth >= MAX_KEY_DEPTH)
    throw new RangeError(`maps may be keys of maps at most ${MAX_KEY_DEPTH} levels deep, this term is deeper`)
  keyDepth++
  try {
    entries.sort(([a], [b]) => order(a, b, true))
  } finally {
    keyDepth--
  }
}

function pushRecords(a: NativeRecord, b: NativeRecord, exact: boolean, stack: PendingPairs[]): number {
  const names = compareText(a.module.name, b.module.name) || compareText(a.name.name, b.name.name)
  if (names || a.fields.length !== b.fields.length) return names || a.fields.length - b.fields.length
  pushPairs(stack, a.fields.map(entryValue), b.fields.map(entryValue), exact)
  return pushPairs(stack, a.fields.map(entryKey), b.fields.map(entryKey), true)
}

function notATerm(value: unknown): TypeError {
  const what =
    typeof value === 'object'
      ? `an instance of ${value?.constructor?.name ?? 'no class'}`
      : `a ${typeof value}`
  return new TypeError(
    `terms can be compared, got ${typeof value === 'number' ? value : what}: convert it to a string, number, plain object or array`,
  )
}
