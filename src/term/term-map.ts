import { identical } from './compare.ts'
import { hash } from './hash.ts'
import type { Term } from './term.ts'

interface Entry {
  key: Term
  value: Term
}

/**
 * A map with any terms as keys, compared as Erlang's `=:=` does: the tuple `{1, 2}` finds what was stored under another
 * tuple `{1, 2}`, and `1` does not find `1.0`.
 *
 * When not to use it: for maps with atoms as keys, which are plain objects.
 */
export class TermMap<K extends Term = Term, V extends Term = Term> implements Map<K, V> {
  readonly [Symbol.toStringTag] = 'TermMap'
  readonly #entries = new Map<unknown, Entry | Entry[]>()
  #size = 0

  constructor(entries: Iterable<readonly [K, V]> = []) {
    for (const [key, value] of entries) this.set(key, value)
  }

  get size(): number {
    return this.#size
  }

  get(key: K): V | undefined {
    return this.#find(key)?.value as V | undefined
  }

  has(key: K): boolean {
    return this.#find(key) !== undefined
  }

  set(key: K, value: V): this {
    const place = slot(key)
    const found = this.#entries.get(place)
    if (found === undefined) {
      this.#entries.set(place, { key, value })
      this.#size++
    } else if (Array.isArray(found)) {
      const entry = found.find((other) => identical(other.key, key))
      if (entry) entry.value = value
      else {
        found.push({ key, value })
        this.#size++
      }
    } else if (identical(found.key, key)) found.value = value
    else {
      this.#entries.set(place, [found, { key, value }])
      this.#size++
    }
    return this
  }

  delete(key: K): boolean {
    const place = slot(key)
    const found = this.#entries.get(place)
    if (found === undefined) return false
    if (Array.isArray(found)) {
      const index = found.findIndex((entry) => identical(entry.key, key))
      if (index < 0) return false
      found.splice(index, 1)
      if (found.length === 0) this.#entries.delete(place)
    } else {
      if (!identical(found.key, key)) return false
      this.#entries.delete(place)
    }
    this.#size--
    return true
  }

  clear(): void {
    this.#entries.clear()
    this.#size = 0
  }

  forEach(callback: (value: V, key: K, map: Map<K, V>) => void, thisArg?: unknown): void {
    for (const [key, value] of this) callback.call(thisArg, value, key, this)
  }

  *entries(): MapIterator<[K, V]> {
    for (const found of this.#entries.values())
      if (Array.isArray(found)) for (const entry of found) yield [entry.key as K, entry.value as V]
      else yield [found.key as K, found.value as V]
  }

  *keys(): MapIterator<K> {
    for (const [key] of this.entries()) yield key
  }

  *values(): MapIterator<V> {
    for (const [, value] of this.entries()) yield value
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries()
  }

  #find(key: Term): Entry | undefined {
    const found = this.#entries.get(slot(key))
    if (found === undefined) return undefined
    if (Array.isArray(found)) return found.find((entry) => identical(entry.key, key))
    return identical(found.key, key) ? found : undefined
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

// Texts (the usual keys) are their own slot; everything else goes by its hash. Bytes that are a text go where the text goes.
function slot(key: Term): unknown {
  if (typeof key === 'string') return key
  if (!(key instanceof Uint8Array)) return hash(key)
  try {
    return decoder.decode(key)
  } catch {
    return hash(key)
  }
}
