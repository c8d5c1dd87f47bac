import type { Term } from '../../term/index.ts'

const SMALLEST_RING = 8
/** A ring with more slots than this is dropped when the queue becomes empty. */
const MOST_SLOTS_KEPT = 1024
/** Number of messages between two calls of `onGrown`. */
const GROWTH = 64
/** A queue that becomes empty counts its positions from 0 again when they have come so far. Greater ones are slow in V8. */
const FARTHEST_START = 2 ** 29
/** The ring of every queue that has never held two messages. It is never written to. */
const NO_RING: Term[] = []

/**
 * Messages in the order of their arrival. The oldest message is a field of its own, since most queues never hold two. The
 * others are in a ring buffer that grows by doubling.
 *
 * A message also has a position, which stays the same while older messages are removed: {@link start} plus its index.
 */
export class MessageQueue {
  length = 0
  #oldest: Term = undefined
  #ring: Term[] = NO_RING
  #mask = -1
  /** Position of the oldest message. Its lower bits are the slot of the second one. */
  #head = 0
  #priority = 0

  /** Position of the oldest message. */
  protected get start(): number {
    return this.#head
  }

  /** Number of priority messages. They come first. */
  protected get priorityLength(): number {
    return this.#priority
  }

  /** Called after every {@link GROWTH}th message, while the queue is longer than that. */
  protected onGrown(): void {}

  /** Called when the message at a position has been removed and the newer ones have moved up. */
  protected onMovedUp(_position: number): void {}

  push(message: Term): void {
    if (this.length === 0) {
      this.#oldest = message
      this.length = 1
      return
    }
    if (this.length - 1 > this.#mask) this.grow()
    this.#ring[(this.#head + this.length - 1) & this.#mask] = message
    this.length++
    if (this.length > GROWTH && (this.#head + this.length) % GROWTH === 0) this.onGrown()
  }

  /** Adds a message behind the priority messages and before all others. Returns its index. */
  insertPriority(message: Term): number {
    const index = this.#priority++
    if (index === this.length) {
      this.push(message)
      return index
    }
    if (this.length - 1 > this.#mask) this.grow()
    // The priority messages move down by one, since they are few.
    this.#head--
    this.length++
    for (let i = 1; i < index; i++) this.set(i, this.at(i + 1))
    if (index > 0) this.set(index, message)
    else {
      this.set(1, this.#oldest)
      this.#oldest = message
    }
    return index
  }

  /** Returns the message at `index`, counted from the oldest. */
  at(index: number): Term {
    return index === 0 ? this.#oldest : this.#ring[(this.#head + index - 1) & this.#mask]
  }

  /** Removes the oldest message and returns it. The queue must not be empty. */
  shift(): Term {
    const message = this.#oldest
    this.length--
    if (this.#priority > 0) this.#priority--
    if (this.length > 0) {
      const slot = this.#head++ & this.#mask
      this.#oldest = this.#ring[slot]
      this.#ring[slot] = undefined
    } else if (this.#mask >= MOST_SLOTS_KEPT || this.#head > FARTHEST_START) this.clear()
    else this.#oldest = undefined
    return message
  }

  /** Removes the message at `index` and returns it. The others keep their order. */
  remove(index: number): Term {
    if (index === 0) return this.shift()
    const message = this.at(index)
    if (index < this.#priority) this.#priority--
    // The shorter side moves up by one.
    if (index < this.length / 2) {
      for (let i = index; i > 1; i--) this.set(i, this.at(i - 1))
      this.set(1, undefined)
      this.#head++
    } else {
      for (let i = index; i < this.length - 1; i++) this.set(i, this.at(i + 1))
      this.set(this.length - 1, undefined)
      this.onMovedUp(this.#head + index)
    }
    this.length--
    return message
  }

  clear(): void {
    this.#oldest = undefined
    this.#ring = NO_RING
    this.#mask = -1
    this.#head = 0
    this.#priority = 0
    this.length = 0
  }

  /** Returns the messages, the oldest first. */
  toArray(): Term[] {
    return Array.from({ length: this.length }, (_, index) => this.at(index))
  }

  private set(index: number, message: Term): void {
    this.#ring[(this.#head + index - 1) & this.#mask] = message
  }

  private grow(): void {
    const size = Math.max(SMALLEST_RING, (this.#mask + 1) * 2)
    const ring = new Array<Term>(size).fill(undefined)
    for (let at = this.#head; at <= this.#head + this.#mask; at++)
      ring[at & (size - 1)] = this.#ring[at & this.#mask]
    this.#ring = ring
    this.#mask = size - 1
  }
}
