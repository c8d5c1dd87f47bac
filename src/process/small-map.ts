/**
 * A map that most often has one entry, or none: that one stands in it, and a Map of JavaScript's, which takes ten times
 * the room, is made for the second.
 */
export class SmallMap<K, V> {
  #key: K | undefined = undefined
  #value: V | undefined = undefined
  #rest: Map<K, V> | undefined = undefined

  get(key: K): V | undefined {
    return this.#value !== undefined && this.#key === key ? this.#value : this.#rest?.get(key)
  }

  set(key: K, value: V & {}): void {
    if (this.#value === undefined ? !this.#rest?.has(key) : this.#key === key) {
      this.#key = key
      this.#value = value
    } else {
      this.#rest ??= new Map()
      this.#rest.set(key, value)
    }
  }

  delete(key: K): boolean {
    if (this.#value === undefined || this.#key !== key) return this.#rest?.delete(key) ?? false
    this.#key = this.#value = undefined
    return true
  }

  /** An entry may be taken out meanwhile. */
  forEach(fn: (value: V, key: K) => void): void {
    if (this.#value !== undefined) fn(this.#value, this.#key as K)
    this.#rest?.forEach(fn)
  }
}
