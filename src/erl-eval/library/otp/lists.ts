import { atom, Float, TupleClass, tuple } from '../../../term/index.ts'
import { append } from '../../bif/index.ts'
import { call, type Steps } from '../../machine/index.ts'
import {
  add,
  badarg,
  Cons,
  compareValues,
  equal,
  type Functions,
  fail,
  failWith,
  isAtom,
  isInteger,
  isList,
  items,
  ListBuilder,
  listOf,
  MAX_ELEMENTS,
  NIL,
  reverse,
  same,
  systemLimit,
} from '../../value/index.ts'
import { erlang } from '../erlang/index.ts'
import { stableSort } from './stable-sort.ts'

const FUNCTION_CLAUSE = atom('function_clause')

/** Yields the items of a proper list. Raises `function_clause` for any other value. */
export function* each(list: unknown): Generator<unknown, void, undefined> {
  let rest = list
  while (rest instanceof Cons) {
    yield rest.head
    rest = rest.tail
  }
  if (rest !== NIL) fail(FUNCTION_CLAUSE)
}

const keyOf = (element: unknown, index: unknown): unknown =>
  element instanceof TupleClass && typeof index === 'number' && index <= element.length
    ? element.elements[index - 1]
    : NO_KEY
const NO_KEY = Symbol('no such element')

function findKey(key: unknown, index: unknown, list: unknown): TupleClass | undefined {
  for (const element of each(list)) {
    const found = keyOf(element, index)
    if (found !== NO_KEY && equal(found, key)) return element as TupleClass
  }
  return undefined
}

function sequence(first: unknown, last: unknown, step: unknown = 1): unknown {
  if (typeof first !== 'number' || typeof last !== 'number' || typeof step !== 'number' || step === 0)
    return fail(FUNCTION_CLAUSE)
  if ((last - first) / step > MAX_ELEMENTS) return systemLimit()
  if ((step > 0 && last < first - step) || (step < 0 && last > first - step)) return fail(FUNCTION_CLAUSE)
  let list: unknown = NIL
  const count = Math.floor((last - first) / step)
  for (let i = count; i >= 0; i--) list = new Cons(first + i * step, list)
  return list
}

