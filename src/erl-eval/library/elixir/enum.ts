import { atom, TupleClass, tuple } from '../../../term/index.ts'
import { append } from '../../bif/index.ts'
import { call, type Steps } from '../../machine/index.ts'
import {
  add,
  badarg,
  bitsOfText,
  compareValues,
  ErlMap,
  type Functions,
  ListBuilder,
  listOf,
  multiply,
  NIL,
  same,
  textOf,
} from '../../value/index.ts'
import { stableSort } from '../otp/index.ts'
import { allOf, elements } from './enumerable.ts'
import { exceptionOf } from './exception-value.ts'
import { toStringValue } from './text.ts'

const ERROR = atom('error')
const OK = atom('ok')
const truthy = (value: unknown): boolean => value !== false && value !== null
const empty = (): never => {
  throw exceptionOf('Enum.EmptyError', { message: bitsOfText('empty error') })
}

function* keyed(
  list: unknown,
  fn: unknown,
): Generator<ReturnType<typeof call>, [unknown, unknown][], unknown> {
  const pairs: [unknown, unknown][] = []
  for (const item of elements(list)) pairs.push([yield call(fn, item), item])
  return pairs
}

function best(values: readonly (readonly [unknown, unknown])[], sign: number): unknown {
  if (values.length === 0) return empty()
  return values.reduce((winner, one) => (compareValues(one[0], winner[0]) * sign > 0 ? one : winner))[1]
}

const plain = (list: unknown): [unknown, unknown][] => allOf(list).map((item) => [item, item])

function sortOrder(order: unknown): ((a: unknown, b: unknown) => number) | undefined {
  if (order === undefined || order === atom('asc')) return compareValues
  return order === atom('desc') ? (a, b) => compareValues(b, a) : undefined
}

function unique(pairs: readonly (readonly [unknown, unknown])[]): unknown {
  let seen = ErlMap.empty
  const result = new ListBuilder()
  for (const [key, item] of pairs) {
    if (seen.has(key)) continue
    seen = seen.put(key, true)
    result.push(item)
  }
  return result.finish()
}

function slice(list: readonly unknown[], start: number, count: number): unknown {
  const from = start < 0 ? Math.max(0, list.length + start) : start
  return listOf(list.slice(from, from + Math.max(0, count)))
}

