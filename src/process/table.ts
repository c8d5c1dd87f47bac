import type { Pid, Reference } from '../term/index.ts'

/** Has room for this many entries when it gets its second one; a power of two. */
const SMALLEST = 8
/** Up to so many slots are kept, however few of them are used: 16 KiB. */
const KEPT = 1024

/**
 * Entries that come and go by the million, under keys that are numbered one after the other.
 *
 * Not a Map: of one that grows old V8 keeps what was in it long after it was taken out, a third of all garbage in a
 * benchmark of calls. And most tables have a single entry, which stands here by itself.
 */
export class Table<K, V extends object> {
  readonly #hash: (key: K) => number
  readonly #same: (a: K, b: K) => boolean
  size = 0
  #key: K | undefined = undefined
  #value: V | undefined = undefined
  /** Open addressing, half full at most; `#values` has undefined where there is none. */
  #keys: (K | undefined)[] | undefined = undefined
  #values: (V | undefined)[] = []
  #mask = 0

  constructor(hash: (key: K) => number, same: (a: K, b: K) => boolean) {
    this.#hash = hash
    this.#same = same
  }

  /** How many slots there are, full or not. */
  get room(): number {
    return this.#values.length
  }

  get(key: K): V | undefined {
    if (this.#keys !== undefined) return this.#values[this.#find(key)]
    return this.#value !== undefined && this.#same(this.#key as K, key) ? this.#value : undefined
  }

  set(key: K, value: V): void {
    if (this.#keys === undefined) {
      if (this.#value === undefined || this.#same(this.#key as K, key)) {
        this.size = 1
        this.#key = key
        this.#value = value
        return
      }
      this.#resize(SMALLEST)
    } else if (this.size * 2 > this.#mask) this.#resize((this.#mask + 1) * 2)
    const at = this.#find(key)
    if (this.#values[at] === undefined) this.size++
    this.#keys![at] = key
    this.#values[at] = value
  }

  delete(key: K): boolean {
    if (this.#keys === undefined) {
      if (this.#value === undefined || !this.#same(this.#key as K, key)) return false
      this.#key = this.#value = undefined
      this.size = 0
      return true
    }
    const at = this.#find(key)
    if (this.#values[at] === undefined) return false
    this.size--
    this.#close(at)
    if (this.#mask >= KEPT && this.size * 16 < this.#mask) this.#resize((this.#mask + 1) / 2)
    return true
  }

  /** In no order. The table must not be changed meanwhile. */
  forEach(fn: (value: V) => void): void {
    if (this.#value !== undefined) fn(this.#value)
    for (const value of this.#values) if (value !== undefined) fn(value)
  }

  /** In no order. */
  values(): V[] {
    const values: V[] = []
    this.forEach((value) => void values.push(value))
    return values
  }

  // The golden ratio of 2^32 puts numbers that follow each other as far apart as can be. Side by side they would be one long
  // run, all of which an entry that is taken out has to look at.
  #home(key: K): number {
    return Math.imul(this.#hash(key), 0x9e3779b1) & this.#mask
  }

  /** Where a key is, or would be. */
  #find(key: K): number {
    let at = this.#home(key)
    while (this.#values[at] !== undefined && !this.#same(this.#keys![at] as K, key))
      at = (at + 1) & this.#mask
    return at
  }

  /** Takes an entry out, and moves those up that had to make way for it. */
  #close(at: number): void {
    const mask = this.#mask
    const keys = this.#keys!
    let hole = at
    for (let next = (at + 1) & mask; this.#values[next] !== undefined; next = (next + 1) & mask) {
      const away = (next - this.#home(keys[next] as K)) & mask
      if (away < ((next - hole) & mask)) continue
      keys[hole] = keys[next]
      this.#values[hole] = this.#values[next]
      hole = next
    }
    keys[hole] = this.#values[hole] = undefined
  }

  #resize(size: number): void {
    const keys = this.#keys ?? [this.#key]
    const values = this.#keys ? this.#values : [this.#value]
    this.#key = this.#value = undefined
    this.#keys = new Array<K | undefined>(size).fill(undefined)
    this.#values = new Array<V | undefined>(size).fill(undefined)
    this.#mask = size - 1
    for (let i = 0; i < values.length; i++) {
      if (values[i] === undefined) continue
      const at = this.#find(keys[i] as K)
      this.#keys[at] = keys[i]
      this.#values[at] = values[i]
    }
  }
}

export function refTable<V extends object>(): Table<Reference, V> {
  return new Table(hashOfRef, sameRef)
}

/** For pids of one node in one of its lives. */
export function pidTable<V extends object>(): Table<Pid, V> {
  return new Table(hashOfPid, samePid)
}

const hashOfRef = ({ words }: Reference): number =>
  words[0]! + Math.imul(words[1] ?? 0, 0xc2b2ae35) + Math.imul(words[2] ?? 0, 0x85ebca6b)

function sameRef(a: Reference, b: Reference): boolean {
  if (a === b) return true
  if (a.words[0] !== b.words[0] || a.node !== b.node || a.creation !== b.creation) return false
  return a.words.length === b.words.length && a.words.every((word, at) => word === b.words[at])
}

const hashOfPid = (pid: Pid): number => pid.id

const samePid = (a: Pid, b: Pid): boolean => a === b || (a.id === b.id && a.serial === b.serial)
