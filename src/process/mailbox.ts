import type { Term } from '../term/index.ts'

const SMALLEST = 8
/** Of a mailbox that has nothing in it: nothing is ever written into this one. */
const NONE: Term[] = []

/** The messages that a process has not taken yet, oldest first: a ring that grows and shrinks by halves. */
export class Mailbox {
  #ring: Term[] = NONE
  #mask = -1
  #head = 0
  length = 0

  push(message: Term): void {
    if (this.length > this.#mask) this.#resize(Math.max(SMALLEST, this.length * 2))
    this.#ring[(this.#head + this.length) & this.#mask] = message
    this.length++
  }

  /** The message at `index`, counted from the oldest. */
  at(index: number): Term {
    return this.#ring[(this.#head + index) & this.#mask]
  }

  /** Takes the oldest message out. Only for a mailbox that is not empty. */
  shift(): Term {
    const message = this.#ring[this.#head]
    this.#ring[this.#head] = undefined
    this.#head = (this.#head + 1) & this.#mask
    this.length--
    if (this.length === 0 && this.#mask > 1023) this.clear()
    return message
  }

  /** Takes the message at `index` out; the others keep their order. */
  take(index: number): Term {
    if (index === 0) return this.shift()
    const message = this.at(index)
    // Whichever side is shorter moves up by one.
    if (index < this.length / 2) {
      for (let i = index; i > 0; i--) this.#ring[(this.#head + i) & this.#mask] = this.at(i - 1)
      this.#ring[this.#head] = undefined
      this.#head = (this.#head + 1) & this.#mask
    } else {
      for (let i = index; i < this.length - 1; i++) this.#ring[(this.#head + i) & this.#mask] = this.at(i + 1)
      this.#ring[(this.#head + this.length - 1) & this.#mask] = undefined
    }
    this.length--
    return message
  }

  clear(): void {
    this.#ring = NONE
    this.#mask = -1
    this.#head = 0
    this.length = 0
  }

  toArray(): Term[] {
    return Array.from({ length: this.length }, (_, index) => this.at(index))
  }

  #resize(size: number): void {
    const ring = new Array<Term>(size)
    for (let i = 0; i < this.length; i++) ring[i] = this.at(i)
    for (let i = this.length; i < size; i++) ring[i] = undefined
    this.#ring = ring
    this.#mask = size - 1
    this.#head = 0
  }
}
