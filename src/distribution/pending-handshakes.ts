/**
 * Limit of the incoming handshakes that are in progress, so that clients that connect and send nothing cannot use up memory.
 * With too many, the oldest is aborted: a handshake of a real node takes a few milliseconds. Each node has one limit.
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

  /** Adds a handshake. `abort` is called when a newer one needs its place. Returns a function that removes it. */
  add(abort: () => void): () => void {
    if (this.#aborts.size >= this.max) {
      const [oldest] = this.#aborts
      this.#aborts.delete(oldest!)
      oldest!()
    }
    this.#aborts.add(abort)
    return () => void this.#aborts.delete(abort)
  }
}
