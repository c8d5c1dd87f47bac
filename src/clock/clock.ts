/** Cancels a scheduled call. Does nothing when the call has happened already. */
export type Cancel = () => void

/** Source of time. Everything that waits uses a clock, so that tests can control time. */
export interface Clock {
  /** Returns the milliseconds since some fixed moment. Never goes back. */
  now(): number
  /** Calls `fn` once, after `ms` milliseconds. */
  schedule(ms: number, fn: () => void): Cancel
}

/** A clock whose time only moves in {@link SimulatedClock.advance | advance}. For tests. */
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

  /** Number of scheduled calls that have not happened. */
  get pending(): number {
    return this.#scheduled.size
  }

  /** Moves time by `ms` milliseconds. Due calls happen in order, each after everything that follows from the one before. */
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

/** Waits two turns of the event loop: a run queue that has used up its budget in the first continues in the second. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve))
}
