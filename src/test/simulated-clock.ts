import type { SimulatedClock } from '../clock/index.ts'
import { requireTestFile } from './test-file.ts'
import { requireTest } from './test-process.ts'

/**
 * Gives the processes of this node a clock that only moves with `advance(ms)`, until the test ends. `sleep`, the timeouts of `receive` and of
 * calls, and `Process.sendAfter` follow it.
 *
 * When not to use it: with peers. Their processes follow real time, and the ticks of a connection to them follow the simulated one.
 */
export function useSimulatedClock(): SimulatedClock {
  requireTest('useSimulatedClock()')
  return requireTestFile('useSimulatedClock()').clock.simulate()
}
