import type { Atom } from './atom.ts'
import { escapeName } from './escape.ts'

/**
 * A reference: a value that is unique in the cluster. `makeRef()`, `monitor` and `call` make references.
 *
 * Compare references with `equals` or by a pattern: a reference that comes back from another node is another object.
 */
export class Reference {
  readonly node: Atom
  readonly creation: number
  /** Up to five words of 32 bits, in the order in which they are encoded. */
  readonly words: readonly number[]

  constructor(node: Atom, creation: number, words: readonly number[]) {
    this.node = node
    this.creation = creation
    this.words = words
  }

  /** A string that is the same for equal references, for use as the key of a Map. */
  get key(): string {
    return `${this.node.name}/${this.creation}/${this.words.join('.')}`
  }

  toString(): string {
    return `#Reference<${escapeName(this.node.name)}.${[...this.words].reverse().join('.')}>`
  }

  toJSON(): string {
    return this.toString()
  }
}

/** A port of another node. */
export class Port {
  readonly node: Atom
  readonly id: bigint
  readonly creation: number

  constructor(node: Atom, id: bigint, creation: number) {
    this.node = node
    this.id = id
    this.creation = creation
  }

  toString(): string {
    return `#Port<${escapeName(this.node.name)}.${this.id}>`
  }

  toJSON(): string {
    return this.toString()
  }
}
