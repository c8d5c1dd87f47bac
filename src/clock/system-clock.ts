import { AsyncResource } from 'node:async_hooks'
import type { Cancel, Clock } from './clock.ts'
import { LinkedList, type ListNode } from './linked-list.ts'

interface ScheduledCall {
  readonly at: number
  readonly fn: () => void
}

// setTimeout counts in 32 bits: a longer timeout would fire at once.
const LONGEST_TIMEOUT = 2 ** 31 - 1

/** Above this number of lists, a list is dropped as soon as it is empty. */
const MOST_LISTS = 1_000

// One timer serves many calls, so it must not run in the asynchronous context of the first one.
const outside = new AsyncResource('moebi.clock')

/**
 * Scheduled calls with the same delay. They fall due in the order in which they were scheduled, so one timer serves them all,
 * as in Node.js's own timer lists.
 */
class TimerList {
  readonly #ms: number
  readonly #calls = new LinkedList<ScheduledCall>()
  #timer: NodeJS.Timeout | undefined
  /** Number of scheduled calls. Without one, the timer does not keep the program alive. */
  #size = 0
  #checkScheduled = false
  readonly #onTimeout = (): void => this.#runDue()
  readonly #dropIfEmpty = (): void => {
    this.#checkScheduled = false
    if (this.#size > 0 || !this.#timer) return
    if (lists.size <= MOST_LISTS) this.#timer.unref()
    else {
      clearTimeout(this.#timer)
      this.#timer = undefined
      lists.delete(this.#ms)
    }
  }

  constructor(ms: number) {
    this.#ms = ms
  }

  add(fn: () => void): Cancel {
    const node = this.#calls.add({ at: performance.now() + this.#ms, fn })
    if (this.#size++ === 0) {
      if (this.#timer) this.#timer.ref()
      else this.#startTimer(this.#ms)
    }
    return () => this.#remove(node)
  }

  #remove(node: ListNode<ScheduledCall>): void {
    if (!node.list) return
    LinkedList.remove(node)
    if (--this.#size > 0 || this.#checkScheduled) return
    this.#checkScheduled = true
    // The next call is most often scheduled at once, and then the timer is still there.
    setImmediate(this.#dropIfEmpty)
  }

  #startTimer(ms: number): void {
    this.#timer = outside.runInAsyncScope(setTimeout, undefined, this.#onTimeout, ms)
  }

  #runDue(): void {
    this.#timer = undefined
    try {
      for (
        let node = this.#calls.first;
        node && node.value.at <= performance.now();
        node = this.#calls.first
      ) {
        this.#remove(node)
        node.value.fn()
      }
    } finally {
      const next = this.#calls.first
      if (!next) lists.delete(this.#ms)
      else if (!this.#timer) this.#startTimer(Math.max(1, Math.ceil(next.value.at - performance.now())))
    }
  }
}

/** The timer lists by their delay in milliseconds. */
const lists = new Map<number, TimerList>()

function timerList(ms: number): TimerList {
  let list = lists.get(ms)
  if (!list) {
    list = new TimerList(ms)
    lists.set(ms, list)
  }
  return list
}

/** The time of this machine. */
export const systemClock: Clock = {
  now: () => performance.now(),
  schedule(ms, fn) {
    if (ms <= LONGEST_TIMEOUT) return timerList(Math.max(1, Math.trunc(ms) || 1)).add(fn)
    let cancel = timerList(LONGEST_TIMEOUT).add(() => {
      cancel = systemClock.schedule(ms - LONGEST_TIMEOUT, fn)
    })
    return () => cancel()
  },
}
