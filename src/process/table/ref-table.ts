import type { Reference } from '../../term/index.ts'
import { Table } from './table.ts'

interface Entry {
  readonly ref: Reference
}

const LOW = 2 ** 18

/** Hash table from references, of this node or of others, to entries that are often added and deleted. */
export class RefTable<V extends Entry> {
  /** The entry that was added to an empty table: most tables never have two. */
  #first: V | undefined = undefined
  #others: Table<V> | undefined = undefined
  /** Entries whose number is taken, by the keys of their references: references of different nodes. */
  #colliding: Map<string, V> | undefined = undefined

  get size(): number {
    return (this.#first === undefined ? 0 : 1) + this.#otherSize
  }

  get #otherSize(): number {
    return this.#others === undefined ? 0 : this.#others.size + (this.#colliding?.size ?? 0)
  }

  get(ref: Reference): V | undefined {
    const first = this.#first
    if (first !== undefined && isOf(first, ref)) return first
    const entry = this.#others?.get(numberOf(ref))
    return entry !== undefined && isOf(entry, ref) ? entry : this.#colliding?.get(ref.key)
  }

  set(entry: V): void {
    const { ref } = entry
    if (this.#first === undefined ? this.#otherSize === 0 : isOf(this.#first, ref)) {
      this.#first = entry
      return
    }
    this.#others ??= new Table()
    const number = numberOf(ref)
    const holder = this.#others.get(number)
    if (holder === undefined || isOf(holder, ref)) this.#others.set(number, entry)
    else {
      this.#colliding ??= new Map()
      this.#colliding.set(ref.key, entry)
    }
  }

  delete(ref: Reference): boolean {
    const first = this.#first
    if (first !== undefined && isOf(first, ref)) {
      this.#first = undefined
      return true
    }
    if (this.#others === undefined) return false
    const number = numberOf(ref)
    const entry = this.#others.get(number)
    if (entry !== undefined && isOf(entry, ref)) return this.#others.delete(number)
    return this.#colliding?.delete(ref.key) ?? false
  }

  /** Calls `fn` with each entry, in no order. `fn` must not change the table. */
  forEach(fn: (entry: V) => void): void {
    if (this.#first !== undefined) fn(this.#first)
    this.#others?.forEach(fn)
    this.#colliding?.forEach(fn)
  }

  /** Returns the entries, in no order. */
  values(): V[] {
    const values: V[] = []
    this.forEach((entry) => void values.push(entry))
    return values
  }
}

/** Returns a number that is unique among the first 2^50 references of a node. */
function numberOf({ words }: Reference): number {
  return words.length > 1 ? words[1]! * LOW + words[0]! : words[0]!
}

// Within a node a reference is nearly always the same object.
function isOf(entry: Entry, ref: Reference): boolean {
  return entry.ref === ref || same(entry.ref, ref)
}

function same(a: Reference, b: Reference): boolean {
  if (a.node !== b.node || a.creation !== b.creation || a.words.length !== b.words.length) return false
  for (let at = 0; at < a.words.length; at++) if (a.words[at] !== b.words[at]) return false
  return true
}
