import { atom, TupleClass, tuple } from '../../term/index.ts'
import { Cons, items, NIL } from './list.ts'
import { ErlMap } from './map.ts'

// Iterators of maps, as `maps:iterator/1,2` returns them: `[Path | Map]`, where the path is 0 or the list of the keys that are left;
// `{Key, Value, Iterator}`; and `none`. A library that uses them matches on these forms.

const NONE = atom('none')
type Entry = [unknown, unknown]

/** Returns the entries of a map, or those that an iterator has not returned yet; undefined for any other value. */
export function entriesOf(value: unknown): Entry[] | undefined {
  if (value instanceof ErlMap) return value.entries()
  const entries: Entry[] = []
  let rest = value
  while (rest instanceof TupleClass && rest.length === 3) {
    const [key, found, next] = rest.elements as readonly unknown[]
    entries.push([key, found])
    rest = next
  }
  if (rest === NONE) return entries
  if (!(rest instanceof Cons) || !(rest.tail instanceof ErlMap)) return undefined
  const map = rest.tail
  if (rest.head === 0) return entries.concat(map.entries())
  return entries.concat(items(rest.head).map((key): Entry => [key, map.get(key)]))
}

/** Returns the iterator over these keys of a map. */
export function iterate(keys: unknown, map: ErlMap): unknown {
  return new Cons(keys, map)
}

/** Returns `{Key, Value, Iterator}` of an iterator with a list of keys; undefined after the last key. */
export function nextEntry(keys: unknown, map: ErlMap): TupleClass | undefined {
  if (!(keys instanceof Cons)) return undefined
  return tuple(keys.head, map.get(keys.head), keys.tail === NIL ? NONE : iterate(keys.tail, map))
}
