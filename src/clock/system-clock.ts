import { AsyncResource } from 'node:async_hooks'
import { Chain, type Link } from './chain.ts'
import type { Cancel, Clock } from './clock.ts'

interface Alarm {
  readonly at: number
  readonly fn: () => void
}

// setTimeout counts in 32 bits: a longer wait would fire at once.
const LONGEST_TIMEOUT = 2 ** 31 - 1

/** More lanes than these are kept only while somebody waits in them. */
const MOST_LANES = 1_000

// A timer that serves many belongs to none of those who asked for it.
const nobody = new AsyncResource('moebi.clock')

/** Those that wait equally long, which therefore fall due in the order in which they came: one timer serves them all. */
class Lane {
  readonly #ms: number
  readonly #alarms = new Chain<Alarm>()
  #timer: NodeJS.Timeout | undefined
  /** How many wait; while none does, the timer keeps no program alive. */
  #waiting = 0
  #leaving = false
  readonly #fire = (): void => this.#ring()
  readonly #leave = (): void => {
    this.#leaving = false
    if (this.#waiting > 0 || !this.#timer) return
    if (lanes.size <= MOST_LANES) this.#timer.unref()
    else {
      clearTimeout(this.#timer)
      this.#timer = undefined
      lanes.delete(this.#ms)
    }
  }

  constructor(ms: number) {
    this.#ms = ms
  }

  add(fn: () => void): Cancel {
    const link = this.#alarms.add({ at: performance.now() + this.#ms, fn })
    if (this.#waiting++ === 0) {
      if (this.#timer) this.#timer.ref()
      else this.#arm(this.#ms)
    }
    return () => this.#remove(link)
  }

  #remove(link: Link<Alarm>): void {
    if (!link.chain) return
    Chain.remove(link)
    if (--this.#waiting > 0 || this.#leaving) return
    this.#leaving = true
    // Most often somebody else comes at once.
    setImmediate(this.#leave)
  }

  #arm(ms: number): void {
    this.#timer = nobody.runInAsyncScope(setTimeout, undefined, this.#fire, ms)
  }

  #ring(): void {
    this.#timer = undefined
    try {
      for (
        let link = this.#alarms.first;
        link && link.value.at <= performance.now();
        link = this.#alarms.first
      ) {
        this.#remove(link)
        link.value.fn()
      }
    } finally {
      const next = this.#alarms.first
      if (!next) lanes.delete(this.#ms)
      else if (!this.#timer) this.#arm(Math.max(1, Math.ceil(next.value.at - performance.now())))
    }
  }
}

const lanes = new Map<number, Lane>()

function laneOf(ms: number): Lane {
  let lane = lanes.get(ms)
  if (!lane) {
    lane = new Lane(ms)
    lanes.set(ms, lane)
  }
  return lane
}

/** The time of this machine. */
export const systemClock: Clock = {
  now: () => performance.now(),
  schedule(ms, fn) {
    if (ms <= LONGEST_TIMEOUT) return laneOf(Math.max(1, Math.trunc(ms) || 1)).add(fn)
    let cancel = laneOf(LONGEST_TIMEOUT).add(() => {
      cancel = systemClock.schedule(ms - LONGEST_TIMEOUT, fn)
    })
    return () => cancel()
  },
}
