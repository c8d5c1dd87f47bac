import type { Clock } from '../../clock/index.ts'

interface Failures {
  count: number
  /** Time of the last one. */
  at: number
}

/** Wrong cookies that an address may send before it is refused for a while. */
const FREE = 10
/** Time for which an address is refused after the first wrong cookie beyond these, in ms. Each further one doubles it. */
const SHORTEST = 1_000
const LONGEST = 30_000
/** Most addresses, and most nodes, that are remembered. The oldest is forgotten first. */
const MAX_REMEMBERED = 10_000

/**
 * Wrong cookies that were sent from each address. An address that sends one after the other is refused for a time that doubles,
 * so that nobody can try many cookies. Nodes that have proved the cookie from that address before are let in all the same.
 */
export class FailedProofs {
  readonly #clock: Clock
  readonly #failures = new Map<string, Failures>()
  /** Addresses and names of nodes that have proved the cookie. */
  readonly #proved = new Set<string>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Returns for how many ms a node that connects from an address is refused, 0 when it is let in. */
  wait(address: string, node: string): number {
    const failures = this.#failures.get(address)
    if (!failures || this.#proved.has(`${address} ${node}`)) return 0
    return Math.max(0, failures.at + pause(failures.count) - this.#clock.now())
  }

  /** Counts a wrong cookie. */
  add(address: string): void {
    const now = this.#clock.now()
    const before = this.#failures.get(address)
    const forgotten = !before || now - before.at > 10 * LONGEST
    this.#failures.delete(address)
    this.#failures.set(address, { count: forgotten ? 1 : before.count + 1, at: now })
    forgetOldest(this.#failures)
  }

  /** Remembers a node that has proved the cookie. */
  proved(address: string, node: string): void {
    this.#proved.add(`${address} ${node}`)
    forgetOldest(this.#proved)
  }
}

function pause(count: number): number {
  return count <= FREE ? 0 : Math.min(SHORTEST * 2 ** (count - FREE - 1), LONGEST)
}

function forgetOldest(kept: Map<string, unknown> | Set<string>): void {
  if (kept.size <= MAX_REMEMBERED) return
  const [oldest] = kept.keys()
  kept.delete(oldest!)
}
