import { Atom, atom, ElixirError, type Term, TermMap, type TermObject } from '../term/index.ts'
import type { Reader } from './reader.ts'

type Fields = Record<string, Term>

/**
 * Puts a value into the object that a map with atoms as keys becomes; false when the key is there already, which the
 * format forbids.
 */
export function putField(fields: Fields, key: string, value: Term): boolean {
  // A key of Object.prototype is found too, `__proto__` among them: only then is a closer look needed.
  if (fields[key] !== undefined) {
    if (Object.hasOwn(fields, key)) return false
    Object.defineProperty(fields, key, { value, configurable: true, enumerable: true, writable: true })
  } else fields[key] = value
  return true
}

/** Returns an object as what it is: an exception of Elixir when its fields say so. */
export function finishObject(fields: Fields): TermObject | ElixirError {
  if (fields.__exception__ === true) {
    const struct = fields.__struct__
    if (struct instanceof Atom) return new ElixirError(struct, fields)
  }
  return fields
}

/** Puts a key of any kind into a map of terms. */
export function putEntry(r: Reader, at: number, map: TermMap, key: Term, value: Term): void {
  const size = map.size
  try {
    map.set(key, value)
  } catch (error) {
    r.fail(at, `has a key that cannot be one: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (map.size === size) r.fail(at, 'has each key once, got one twice')
}

/** Returns what an object holds as a map of terms, for a map in which the first key that is no atom comes late. */
export function toTermMap(fields: Fields): TermMap {
  return new TermMap(Object.entries(fields).map(([key, value]) => [atom(key) as Term, value] as const))
}
