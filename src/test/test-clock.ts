import { type Cancel, type Clock, SimulatedClock, systemClock } from '../clock/index.ts'

/** Clock of the processes of a test file: the time of the machine, or a simulated time while a test uses one. */
export class TestClock implements Clock {
  #simulated: SimulatedClock | undefined
  /** Milliseconds that this clock is ahead of the machine, so that it never goes back after a simulation. */
  #ahead = 0
  #simulationStart = 0

  now(): number {
    return this.#simulated ? this.#simulationStart + this.#simulated.now() : systemClock.now() + this.#ahead
  }

  schedule(ms: number, fn: () => void): Cancel {
    return (this.#simulated ?? systemClock).schedule(ms, fn)
  }

  /** Stops the time of the machine. What was scheduled before still follows it. */
  simulate(): SimulatedClock {
    if (this.#simulated) return this.#simulated
    this.#simulationStart = this.now()
    this.#simulated = new SimulatedClock()
    return this.#simulated
  }

  /** Ends the simulation. What was scheduled in simulated time never happens. */
  endSimulation(): void {
    if (!this.#simulated) return
    this.#ahead = Math.max(this.#ahead, this.now() - systemClock.now())
    this.#simulated = undefined
  }
}
