/** Has room for this many entries; a power of two. */
const SMALLEST = 8
/** Stands where there is no entry; no key is below zero. */
const NO_KEY = -1
/** Up to so many slots are kept, however few of them are used: 16 KiB. */
const KEPT = 1024

/**
 * Entries that come and go by the million, under numbers that are given out one after the other.
 *
 * Not a Map: of one that grows old V8 keeps what was in it long after it was taken out, a third of all garbage in a
 * benchmark of calls.
 */
export class Table<V extends object> {
  size = 0
  /** Open addressing, half full at most; `#values` has undefined where there is none. */
  #keys: number[] = new Array<number>(SMALLEST).fill(NO_KEY)
  #values: (V | undefined)[] = new Array<V | undefined>(SMALLEST).fill(undefined)
  #mask = SMALLEST - 1

  /** How many slots there are, full or not. */
  get room(): number {
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

  /** In no order. The table must not be changed meanwhile. */
  forEach(fn: (value: V) => void): void {
    for (const value of this.#values) if (value !== undefined) fn(value)
  }

  /** In no order. */
  values(): V[] {
    const values: V[] = []
    this.forEach((value) => void values.push(value))
    return values
  }

  /** Where a key is, or would be. */
  #find(key: number): number {
    const keys = this.#keys
    let at = slotOf(key, this.#mask)
    while (keys[at] !== key && this.#values[at] !== undefined) at = (at + 1) & this.#mask
    return at
  }

  /** Takes an entry out, and moves those up that had to make way for it. */
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
 * Where a key would like to be. The golden ratio of 2^32 puts numbers that follow each other as far apart as can be: side by side
 * they would be one long run, all of which an entry that is taken out has to look at. (In up to 16 slots they are, and it is short.)
 */
export function slotOf(key: number, mask: number): number {
  return Math.imul(key, 0x9e3779b1) & mask
}
