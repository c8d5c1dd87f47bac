import type { Kernel } from '../../process/index.ts'

export interface Intensity {
  /** So many restarts are tolerated (3) */
  readonly maxRestarts?: number
  /** in so many seconds (5). One more, and the supervisor gives up. */
  readonly maxSeconds?: number
}

/** Counts restarts in a window of time. Time is counted in whole seconds, as OTP does. */
export class RestartLimit {
  #maxRestarts = 0
  #maxSeconds = 0
  readonly #kernel: Kernel
  /** How many restarts there were in each second of the window, the oldest first. */
  readonly #counts: { readonly second: number; restarts: number }[] = []
  #total = 0

  constructor(kernel: Kernel, intensity: Intensity) {
    this.#kernel = kernel
    this.configure(intensity)
  }

  /** Tolerates more or less from now on. The restarts that were, count. */
  configure({ maxRestarts = 3, maxSeconds = 5 }: Intensity): void {
    this.#maxRestarts = maxRestarts
    this.#maxSeconds = maxSeconds
  }

  /** Notes a restart. False when it is one too many. */
  recordRestart(): boolean {
    const second = Math.floor(this.#kernel.clock.now() / 1_000)
    const counts = this.#counts
    while (counts[0] && counts[0].second < second - this.#maxSeconds) this.#total -= counts.shift()!.restarts
    const last = counts.at(-1)
    if (last?.second === second) last.restarts++
    else counts.push({ second, restarts: 1 })
    this.#total++
    return this.#total <= this.#maxRestarts
  }
}
