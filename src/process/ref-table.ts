import type { Reference } from '../term/index.ts'
import { Table } from './table.ts'

interface Entry {
  readonly ref: Reference
}

const LOW = 2 ** 18

/** Entries that come and go under a reference, of this node or of another one. */
export class RefTable<V extends Entry> {
  readonly #table = new Table<V>()
  /** Those whose number another one has already, by their keys: references of different nodes. */
  #rest: Map<string, V> | undefined = undefined

  get size(): number {
    return this.#table.size + (this.#rest?.size ?? 0)
  }

  get(ref: Reference): V | undefined {
    const entry = this.#table.get(numberOf(ref))
    return entry !== undefined && same(entry.ref, ref) ? entry : this.#rest?.get(ref.key)
  }

  set(entry: V): void {
    const { ref } = entry
    const number = numberOf(ref)
    const holder = this.#table.get(number)
    if (holder === undefined || same(holder.ref, ref)) this.#table.set(number, entry)
    else {
      this.#rest ??= new Map()
      this.#rest.set(ref.key, entry)
    }
  }

  delete(ref: Reference): boolean {
    const number = numberOf(ref)
    const entry = this.#table.get(number)
    if (entry !== undefined && same(entry.ref, ref)) return this.#table.delete(number)
    return this.#rest?.delete(ref.key) ?? false
  }

  /** In no order. The table must not be changed meanwhile. */
  forEach(fn: (entry: V) => void): void {
    this.#table.forEach(fn)
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

function same(a: Reference, b: Reference): boolean {
  if (a === b) return true
  if (a.node !== b.node || a.creation !== b.creation || a.words.length !== b.words.length) return false
  for (let at = 0; at < a.words.length; at++) if (a.words[at] !== b.words[at]) return false
  return true
}
