import { atom, TupleClass, tuple } from '../../../term/index.ts'
import { call, type Steps } from '../../machine/index.ts'
import {
  badarg,
  Cons,
  ErlMap,
  entriesOf,
  type Functions,
  failWith,
  items,
  iterate,
  listOf,
  nextEntry,
} from '../../value/index.ts'

/** Returns a map. Raises `{badmap, Value}` for any other value. */
export const mapOf = (value: unknown): ErlMap => (value instanceof ErlMap ? value : failWith('badmap', value))
/** Returns the entries of a map or of an iterator. */
const entries = (value: unknown): [unknown, unknown][] => entriesOf(value) ?? failWith('badmap', value)
const pairOf = (pair: unknown): [unknown, unknown] =>
  pair instanceof TupleClass && pair.length === 2 ? [pair.elements[0], pair.elements[1]] : badarg()
const ERROR = atom('error')
const OK = atom('ok')
const NONE = atom('none')

/** Returns the next entry of an iterator `[Path | Map]`: `{Key, Value, Iterator}`, or `none`. */
function next(path: unknown, map: unknown): unknown {
  return nextEntry(path === 0 ? listOf(mapOf(map).keys()) : path, mapOf(map)) ?? NONE
}

/** The module `maps`. @see https://www.erlang.org/doc/apps/stdlib/maps */
export const maps: Functions = {
  new: () => ErlMap.empty,
  get: (key: unknown, map: unknown, fallback: unknown = undefined) => {
    const value = mapOf(map).get(key)
    return value !== undefined ? value : fallback !== undefined ? fallback : failWith('badkey', key)
  },
  find: (key: unknown, map: unknown) => {
    const value = mapOf(map).get(key)
    return value === undefined ? ERROR : tuple(OK, value)
  },
  put: (key: unknown, value: unknown, map: unknown) => mapOf(map).put(key, value),
  update: (key: unknown, value: unknown, map: unknown) =>
    mapOf(map).has(key) ? mapOf(map).put(key, value) : failWith('badkey', key),
  *update_with(key: unknown, fn: unknown, first: unknown, second: unknown = undefined): Steps {
    const map = mapOf(second ?? first)
    const value = map.get(key)
    if (value === undefined) return second === undefined ? failWith('badkey', key) : map.put(key, first)
    return map.put(key, yield call(fn, value))
  },
  remove: (key: unknown, map: unknown) => mapOf(map).remove(key),
  take: (key: unknown, map: unknown) => {
    const value = mapOf(map).get(key)
    return value === undefined ? ERROR : tuple(value, mapOf(map).remove(key))
  },
  is_key: (key: unknown, map: unknown) => mapOf(map).has(key),
  keys: (map: unknown) => listOf(mapOf(map).keys()),
  values: (map: unknown) => listOf(mapOf(map).values()),
  size: (map: unknown) => mapOf(map).size,
  to_list: (map: unknown) => listOf(entries(map).map((entry) => tuple(...entry))),
  from_list: (list: unknown) => ErlMap.from(items(list).map(pairOf)),
  from_keys: (list: unknown, value: unknown) => ErlMap.from(items(list).map((key) => [key, value])),
  merge: (a: unknown, b: unknown) => {
    let result = mapOf(a)
    for (const [key, value] of mapOf(b).entries()) result = result.put(key, value)
    return result
  },
  with: (keys: unknown, map: unknown) => {
    const from = mapOf(map)
    return ErlMap.from(
      items(keys)
        .filter((key) => from.has(key))
        .map((key) => [key, from.get(key)]),
    )
  },
  without: (keys: unknown, map: unknown) =>
    items(keys).reduce<ErlMap>((left, key) => left.remove(key), mapOf(map)),
  iterator: (map: unknown) => iterate(0, mapOf(map)),
  next: (iterator: unknown) => {
    if (iterator === NONE || (iterator instanceof TupleClass && iterator.length === 3)) return iterator
    return iterator instanceof Cons ? next(iterator.head, iterator.tail) : badarg()
  },
  *map(fn: unknown, map: unknown): Steps {
    const mapped: [unknown, unknown][] = []
    for (const [key, value] of entries(map)) mapped.push([key, yield call(fn, key, value)])
    return ErlMap.from(mapped)
  },
  *filter(fn: unknown, map: unknown): Steps {
    const kept: [unknown, unknown][] = []
    for (const [key, value] of entries(map))
      if ((yield call(fn, key, value)) === true) kept.push([key, value])
    return ErlMap.from(kept)
  },
  *fold(fn: unknown, acc: unknown, map: unknown): Steps {
    let result = acc
    for (const [key, value] of entries(map)) result = yield call(fn, key, value, result)
    return result
  },
  *foreach(fn: unknown, map: unknown): Steps {
    for (const [key, value] of entries(map)) yield call(fn, key, value)
    return OK
  },
}
