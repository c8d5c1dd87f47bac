import { Atom, atom, TupleClass, tuple } from '../../../term/index.ts'
import { call, type Steps, tailCall } from '../../machine/index.ts'
import { badarg, ErlMap, type Functions, failWith, itemsOf, listOf, NIL, same } from '../../value/index.ts'
import { allOf } from './enumerable.ts'
import { exceptionOf } from './exception-value.ts'
import { namedCall } from './named-call.ts'

const mapOf = (value: unknown): ErlMap => (value instanceof ErlMap ? value : failWith('badmap', value))
const OK = atom('ok')
const ERROR = atom('error')
const found = (value: unknown): unknown => (value === undefined ? ERROR : tuple(OK, value))

/** Returns the value of a key, or raises `KeyError`. */
function fetchOrRaise(value: unknown, key: unknown, term: unknown): unknown {
  if (value !== undefined) return value
  throw exceptionOf('KeyError', { key, term, message: null })
}

const pairsOf = (value: unknown): readonly (readonly [unknown, unknown])[] =>
  allOf(value).map((pair) =>
    pair instanceof TupleClass && pair.length === 2 ? (pair.elements as [unknown, unknown]) : badarg(),
  )

/** The module `Map`. Used when the module of the sending node cannot be fetched. */
export const MapModule: Functions = {
  new: (list: unknown = NIL) => ErlMap.from(pairsOf(list)),
  get: (map: unknown, key: unknown, otherwise: unknown = null) => fallback(mapOf(map), key, otherwise),
  fetch: (map: unknown, key: unknown) => found(mapOf(map).get(key)),
  'fetch!': (map: unknown, key: unknown) => fetchOrRaise(mapOf(map).get(key), key, map),
  put: (map: unknown, key: unknown, value: unknown) => mapOf(map).put(key, value),
  put_new: (map: unknown, key: unknown, value: unknown) =>
    mapOf(map).has(key) ? map : mapOf(map).put(key, value),
  delete: (map: unknown, key: unknown) => mapOf(map).remove(key),
  drop: (map: unknown, keys: unknown) =>
    allOf(keys).reduce<ErlMap>((left, key) => left.remove(key), mapOf(map)),
  take: (map: unknown, keys: unknown) =>
    ErlMap.from(
      allOf(keys)
        .filter((key) => mapOf(map).has(key))
        .map((key) => [key, mapOf(map).get(key)]),
    ),
  pop: (map: unknown, key: unknown, otherwise: unknown = null) =>
    tuple(fallback(mapOf(map), key, otherwise), mapOf(map).remove(key)),
  'has_key?': (map: unknown, key: unknown) => mapOf(map).has(key),
  keys: (map: unknown) => listOf(mapOf(map).keys()),
  values: (map: unknown) => listOf(mapOf(map).values()),
  to_list: (map: unknown) =>
    listOf(
      mapOf(map)
        .entries()
        .map((entry) => tuple(...entry)),
    ),
  merge: (a: unknown, b: unknown) =>
    mapOf(b)
      .entries()
      .reduce<ErlMap>((map, [key, value]) => map.put(key, value), mapOf(a)),
  *update(map: unknown, key: unknown, initial: unknown, fn: unknown): Steps {
    const value = mapOf(map).get(key)
    return mapOf(map).put(key, value === undefined ? initial : yield call(fn, value))
  },
  *'update!'(map: unknown, key: unknown, fn: unknown): Steps {
    return mapOf(map).put(key, yield call(fn, fetchOrRaise(mapOf(map).get(key), key, map)))
  },
  'equal?': (a: unknown, b: unknown) => same(a, b),
  from_struct: (struct: unknown) => mapOf(struct).remove(atom('__struct__')),
}

function fallback(map: ErlMap, key: unknown, otherwise: unknown): unknown {
  const value = map.get(key)
  return value === undefined ? otherwise : value
}

const isPair = (pair: unknown, key: unknown): pair is TupleClass =>
  pair instanceof TupleClass && pair.elements[0] === key
const lookup = (list: unknown, key: unknown): unknown => {
  const pair = (itemsOf(list) ?? badarg()).find((one) => isPair(one, key)) as TupleClass | undefined
  return pair?.elements[1]
}
const others = (list: unknown, key: unknown): unknown[] =>
  (itemsOf(list) ?? badarg()).filter((one) => !isPair(one, key))

/** The module `Keyword`. Used when the module of the sending node cannot be fetched. */
export const Keyword: Functions = {
  get: (list: unknown, key: unknown, otherwise: unknown = null) => {
    const value = lookup(list, key)
    return value === undefined ? otherwise : value
  },
  fetch: (list: unknown, key: unknown) => found(lookup(list, key)),
  'fetch!': (list: unknown, key: unknown) => fetchOrRaise(lookup(list, key), key, list),
  put: (list: unknown, key: unknown, value: unknown) => listOf([tuple(key, value), ...others(list, key)]),
  put_new: (list: unknown, key: unknown, value: unknown) =>
    lookup(list, key) === undefined ? listOf([tuple(key, value)], list) : list,
  delete: (list: unknown, key: unknown) => listOf(others(list, key)),
  'has_key?': (list: unknown, key: unknown) => lookup(list, key) !== undefined,
  keys: (list: unknown) => listOf(pairsOf(list).map(([key]) => key)),
  values: (list: unknown) => listOf(pairsOf(list).map(([, value]) => value)),
  merge: (a: unknown, b: unknown) =>
    listOf(
      [...pairsOf(a).filter(([key]) => lookup(b, key) === undefined), ...pairsOf(b)].map((pair) =>
        tuple(...pair),
      ),
    ),
  get_values: (list: unknown, key: unknown) =>
    listOf(
      pairsOf(list)
        .filter(([other]) => other === key)
        .map(([, value]) => value),
    ),
  'keyword?': (list: unknown) =>
    itemsOf(list)?.every(
      (pair) => pair instanceof TupleClass && pair.length === 2 && pair.elements[0] instanceof Atom,
    ) ?? false,
}

/** The module `Access`. Used when the module of the sending node cannot be fetched. */
export const Access: Functions = {
  get: (container: unknown, key: unknown, otherwise: unknown = null) => {
    if (container === null) return otherwise
    if (!(container instanceof ErlMap)) {
      const value = lookup(container, key)
      return value === undefined ? otherwise : value
    }
    const struct = container.get(atom('__struct__'))
    if (struct instanceof Atom) return tailCall(namedCall(struct, 'fetch', 2), container, key)
    const value = container.get(key)
    return value === undefined ? otherwise : value
  },
  fetch: (container: unknown, key: unknown) =>
    container === null
      ? ERROR
      : found(container instanceof ErlMap ? container.get(key) : lookup(container, key)),
}
