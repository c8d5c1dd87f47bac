/** Number of slots of an empty table; a power of two. */
const SMALLEST = 8
/** Key of an empty slot. Keys are not negative. */
const NO_KEY = -1
/** A table with no more slots than this does not shrink: 16 KiB. */
const KEPT = 1024

/**
 * Hash table from numbers that are given out in sequence to entries that are added and deleted by the million.
 *
 * Not a Map: V8 keeps the deleted entries of an old Map until the next full collection. In a benchmark of calls they were a
 * third of all garbage.
 */
export class Table<V extends object> {
  size = 0
  /** Open addressing, at most half full. `#values` is undefined in an empty slot. */
  #keys: number[] = new Array<number>(SMALLEST).fill(NO_KEY)
  #values: (V | undefined)[] = new Array<V | undefined>(SMALLEST).fill(undefined)
  #mask = SMALLEST - 1

  /** Number of slots, full or empty. */
  get capacity(): number {
    return this.#values.length
  }

  get(key: number): V | undefined {
    return this.#values[this.#find(key)]
  }

  set(key: number, value: V): void {
    if (this.size * 2 > this.#mask) this.#resize((this.#mask + 1) * 2)
    const at = this.#find(key)
    if (this.#values[at] === undefined) this.size++
    this.#keys[at] = key
    this.#values[at] = value
  }

  delete(key: number): boolean {
    const at = this.#find(key)
    if (this.#values[at] === undefined) return false
    this.size--
    this.#close(at)
    if (this.#mask >= KEPT && this.size * 16 < this.#mask) this.#resize((this.#mask + 1) / 2)
    return true
  }

  /** Calls `fn` with each value, in no order. `fn` must not change the table. */
  forEach(fn: (value: V) => void): void {
    for (const value of this.#values) if (value !== undefined) fn(value)
  }

  /** Returns the values, in no order. */
  values(): V[] {
    const values: V[] = []
    this.forEach((value) => void values.push(value))
    return values
  }

  /** Returns the slot of a key, or the empty slot where it belongs. */
  #find(key: number): number {
    const keys = this.#keys
    let at = slotOf(key, this.#mask)
    while (keys[at] !== key && this.#values[at] !== undefined) at = (at + 1) & this.#mask
    return at
  }

  /** Empties a slot, and moves up the entries behind it that are not in their own slot. */
  #close(at: number): void {
    const keys = this.#keys
    const mask = this.#mask
    let hole = at
    for (let next = (at + 1) & mask; this.#values[next] !== undefined; next = (next + 1) & mask) {
      const away = (next - slotOf(keys[next]!, mask)) & mask
      if (away < ((next - hole) & mask)) continue
      keys[hole] = keys[next]!
      this.#values[hole] = this.#values[next]
      hole = next
    }
    keys[hole] = NO_KEY
    this.#values[hole] = undefined
  }

  #resize(size: number): void {
    const keys = this.#keys
    const values = this.#values
    this.#keys = new Array<number>(size).fill(NO_KEY)
    this.#values = new Array<V | undefined>(size).fill(undefined)
    this.#mask = size - 1
    for (let i = 0; i < values.length; i++) {
      if (values[i] === undefined) continue
      const at = this.#find(keys[i]!)
      this.#keys[at] = keys[i]!
      this.#values[at] = values[i]
    }
  }
}

/**
 * Returns the slot in which a key belongs. Fibonacci hashing (the golden ratio of 2^32) spreads keys that follow each other.
 * Side by side they would be one long run, and a deletion would have to check all of it.
 */
export function slotOf(key: number, mask: number): number {
  return Math.imul(key, 0x9e3779b1) & mask
}
