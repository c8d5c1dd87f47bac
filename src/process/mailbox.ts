import type { Term } from '../term/index.ts'

const SMALLEST = 8
/** A ring of more slots is dropped when the mailbox is empty. */
const MOST_KEPT = 1024
/** Of a mailbox with one message at most: nothing is ever written into this one. */
const NONE: Term[] = []

/**
 * The messages that a process has not taken yet, oldest first. The oldest stands by itself, since most mailboxes never hold
 * two; the others are in a ring that grows by doubling.
 */
export class Mailbox {
  length = 0
  #oldest: Term = undefined
  #ring: Term[] = NONE
  #mask = -1
  #head = 0

  push(message: Term): void {
    if (this.length === 0) this.#oldest = message
    else {
      if (this.length - 1 > this.#mask) this.#grow()
      this.#ring[(this.#head + this.length - 1) & this.#mask] = message
    }
    this.length++
  }

  /** The message at `index`, counted from the oldest. */
  at(index: number): Term {
    return index === 0 ? this.#oldest : this.#ring[(this.#head + index - 1) & this.#mask]
  }

  /** Takes the oldest message out. Only for a mailbox that is not empty. */
  shift(): Term {
    const message = this.#oldest
    this.length--
    if (this.length > 0) {
      this.#oldest = this.#ring[this.#head]
      this.#ring[this.#head] = undefined
      this.#head = (this.#head + 1) & this.#mask
    } else if (this.#mask >= MOST_KEPT) this.clear()
    else this.#oldest = undefined
    return message
  }

  /** Takes the message at `index` out; the others keep their order. */
  take(index: number): Term {
    if (index === 0) return this.shift()
    const message = this.at(index)
    // Whichever side is shorter moves up by one.
    if (index < this.length / 2) {
      for (let i = index; i > 1; i--) this.#set(i, this.at(i - 1))
      this.#set(1, undefined)
      this.#head = (this.#head + 1) & this.#mask
    } else {
      for (let i = index; i < this.length - 1; i++) this.#set(i, this.at(i + 1))
      this.#set(this.length - 1, undefined)
    }
    this.length--
    return message
  }

  clear(): void {
    this.#oldest = undefined
    this.#ring = NONE
    this.#mask = -1
    this.#head = 0
    this.length = 0
  }

  toArray(): Term[] {
    return Array.from({ length: this.length }, (_, index) => this.at(index))
  }

  #set(index: number, message: Term): void {
    this.#ring[(this.#head + index - 1) & this.#mask] = message
  }

  #grow(): void {
    const size = Math.max(SMALLEST, (this.#mask + 1) * 2)
    const ring = new Array<Term>(size).fill(undefined)
    for (let i = 0; i <= this.#mask; i++) ring[i] = this.#ring[(this.#head + i) & this.#mask]
    this.#ring = ring
    this.#mask = size - 1
    this.#head = 0
  }
}