/** The module `Enum`, for lists, ranges, maps and sets. Used when the module of the sending node cannot be fetched. */
export const Enum: Functions = {
  *map(list: unknown, fn: unknown): Steps {
    const result = new ListBuilder()
    for (const item of elements(list)) result.push(yield call(fn, item))
    return result.finish()
  },
  *each(list: unknown, fn: unknown): Steps {
    for (const item of elements(list)) yield call(fn, item)
    return OK
  },
  *filter(list: unknown, fn: unknown): Steps {
    const result = new ListBuilder()
    for (const item of elements(list)) if (truthy(yield call(fn, item))) result.push(item)
    return result.finish()
  },
  *reject(list: unknown, fn: unknown): Steps {
    const result = new ListBuilder()
    for (const item of elements(list)) if (!truthy(yield call(fn, item))) result.push(item)
    return result.finish()
  },
  *reduce(list: unknown, first: unknown, second: unknown = undefined): Steps {
    const [fn, source] = second === undefined ? [first, elements(list)] : [second, elements(list)]
    let acc = first
    if (second === undefined) {
      const head = source.next()
      if (head.done) return empty()
      acc = head.value
    }
    for (const item of source) acc = yield call(fn, item, acc)
    return acc
  },
  *map_reduce(list: unknown, initial: unknown, fn: unknown): Steps {
    const mapped = new ListBuilder()
    let acc = initial
    for (const item of elements(list)) {
      const [one, next] = (yield call(fn, item, acc)) as readonly [unknown, unknown]
      mapped.push(one)
      acc = next
    }
    return tuple(mapped.finish(), acc)
  },
  *flat_map(list: unknown, fn: unknown): Steps {
    const result = new ListBuilder()
    for (const item of elements(list)) for (const one of elements(yield call(fn, item))) result.push(one)
    return result.finish()
  },
  *find(list: unknown, first: unknown, second: unknown = undefined): Steps {
    const [otherwise, fn] = second === undefined ? [null, first] : [first, second]
    for (const item of elements(list)) if (truthy(yield call(fn, item))) return item
    return otherwise
  },
  *find_index(list: unknown, fn: unknown): Steps {
    let index = 0
    for (const item of elements(list)) {
      if (truthy(yield call(fn, item))) return index
      index++
    }
    return null
  },
  *'any?'(list: unknown, fn: unknown = undefined): Steps {
    for (const item of elements(list)) if (truthy(fn === undefined ? item : yield call(fn, item))) return true
    return false
  },
  *'all?'(list: unknown, fn: unknown = undefined): Steps {
    for (const item of elements(list))
      if (!truthy(fn === undefined ? item : yield call(fn, item))) return false
    return true
  },
  *count(list: unknown, fn: unknown = undefined): Steps {
    if (fn === undefined) return allOf(list).length
    let count = 0
    for (const item of elements(list)) if (truthy(yield call(fn, item))) count++
    return count
  },
  'member?': (list: unknown, value: unknown) => allOf(list).some((item) => same(item, value)),
  'empty?': (list: unknown) => elements(list).next().done === true,
  sum: (list: unknown) => allOf(list).reduce(add, 0),
  product: (list: unknown) => allOf(list).reduce(multiply, 1),
  max: (list: unknown) => best(plain(list), 1),
  min: (list: unknown) => best(plain(list), -1),
  *max_by(list: unknown, fn: unknown): Steps {
    return best(yield* keyed(list, fn), 1)
  },
  *min_by(list: unknown, fn: unknown): Steps {
    return best(yield* keyed(list, fn), -1)
  },
  to_list: (list: unknown) => listOf(allOf(list)),
  reverse: (list: unknown, tail: unknown = NIL) => listOf(allOf(list).reverse(), listOf(allOf(tail))),
  concat: (first: unknown, second: unknown = undefined) =>
    second === undefined
      ? listOf(allOf(first).flatMap(allOf))
      : append(listOf(allOf(first)), listOf(allOf(second))),
  *sort(list: unknown, order: unknown = undefined): Steps {
    const compare = sortOrder(order)
    return listOf(compare ? allOf(list).sort(compare) : yield* stableSort(allOf(list), order))
  },
  *sort_by(list: unknown, fn: unknown, order: unknown = undefined): Steps {
    const compare = sortOrder(order) ?? badarg()
    return listOf((yield* keyed(list, fn)).sort(([a], [b]) => compare(a, b)).map(([, item]) => item))
  },
  uniq: (list: unknown) => unique(plain(list)),
  *uniq_by(list: unknown, fn: unknown): Steps {
    return unique(yield* keyed(list, fn))
  },
  dedup: (list: unknown) => listOf(allOf(list).filter((item, i, all) => i === 0 || !same(item, all[i - 1]))),
  *group_by(list: unknown, fn: unknown, value: unknown = undefined): Steps {
    let groups = ErlMap.empty
    for (const [key, item] of (yield* keyed(list, fn)).reverse()) {
      const one = value === undefined ? item : yield call(value, item)
      groups = groups.put(key, listOf([one], groups.get(key) ?? NIL))
    }
    return groups
  },
  frequencies: (list: unknown) =>
    allOf(list).reduce<ErlMap>(
      (counts, item) => counts.put(item, ((counts.get(item) as number | undefined) ?? 0) + 1),
      ErlMap.empty,
    ),
  at: (list: unknown, index: unknown, otherwise: unknown = null) => {
    const found = allOf(list).at(index as number)
    return found === undefined ? otherwise : found
  },
  fetch: (list: unknown, index: unknown) => {
    const found = allOf(list).at(index as number)
    return found === undefined ? ERROR : tuple(OK, found)
  },
  take: (list: unknown, count: unknown) =>
    listOf(
      (count as number) < 0 ? allOf(list).slice(count as number) : allOf(list).slice(0, count as number),
    ),
  drop: (list: unknown, count: unknown) =>
    listOf(
      (count as number) < 0 ? allOf(list).slice(0, count as number) : allOf(list).slice(count as number),
    ),
  slice: (list: unknown, start: unknown, count: unknown) =>
    slice(allOf(list), start as number, count as number),
  split: (list: unknown, count: unknown) => {
    const all = allOf(list)
    const at = (count as number) < 0 ? Math.max(0, all.length + (count as number)) : (count as number)
    return tuple(listOf(all.slice(0, at)), listOf(all.slice(at)))
  },
  *split_with(list: unknown, fn: unknown): Steps {
    const all = allOf(list)
    let at = 0
    while (at < all.length && truthy(yield call(fn, all[at]))) at++
    return tuple(listOf(all.slice(0, at)), listOf(all.slice(at)))
  },
  *take_while(list: unknown, fn: unknown): Steps {
    const result = new ListBuilder()
    for (const item of elements(list)) {
      if (!truthy(yield call(fn, item))) break
      result.push(item)
    }
    return result.finish()
  },
  *drop_while(list: unknown, fn: unknown): Steps {
    const all = allOf(list)
    let at = 0
    while (at < all.length && truthy(yield call(fn, all[at]))) at++
    return listOf(all.slice(at))
  },
  chunk_every: (list: unknown, count: unknown) => {
    const all = allOf(list)
    const size = typeof count === 'number' && count > 0 ? count : badarg()
    return listOf(
      Array.from({ length: Math.ceil(all.length / size) }, (_, i) =>
        listOf(all.slice(i * size, i * size + size)),
      ),
    )
  },
  zip: (first: unknown, second: unknown = undefined) => {
    const all = second === undefined ? allOf(first).map(allOf) : [allOf(first), allOf(second)]
    const length = Math.min(...all.map((one) => one.length))
    return listOf(Array.from({ length }, (_, i) => new TupleClass(all.map((one) => one[i]))))
  },
  with_index: (list: unknown, offset: unknown = 0) =>
    listOf(allOf(list).map((item, i) => tuple(item, add(offset, i)))),
  *join(list: unknown, joiner: unknown = bitsOfText('')): Steps {
    const texts: string[] = []
    for (const item of elements(list)) texts.push(textOf(yield* toStringValue(item)))
    return bitsOfText(texts.join(textOf(joiner)))
  },
  *map_join(list: unknown, first: unknown, second: unknown = undefined): Steps {
    const [joiner, fn] = second === undefined ? ['', first] : [textOf(first), second]
    const texts: string[] = []
    for (const item of elements(list)) texts.push(textOf(yield* toStringValue(yield call(fn, item))))
    return bitsOfText(texts.join(joiner as string))
  },
  *into(list: unknown, target: unknown, fn: unknown = undefined): Steps {
    const all: unknown[] = []
    for (const item of elements(list)) all.push(fn === undefined ? item : yield call(fn, item))
    if (target instanceof ErlMap)
      return all.reduce<ErlMap>(
        (map, pair) => map.put((pair as TupleClass).elements[0], (pair as TupleClass).elements[1]),
        target,
      )
    return append(listOf(allOf(target)), listOf(all))
  },
  random: (list: unknown) => {
    const all = allOf(list)
    return all.length === 0 ? empty() : all[Math.floor(Math.random() * all.length)]
  },
}
