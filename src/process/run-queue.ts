import type { Clock } from '../clock/index.ts'

/** Something that has work to do. */
export interface Runnable {
  /** Works for one slice and returns how many messages that took. */
  run(): number
}

/** Messages that may be handled before timers and sockets get their turn, */
const BUDGET = 2_000
/** and how long that may take in milliseconds, looked at once in so many messages, or sooner where they take long. */
const LONGEST = 5
const LOOK = 64
const resolved = Promise.resolve()

/**
 * Who runs next. Work is done in microtasks while the budget lasts, then after a `setImmediate`, so that timers and
 * sockets are never late however busy the processes are.
 */
export class RunQueue {
  #ring: (Runnable | undefined)[] = new Array(64).fill(undefined)
  #mask = 63
  #head = 0
  #length = 0
  #spent = 0
  #stride = LOOK
  #look = LOOK
  #since = 0
  #armed = false
  readonly #clock: Clock
  readonly #drain = (): void => this.#run()
  readonly #refill = (): void => {
    this.#spent = 0
    this.#look = this.#stride
    this.#since = this.#clock.now()
    this.#run()
  }

  constructor(clock: Clock) {
    this.#clock = clock
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
    if (this.#mayGoOn()) void resolved.then(this.#drain)
    else setImmediate(this.#refill)
  }

  /**
   * From here to {@link release} whoever gets something to do only stands in line. False when somebody does already, or
   * the budget is used up.
   */
  hold(): boolean {
    // It costs what a turn of the queue does: the turn, and the message.
    this.#spent++
    if (this.#armed || !this.spend()) return false
    this.#armed = true
    return true
  }

  /** They get their turn, though not before whoever has released them has ended his. */
  release(): void {
    this.#armed = this.#length > 0
    if (this.#armed) this.#arm()
  }

  /** Whether the budget is used up: who brings more work had better wait for the next turn. */
  get saturated(): boolean {
    return this.#spent >= BUDGET
  }

  /** Takes one message's worth of the budget. False when it is used up: the taker has to go through the queue. */
  spend(): boolean {
    this.#spent++
    return this.#mayGoOn()
  }

  #mayGoOn(): boolean {
    if (this.#spent >= this.#look) {
      const late = this.#clock.now() - this.#since > LONGEST
      this.#stride = late ? Math.max(1, this.#stride >> 2) : Math.min(LOOK, this.#stride * 2)
      this.#look = this.#spent + this.#stride
      if (late) this.#spent = BUDGET
    }
    return this.#spent < BUDGET
  }

  #run(): void {
    while (this.#length > 0 && this.#mayGoOn()) {
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
