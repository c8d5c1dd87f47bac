import type { Kernel } from '../../process/index.ts'

export interface Intensity {
  /** Maximum number of restarts within `maxSeconds`. Default: 3. */
  readonly maxRestarts?: number
  /** Length of the window in seconds. Default: 5. The supervisor ends at the first restart above the maximum. */
  readonly maxSeconds?: number
}

/** Counter of restarts in a window of time, in whole seconds as in OTP. */
export class RestartLimit {
  #maxRestarts = 0
  #maxSeconds = 0
  readonly #kernel: Kernel
  /** Number of restarts in each second of the window, the oldest first. */
  readonly #counts: { readonly second: number; restarts: number }[] = []
  #total = 0

  constructor(kernel: Kernel, intensity: Intensity) {
    this.#kernel = kernel
    this.configure(intensity)
  }

  /** Sets other limits. Earlier restarts still count. */
  configure({ maxRestarts = 3, maxSeconds = 5 }: Intensity): void {
    this.#maxRestarts = maxRestarts
    this.#maxSeconds = maxSeconds
  }

  /** Counts a restart. Returns false when it exceeds the maximum. */
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
