import type { LocalProcess } from '../../../process/index.ts'
import type { Atom, Pid, Reference } from '../../../term/index.ts'
import { TupleClass } from '../../../term/index.ts'
import { badarg, compareExactly, compareValues, same } from '../../value/index.ts'

export type TableType = 'set' | 'ordered_set' | 'bag' | 'duplicate_bag'
export type Protection = 'public' | 'protected' | 'private'

export interface TableOptions {
  readonly ref: Reference
  readonly type: TableType
  readonly keyPosition: number
  readonly protection: Protection
  readonly named: boolean
}

/** Process that owns a table after its owner has ended, and the data of the message that tells it. */
export interface Heir {
  readonly pid: Pid
  readonly data: unknown
}

/**
 * Table of ETS. Its keys are sorted, also those of a set, whose order is not defined on a BEAM.
 *
 * Keys are compared with `=:=`; those of an ordered set with `==`, where 1 and 1.0 are one key.
 */
export class Table {
  readonly ref: Reference
  readonly type: TableType
  readonly keyPosition: number
  readonly protection: Protection
  readonly named: boolean
  name: Atom
  owner: LocalProcess
  heir: Heir | undefined
  readonly #compare: (a: unknown, b: unknown) => number
  #keys: unknown[] = []
  /** The objects of each key. */
  #objects: TupleClass[][] = []
  #size = 0

  constructor(name: Atom, owner: LocalProcess, options: TableOptions) {
    this.name = name
    this.owner = owner
    this.ref = options.ref
    this.type = options.type
    this.keyPosition = options.keyPosition
    this.protection = options.protection
    this.named = options.named
    this.#compare = options.type === 'ordered_set' ? compareValues : compareExactly
  }

  get size(): number {
    return this.#size
  }

  get isBag(): boolean {
    return this.type === 'bag' || this.type === 'duplicate_bag'
  }

  /** Returns the key of an object. Raises `badarg` for a value that is not a tuple with a key. */
  keyOf(object: unknown): unknown {
    return object instanceof TupleClass && object.length >= this.keyPosition
      ? (object.elements as readonly unknown[])[this.keyPosition - 1]
      : badarg()
  }

  insert(object: TupleClass): void {
    const key = this.keyOf(object)
    const at = this.#indexOf(key)
    if (at < 0) {
      this.#keys.splice(~at, 0, key)
      this.#objects.splice(~at, 0, [object])
      this.#size++
      return
    }
    const objects = this.#objects[at]!
    if (!this.isBag) {
      this.#keys[at] = key
      objects[0] = object
    } else if (this.type === 'duplicate_bag' || !objects.some((other) => same(other, object))) {
      objects.push(object)
      this.#size++
    }
  }

  lookup(key: unknown): readonly TupleClass[] {
    const at = this.#indexOf(key)
    return at < 0 ? NONE : this.#objects[at]!
  }

  has(key: unknown): boolean {
    return this.#indexOf(key) >= 0
  }

  delete(key: unknown): void {
    const at = this.#indexOf(key)
    if (at < 0) return
    this.#size -= this.#objects[at]!.length
    this.#keys.splice(at, 1)
    this.#objects.splice(at, 1)
  }

  /** Deletes the objects that are `=:=` to this one. */
  deleteObject(object: unknown): void {
    const key = this.keyOf(object)
    const at = this.#indexOf(key)
    if (at < 0) return
    const kept = this.#objects[at]!.filter((other) => !same(other, object))
    if (kept.length === 0) return this.delete(key)
    this.#size -= this.#objects[at]!.length - kept.length
    this.#objects[at] = kept
  }

  clear(): void {
    this.#keys = []
    this.#objects = []
    this.#size = 0
  }

  /** All objects, in the order of their keys. */
  objects(): TupleClass[] {
    return this.#objects.flat()
  }

  /** Returns the smallest key; undefined for an empty table. */
  first(): { readonly key: unknown } | undefined {
    return this.#at(0)
  }

  last(): { readonly key: unknown } | undefined {
    return this.#at(this.#keys.length - 1)
  }

  /** Returns the key after this one, which does not have to be in the table. */
  next(key: unknown): { readonly key: unknown } | undefined {
    const at = this.#indexOf(key)
    return this.#at(at < 0 ? ~at : at + 1)
  }

  previous(key: unknown): { readonly key: unknown } | undefined {
    const at = this.#indexOf(key)
    return this.#at((at < 0 ? ~at : at) - 1)
  }

  /** Returns the objects of the key at an index; undefined beyond the last one. */
  slot(index: number): readonly TupleClass[] | undefined {
    return this.#objects[index]
  }

  #at(index: number): { readonly key: unknown } | undefined {
    return index >= 0 && index < this.#keys.length ? { key: this.#keys[index] } : undefined
  }

  /** Returns the index of a key; for a missing key the bitwise complement of the index at which to insert it. */
  #indexOf(key: unknown): number {
    let low = 0
    let high = this.#keys.length
    // Keys that grow are appended without a search.
    if (high > 0 && this.#compare(this.#keys[high - 1], key) < 0) return ~high
    while (low < high) {
      const middle = (low + high) >> 1
      const order = this.#compare(this.#keys[middle], key)
      if (order === 0) return middle
      if (order < 0) low = middle + 1
      else high = middle
    }
    return ~low
  }
}

const NONE: readonly TupleClass[] = []
