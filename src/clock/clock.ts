/** Ends what was scheduled; harmless when it has happened already. */
export type Cancel = () => void

/** Where time comes from. Everything that waits asks a clock, so that tests can move time by hand. */
export interface Clock {
  /** Milliseconds since some fixed moment, never going back. */
  now(): number
  /** Calls `fn` once, `ms` milliseconds from now. */
  schedule(ms: number, fn: () => void): Cancel
}

/** A clock that stands still until it is told to {@link SimulatedClock.advance | advance}. For tests. */
export class SimulatedClock implements Clock {
  #now = 0
  #order = 0
  readonly #scheduled = new Set<{ at: number; order: number; fn: () => void }>()

  now(): number {
    return this.#now
  }

  schedule(ms: number, fn: () => void): Cancel {
    const entry = { at: this.#now + ms, order: this.#order++, fn }
    this.#scheduled.add(entry)
    return () => this.#scheduled.delete(entry)
  }

  /** How many things wait for their time. */
  get pending(): number {
    return this.#scheduled.size
  }

  /** Lets `ms` milliseconds pass: what falls due happens in order, and what follows from it at once. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await settle()
    for (;;) {
      const next = [...this.#scheduled]
        .filter((entry) => entry.at <= end)
        .sort((a, b) => a.at - b.at || a.order - b.order)[0]
      if (!next) break
      this.#scheduled.delete(next)
      this.#now = next.at
      next.fn()
      await settle()
    }
    this.#now = end
  }
}

/** Two turns of the event loop: whoever has used up his share of the first goes on in the second. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve))
}
