import { randomInt } from 'node:crypto'
import { type Atom, Reference, type Term } from '../../term/index.ts'
import type { AliasHolder } from '../kernel.ts'
import { RefTable } from '../table/index.ts'

const WORD = 2 ** 32
const LOW_WORD = 2 ** 18

/** Source of the references of one kernel, and the table of those that are aliases. */
export class References {
  readonly #node: Atom
  readonly #creation: number
  readonly #highWord = randomInt(WORD)
  readonly #aliases = new RefTable<AliasHolder>()
  #low = 0
  #middle = 0

  constructor(node: Atom, creation: number) {
    this.#node = node
    this.#creation = creation
  }

  make(): Reference {
    this.#low++
    if (this.#low === LOW_WORD) {
      this.#low = 0
      this.#middle = (this.#middle + 1) % WORD
    }
    return new Reference(this.#node, this.#creation, [this.#low, this.#middle, this.#highWord])
  }

  /** Number of references made. */
  get count(): number {
    return this.#middle * LOW_WORD + this.#low
  }

  /** Returns the value of {@link count} when the reference was made, or undefined when another kernel made it. */
  numberOf({ node, creation, words }: Reference): number | undefined {
    if (node !== this.#node || creation !== this.#creation || words[2] !== this.#highWord) return undefined
    return words[1]! * LOW_WORD + words[0]!
  }

  alias(holder: AliasHolder): void {
    this.#aliases.set(holder)
  }

  dropAlias(ref: Reference): void {
    this.#aliases.delete(ref)
  }

  holder(ref: Reference): AliasHolder | undefined {
    return this.#aliases.get(ref)
  }

  /** Delivers a message to the holder of an alias. Nothing happens when the alias does not exist. */
  deliver(to: Reference, message: Term, priority: boolean): void {
    this.#aliases.get(to)?.receive(message, priority)
  }
}
