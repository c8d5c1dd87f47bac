import type { Reference } from '../term/index.ts'
import { Table } from './table.ts'

interface Entry {
  readonly ref: Reference
}

const LOW = 2 ** 18

/** Entries that come and go under a reference, of this node or of another one. */
export class RefTable<V extends Entry> {
  /** The one that came while there was no other: most tables never have two. */
  #first: V | undefined = undefined
  #others: Table<V> | undefined = undefined
  /** Those whose number another one has already, by their keys: references of different nodes. */
  #rest: Map<string, V> | undefined = undefined

  get size(): number {
    return (this.#first === undefined ? 0 : 1) + this.#later
  }

  get #later(): number {
    return this.#others === undefined ? 0 : this.#others.size + (this.#rest?.size ?? 0)
  }

  get(ref: Reference): V | undefined {
    const first = this.#first
    if (first !== undefined && isOf(first, ref)) return first
    const entry = this.#others?.get(numberOf(ref))
    return entry !== undefined && isOf(entry, ref) ? entry : this.#rest?.get(ref.key)
  }

  set(entry: V): void {
    const { ref } = entry
    if (this.#first === undefined ? this.#later === 0 : isOf(this.#first, ref)) {
      this.#first = entry
      return
    }
    this.#others ??= new Table()
    const number = numberOf(ref)
    const holder = this.#others.get(number)
    if (holder === undefined || isOf(holder, ref)) this.#others.set(number, entry)
    else {
      this.#rest ??= new Map()
      this.#rest.set(ref.key, entry)
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
    return this.#rest?.delete(ref.key) ?? false
  }

  /** In no order. The table must not be changed meanwhile. */
  forEach(fn: (entry: V) => void): void {
    if (this.#first !== undefined) fn(this.#first)
    this.#others?.forEach(fn)
    this.#rest?.forEach(fn)
  }

  /** In no order. */
  values(): V[] {
    const values: V[] = []
    this.forEach((entry) => void values.push(entry))
    return values
  }
}

/** Different for the references of one node, unless it has made 2^50 of them. */
function numberOf({ words }: Reference): number {
  return words.length > 1 ? words[1]! * LOW + words[0]! : words[0]!
}

/** Within a node a reference is nearly always the same object. */
function isOf(entry: Entry, ref: Reference): boolean {
  return entry.ref === ref || same(entry.ref, ref)
}

function same(a: Reference, b: Reference): boolean {
  if (a.node !== b.node || a.creation !== b.creation || a.words.length !== b.words.length) return false
  for (let at = 0; at < a.words.length; at++) if (a.words[at] !== b.words[at]) return false
  return true
}