/** The module `lists`. @see https://www.erlang.org/doc/apps/stdlib/lists */
export const lists: Functions = {
  reverse: (list: unknown, tail: unknown = NIL) => reverse(list, tail),
  append: (first: unknown, second: unknown = undefined) =>
    second === undefined
      ? items(first).reduceRight((tail, list) => append(list, tail), NIL)
      : append(first, second),
  member: (item: unknown, list: unknown) => {
    for (let rest = list; rest instanceof Cons; rest = rest.tail) if (same(rest.head, item)) return true
    return false
  },
  seq: sequence,
  sum: (list: unknown) => items(list).reduce(add, 0),
  last: (list: unknown) => items(list).at(-1) ?? fail(FUNCTION_CLAUSE),
  nth: (index: unknown, list: unknown) => {
    const found = items(list)
    return typeof index === 'number' && index >= 1 && index <= found.length
      ? found[index - 1]
      : fail(FUNCTION_CLAUSE)
  },
  nthtail: (index: unknown, list: unknown) => {
    let rest = list
    for (let i = 0; i < (index as number); i++)
      rest = rest instanceof Cons ? rest.tail : fail(FUNCTION_CLAUSE)
    return rest
  },
  duplicate: (count: unknown, value: unknown) =>
    typeof count === 'number' && count >= 0 && count <= MAX_ELEMENTS
      ? listOf(new Array(count).fill(value))
      : badarg(),
  max: (list: unknown) => extreme(list, 1),
  min: (list: unknown) => extreme(list, -1),
  delete: (item: unknown, list: unknown) => {
    const found = items(list)
    const at = found.findIndex((other) => same(other, item))
    return at < 0 ? list : listOf(found.toSpliced(at, 1))
  },
  subtract: (list: unknown, removed: unknown) => {
    const left = items(removed)
    return listOf(
      items(list).filter((item) => {
        const at = left.findIndex((other) => same(other, item))
        if (at >= 0) left.splice(at, 1)
        return at < 0
      }),
    )
  },
  flatten: (list: unknown, tail: unknown = NIL) => {
    const flat: unknown[] = []
    const open: unknown[] = [list]
    while (open.length > 0) {
      const next = open.pop()
      if (next instanceof Cons) open.push(next.tail, next.head)
      else if (next !== NIL) flat.push(next)
    }
    return listOf(flat, tail)
  },
  concat: (list: unknown) =>
    items(list).reduceRight<unknown>((tail, part) => append(partOf(part), tail), NIL),
  keyfind: (key: unknown, index: unknown, list: unknown) => findKey(key, index, list) ?? false,
  keymember: (key: unknown, index: unknown, list: unknown) => findKey(key, index, list) !== undefined,
  keysearch: (key: unknown, index: unknown, list: unknown) => {
    const found = findKey(key, index, list)
    return found ? tuple(atom('value'), found) : false
  },
  keydelete: (key: unknown, index: unknown, list: unknown) => {
    const found = findKey(key, index, list)
    return found ? listOf(items(list).toSpliced(items(list).indexOf(found), 1)) : list
  },
  keysort: (index: unknown, list: unknown) =>
    listOf(items(list).sort((a, b) => compareValues(keyOf(a, index), keyOf(b, index)))),
  keystore: (key: unknown, index: unknown, list: unknown, tuple: unknown) => {
    const found = findKey(key, index, list)
    const all = items(list)
    return listOf(found ? all.with(all.indexOf(found), tuple) : [...all, tuple])
  },
  keyreplace: (key: unknown, index: unknown, list: unknown, tuple: unknown) => {
    const found = findKey(key, index, list)
    const all = items(list)
    return found ? listOf(all.with(all.indexOf(found), tuple)) : list
  },
  *sort(first: unknown, second: unknown = undefined): Steps {
    if (second === undefined) return listOf(items(first).sort(compareValues))
    return listOf(yield* stableSort(items(second), first))
  },
  usort: (list: unknown) => {
    const sorted = items(list).sort(compareValues)
    return listOf(sorted.filter((item, i) => i === 0 || compareValues(sorted[i - 1], item) !== 0))
  },
  *map(fn: unknown, list: unknown): Steps {
    const result = new ListBuilder()
    for (const item of each(list)) result.push(yield call(fn, item))
    return result.finish()
  },
  *foreach(fn: unknown, list: unknown): Steps {
    for (const item of each(list)) yield call(fn, item)
    return atom('ok')
  },
  *filter(fn: unknown, list: unknown): Steps {
    const result = new ListBuilder()
    for (const item of each(list)) {
      const wanted = yield call(fn, item)
      if (wanted === true) result.push(item)
      else if (wanted !== false) failWith('bad_filter', wanted)
    }
    return result.finish()
  },
  *filtermap(fn: unknown, list: unknown): Steps {
    const result = new ListBuilder()
    for (const item of each(list)) {
      const wanted = yield call(fn, item)
      if (wanted === true) result.push(item)
      else if (wanted instanceof TupleClass) result.push(wanted.elements[1])
    }
    return result.finish()
  },
  *flatmap(fn: unknown, list: unknown): Steps {
    const all: unknown[] = []
    for (const item of each(list)) all.push(...items(yield call(fn, item)))
    return listOf(all)
  },
  *foldl(fn: unknown, acc: unknown, list: unknown): Steps {
    let result = acc
    for (const item of each(list)) result = yield call(fn, item, result)
    return result
  },
  *foldr(fn: unknown, acc: unknown, list: unknown): Steps {
    let result = acc
    for (const item of each(reverse(list))) result = yield call(fn, item, result)
    return result
  },
  *mapfoldl(fn: unknown, acc: unknown, list: unknown): Steps {
    const mapped = new ListBuilder()
    let result = acc
    for (const item of each(list)) {
      const [one, next] = (yield call(fn, item, result)) as readonly [unknown, unknown]
      mapped.push(one)
      result = next
    }
    return tuple(mapped.finish(), result)
  },
  *any(fn: unknown, list: unknown): Steps {
    for (const item of each(list)) if (decided(yield call(fn, item))) return true
    return false
  },
  *all(fn: unknown, list: unknown): Steps {
    for (const item of each(list)) if (!decided(yield call(fn, item))) return false
    return true
  },
  *partition(fn: unknown, list: unknown): Steps {
    const [yes, no] = [new ListBuilder(), new ListBuilder()]
    for (const item of each(list)) (decided(yield call(fn, item)) ? yes : no).push(item)
    return tuple(yes.finish(), no.finish())
  },
  *takewhile(fn: unknown, list: unknown): Steps {
    const result = new ListBuilder()
    for (const item of each(list)) {
      if (!decided(yield call(fn, item))) break
      result.push(item)
    }
    return result.finish()
  },
  *dropwhile(fn: unknown, list: unknown): Steps {
    let rest = list
    while (rest instanceof Cons && decided(yield call(fn, rest.head))) rest = rest.tail
    return isList(rest) ? rest : fail(FUNCTION_CLAUSE)
  },
  zip: (a: unknown, b: unknown) => {
    const [left, right] = [items(a), items(b)]
    return left.length === right.length
      ? listOf(left.map((item, i) => tuple(item, right[i])))
      : fail(FUNCTION_CLAUSE)
  },
  unzip: (list: unknown) => {
    const pairs = items(list) as (readonly [unknown, unknown])[]
    return tuple(listOf(pairs.map(([first]) => first)), listOf(pairs.map(([, second]) => second)))
  },
  sublist: (list: unknown, first: unknown, length: unknown = undefined) => {
    const all = items(list)
    return listOf(
      length === undefined
        ? all.slice(0, first as number)
        : all.slice((first as number) - 1, (first as number) - 1 + (length as number)),
    )
  },
  split: (count: unknown, list: unknown) => {
    const all = items(list)
    return typeof count === 'number' && count <= all.length
      ? tuple(listOf(all.slice(0, count)), listOf(all.slice(count)))
      : badarg()
  },
  droplast: (list: unknown) => (list === NIL ? fail(FUNCTION_CLAUSE) : listOf(items(list).slice(0, -1))),
  prefix: (prefix: unknown, list: unknown) => {
    const all = items(list)
    return items(prefix).every((item, i) => i < all.length && same(item, all[i]))
  },
}

/** Returns the result of a predicate. Raises `case_clause` when it is not a boolean. */
function decided(value: unknown): boolean {
  return typeof value === 'boolean' ? value : failWith('case_clause', value)
}

/** Returns a part of `lists:concat/1` as a list: the text of an atom or number, or a list itself. */
function partOf(value: unknown): unknown {
  if (isAtom(value)) return conversion.atom_to_list!(value)
  if (isInteger(value)) return conversion.integer_to_list!(value)
  if (value instanceof Float) return conversion.float_to_list!(value)
  return isList(value) ? value : fail(FUNCTION_CLAUSE)
}

const conversion = erlang as Readonly<Record<string, (value: unknown) => unknown>>

function extreme(list: unknown, sign: number): unknown {
  const all = items(list)
  if (all.length === 0) return fail(FUNCTION_CLAUSE)
  return all.reduce((best, item) => (compareValues(item, best) * sign > 0 ? item : best))
}
