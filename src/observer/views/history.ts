/** Values of a node at one time, for the plots. */
export interface Sample {
  /** Seconds since 1970. */
  readonly time: number
  /** Bytes. */
  readonly memory: number
  /** Lag of the event loop in ms; of a BEAM the time of a round trip. */
  readonly lag: number
  readonly processes: number
}

const SECONDS = 15 * 60

/** The samples of the last 15 minutes, the oldest first. */
export class History {
  #samples: Sample[] = []
  #last = performance.now()

  get samples(): readonly Sample[] {
    return this.#samples
  }

  get latest(): Sample | undefined {
    return this.#samples.at(-1)
  }

  /** Milliseconds since the last sample, or since the node is known. */
  get age(): number {
    return performance.now() - this.#last
  }

  add(sample: Sample): void {
    this.#last = performance.now()
    this.#samples.push(sample)
    // Not at every sample, since the removal moves all others.
    if (this.#samples[0]!.time < sample.time - SECONDS * 1.1)
      this.#samples = this.#samples.filter(({ time }) => time >= sample.time - SECONDS)
  }
}
