import { atom, tuple } from '../../../term/index.ts'
import { call, type Steps } from '../../machine/index.ts'
import { ErlMap, type Functions, failWith, items, listOf } from '../../value/index.ts'

/** Returns a map. Raises `{badmap, Value}` for any other value. */
export const mapOf = (value: unknown): ErlMap => (value instanceof ErlMap ? value : failWith('badmap', value))
const ERROR = atom('error')
const OK = atom('ok')

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
  to_list: (map: unknown) =>
    listOf(
      mapOf(map)
        .entries()
        .map((entry) => tuple(...entry)),
    ),
  from_list: (list: unknown) => ErlMap.from(items(list) as (readonly [unknown, unknown])[]),
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
  *map(fn: unknown, map: unknown): Steps {
    const entries: [unknown, unknown][] = []
    for (const [key, value] of mapOf(map).entries()) entries.push([key, yield call(fn, key, value)])
    return ErlMap.from(entries)
  },
  *filter(fn: unknown, map: unknown): Steps {
    const entries: [unknown, unknown][] = []
    for (const [key, value] of mapOf(map).entries())
      if ((yield call(fn, key, value)) === true) entries.push([key, value])
    return ErlMap.from(entries)
  },
  *fold(fn: unknown, acc: unknown, map: unknown): Steps {
    let result = acc
    for (const [key, value] of mapOf(map).entries()) result = yield call(fn, key, value, result)
    return result
  },
  *foreach(fn: unknown, map: unknown): Steps {
    for (const [key, value] of mapOf(map).entries()) yield call(fn, key, value)
    return OK
  },
}
