import { Atom, atom, ElixirError, type Term, TermMap, type TermObject } from '../../term/index.ts'
import type { Reader } from './reader.ts'

type Fields = Record<string, Term>

/**
 * Puts a value into the object for a map with atoms as keys. Returns false when the object has the key already, which
 * the format forbids.
 */
export function putField(fields: Fields, key: string, value: Term): boolean {
  // This lookup also finds the keys of Object.prototype, such as `__proto__`. Only these need the slower checks.
  if (fields[key] !== undefined) {
    if (Object.hasOwn(fields, key)) return false
    Object.defineProperty(fields, key, { value, configurable: true, enumerable: true, writable: true })
  } else fields[key] = value
  return true
}

/** Returns the object, or the ElixirError of its fields when they are the fields of an Elixir exception. */
export function finishObject(fields: Fields): TermObject | ElixirError {
  if (fields.__exception__ === true) {
    const struct = fields.__struct__
    if (struct instanceof Atom) return new ElixirError(struct, fields)
  }
  return fields
}

/** Puts an entry with any term as its key into a map. */
export function putEntry(r: Reader, at: number, map: TermMap, key: Term, value: Term): void {
  const size = map.size
  try {
    map.set(key, value)
  } catch (error) {
    r.fail(at, `has a key that cannot be one: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (map.size === size) r.fail(at, 'has each key once, got one twice')
}

/** Returns the fields of an object as a TermMap, for a map in which a key that is not an atom follows keys that are. */
export function toTermMap(fields: Fields): TermMap {
  return new TermMap(Object.entries(fields).map(([key, value]) => [atom(key) as Term, value] as const))
}
