import type { Clock } from '../../clock/index.ts'

/** Entry of the run queue, which works in slices. */
export interface Runnable {
  /** Runs one slice. Returns the number of messages that it handled. */
  run(): number
}

/** Number of messages that may be handled before timers and sockets get their turn. */
const BUDGET = 2_000
/** Time in milliseconds after which they get their turn in any case. */
const LONGEST = 5
/** Number of messages between two readings of the clock. It is lower when the messages take long. */
const CLOCK_STRIDE = 64
const resolved = Promise.resolve()

/**
 * Run queue of a kernel. It runs in microtasks while the budget lasts, then after a `setImmediate`, so that timers and
 * sockets are never late.
 */
export class RunQueue {
  #ring: (Runnable | undefined)[] = new Array(64).fill(undefined)
  #mask = 63
  #head = 0
  #length = 0
  /** Messages handled since timers and sockets had their turn. */
  #spent = 0
  #stride = CLOCK_STRIDE
  /** The value of `#spent` at which the clock is read next. */
  #nextCheck = CLOCK_STRIDE
  #since = 0
  /** Whether a run is scheduled, or the queue is held. */
  #armed = false
  readonly #clock: Clock
  readonly #drain = (): void => this.#run()
  readonly #refill = (): void => {
    this.#spent = 0
    this.#nextCheck = this.#stride
    this.#since = this.#clock.now()
    this.#run()
  }

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Number of entries that wait for their turn. */
  get length(): number {
    return this.#length
  }

  push(runnable: Runnable): void {
    if (this.#length > this.#mask) this.#grow()
    this.#ring[(this.#head + this.#length) & this.#mask] = runnable
    this.#length++
    if (this.#armed) return
    this.#armed = true
    this.#arm()
  }

  #arm(): void {
    if (this.#hasBudget()) void resolved.then(this.#drain)
    else setImmediate(this.#refill)
  }

  /**
   * Holds the queue until {@link release}: what is pushed waits. Returns false when something is in the queue already, or the
   * budget is used up.
   */
  hold(): boolean {
    // A held queue costs as much of the budget as a slice: one for the slice, one for the message.
    this.#spent++
    if (this.#armed || !this.spend()) return false
    this.#armed = true
    return true
  }

  /** Ends {@link hold}. What was pushed runs after the code that calls this. */
  release(): void {
    this.#armed = this.#length > 0
    if (this.#armed) this.#arm()
  }

  /** Whether the budget is used up. A source of more work should then wait for the next turn of the event loop. */
  get saturated(): boolean {
    return this.#spent >= BUDGET
  }

  /** Takes one message from the budget. Returns false when it is used up: the caller must use the queue. */
  spend(): boolean {
    this.#spent++
    return this.#hasBudget()
  }

  #hasBudget(): boolean {
    if (this.#spent >= this.#nextCheck) {
      const late = this.#clock.now() - this.#since > LONGEST
      this.#stride = late ? Math.max(1, this.#stride >> 2) : Math.min(CLOCK_STRIDE, this.#stride * 2)
      this.#nextCheck = this.#spent + this.#stride
      if (late) this.#spent = BUDGET
    }
    return this.#spent < BUDGET
  }

  #run(): void {
    while (this.#length > 0 && this.#hasBudget()) {
      const runnable = this.#ring[this.#head]!
      this.#ring[this.#head] = undefined
      this.#head = (this.#head + 1) & this.#mask
      this.#length--
      this.#spent += runnable.run() + 1
    }
    this.#armed = this.#length > 0
    if (this.#armed) setImmediate(this.#refill)
  }

  #grow(): void {
    const ring = new Array<Runnable | undefined>((this.#mask + 1) * 2).fill(undefined)
    for (let i = 0; i < this.#length; i++) ring[i] = this.#ring[(this.#head + i) & this.#mask]
    this.#ring = ring
    this.#mask = ring.length - 1
    this.#head = 0
  }
}
