import { atom, tuple } from '../../../term/index.ts'
import {
  add,
  bitsOfText,
  Cons,
  compareValues,
  ErlMap,
  isInteger,
  isList,
  itemsOf,
} from '../../value/index.ts'
import { exceptionOf } from './exception-value.ts'

const STRUCT = atom('__struct__')
const field = (map: ErlMap, name: string): unknown => map.get(atom(name))

/** Yields the elements of a list, a range, a set or a map. Raises `Protocol.UndefinedError` for any other value. */
export function* elements(value: unknown): Generator<unknown, void, undefined> {
  if (isList(value)) {
    for (let rest = value; rest instanceof Cons; rest = rest.tail as Cons) yield rest.head
    return
  }
  if (!(value instanceof ErlMap)) throw undefinedFor(value)
  const struct = value.get(STRUCT)
  if (struct === undefined) for (const entry of value.entries()) yield tuple(...entry)
  else if (struct === atom('Elixir.Range')) yield* range(value)
  else if (struct === atom('Elixir.MapSet')) yield* (field(value, 'map') as ErlMap).keys()
  else throw undefinedFor(value)
}

function* range(value: ErlMap): Generator<unknown, void, undefined> {
  const [first, last, step] = [field(value, 'first'), field(value, 'last'), field(value, 'step')]
  if (!isInteger(first) || !isInteger(step)) return
  const up = step > 0
  for (
    let at: unknown = first;
    up ? compareValues(at, last) <= 0 : compareValues(at, last) >= 0;
    at = add(at, step)
  )
    yield at
}

function undefinedFor(value: unknown): unknown {
  return exceptionOf('Protocol.UndefinedError', {
    protocol: atom('Elixir.Enumerable'),
    value,
    description: bitsOfText(''),
  })
}

/** Returns all elements as an array. */
export const allOf = (value: unknown): unknown[] => itemsOf(value) ?? [...elements(value)]
