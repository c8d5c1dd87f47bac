interface Entry<K, V> {
  readonly key: K
  value: V
}

/**
 * A hash map in the order of insertion. A subclass defines which keys are the same.
 *
 * It is independent of terms, which avoids a circle of imports: `kind.ts` needs a class of maps, and the comparison of keys needs
 * `kind.ts`.
 */
export abstract class HashMap<K, V> implements Map<K, V> {
  abstract readonly [Symbol.toStringTag]: string
  readonly #buckets = new Map<unknown, Entry<K, V> | Entry<K, V>[]>()
  #size = 0

  constructor(entries: Iterable<readonly [K, V]> = []) {
    for (const [key, value] of entries) this.set(key, value)
  }

  /** Returns the same number or string for keys that are the same. */
  protected abstract bucketOf(key: K): unknown
  /** Whether two keys of one bucket are the same. */
  protected abstract isSameKey(a: K, b: K): boolean

  get size(): number {
    return this.#size
  }

  get(key: K): V | undefined {
    return this.#find(key)?.value
  }

  has(key: K): boolean {
    return this.#find(key) !== undefined
  }

  set(key: K, value: V): this {
    const bucket = this.bucketOf(key)
    const found = this.#buckets.get(bucket)
    if (found === undefined) {
      this.#buckets.set(bucket, { key, value })
      this.#size++
    } else if (Array.isArray(found)) {
      const entry = found.find((other) => this.isSameKey(other.key, key))
      if (entry) entry.value = value
      else {
        found.push({ key, value })
        this.#size++
      }
    } else if (this.isSameKey(found.key, key)) found.value = value
    else {
      this.#buckets.set(bucket, [found, { key, value }])
      this.#size++
    }
    return this
  }

  delete(key: K): boolean {
    const bucket = this.bucketOf(key)
    const found = this.#buckets.get(bucket)
    if (found === undefined) return false
    if (Array.isArray(found)) {
      const index = found.findIndex((entry) => this.isSameKey(entry.key, key))
      if (index < 0) return false
      found.splice(index, 1)
      if (found.length === 0) this.#buckets.delete(bucket)
    } else {
      if (!this.isSameKey(found.key, key)) return false
      this.#buckets.delete(bucket)
    }
    this.#size--
    return true
  }

  clear(): void {
    this.#buckets.clear()
    this.#size = 0
  }

  forEach(callback: (value: V, key: K, map: Map<K, V>) => void, thisArg?: unknown): void {
    for (const [key, value] of this) callback.call(thisArg, value, key, this)
  }

  *entries(): MapIterator<[K, V]> {
    for (const found of this.#buckets.values())
      if (Array.isArray(found)) for (const entry of found) yield [entry.key, entry.value]
      else yield [found.key, found.value]
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

  #find(key: K): Entry<K, V> | undefined {
    const found = this.#buckets.get(this.bucketOf(key))
    if (found === undefined) return undefined
    if (Array.isArray(found)) return found.find((entry) => this.isSameKey(entry.key, key))
    return this.isSameKey(found.key, key) ? found : undefined
  }
}
