import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'

/** Milliseconds between two measurements of the event loop. */
const RESOLUTION = 20
/** Milliseconds after the last question at which the measurement ends. */
const KEPT = 30_000

let histogram: IntervalHistogram | undefined
let ending: NodeJS.Timeout | undefined

/**
 * Returns the longest delay of the event loop of this program since the last question, in milliseconds. The measurement begins with the
 * first question, which is answered with 0, and ends when nobody has asked for half a minute.
 */
export function eventLoopLag(): number {
  clearTimeout(ending)
  ending = setTimeout(stop, KEPT).unref()
  if (!histogram) {
    histogram = monitorEventLoopDelay({ resolution: RESOLUTION })
    histogram.enable()
    return 0
  }
  const lag = histogram.count === 0 ? 0 : Math.max(0, histogram.max / 1e6 - RESOLUTION)
  histogram.reset()
  return Math.round(lag * 10) / 10
}

function stop(): void {
  histogram?.disable()
  histogram = undefined
}
