/**
 * Counts the handshakes under way on behalf of strangers, so that those who connect and say nothing cannot pile up: when
 * there are too many the oldest is given up, since a node that means it is done in a few milliseconds. One for a node.
 */
export class PendingHandshakes {
  readonly max: number
  readonly #aborts = new Set<() => void>()

  constructor(max = 64) {
    this.max = max
  }

  get count(): number {
    return this.#aborts.size
  }

  /** Counts one more, which is told to `giveUp` where its place is needed. Returns what ends the counting. */
  add(giveUp: () => void): () => void {
    if (this.#aborts.size >= this.max) {
      const [oldest] = this.#aborts
      this.#aborts.delete(oldest!)
      oldest!()
    }
    this.#aborts.add(giveUp)
    return () => void this.#aborts.delete(giveUp)
  }
}
