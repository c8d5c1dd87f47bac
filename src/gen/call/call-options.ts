import { isTimeout, readTimeout, type Timeout, type TimeoutOptions } from '../../process/index.ts'
import type { Term } from '../../term/index.ts'

/** Options of a call. */
export interface CallOptions {
  /** How long to wait for the answer: milliseconds, `Infinity` or `'infinity'`. Default: 5,000. */
  readonly timeout?: Timeout | undefined
  /** Ends the wait when it fires. The call then fails with the reason of the signal. */
  readonly signal?: AbortSignal | undefined
}

/** Options of a call that were read, and how its error shows it. */
export interface RequestOptions {
  /** Milliseconds or Infinity. */
  readonly timeout?: number
  readonly signal?: AbortSignal | undefined
  /** The arguments after the server. Default: the request and the timeout. */
  readonly shownArgs?: readonly Term[]
  /** The server, when it is shown neither by its pid nor by its name. */
  readonly shownServer?: Term | undefined
}

const NAMES = ['timeout', 'signal'] as const
export const NO_OPTIONS: RequestOptions = {}

/**
 * Reads the last argument of a call: a timeout, as in Elixir, or options.
 *
 * @param fn the function, for the errors: `GenServer.call`
 * @throws TypeError when it has another type, or an option is unknown; RangeError when the timeout is negative or NaN
 */
export function readCallOptions(given: CallOptions | Timeout | undefined, fn: string): RequestOptions {
  if (given === undefined) return NO_OPTIONS
  if (isTimeout(given)) return { timeout: readTimeout(given, 0, fn) }
  const { timeout, signal } = (given ?? {}) as CallOptions
  const ms = readTimeout(given as TimeoutOptions, Number.NaN, fn, NAMES)
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new TypeError(
      `${fn}: signal is an AbortSignal, as new AbortController().signal or AbortSignal.timeout(1_000), got: ${String(signal)}`,
    )
  return timeout === undefined ? (signal === undefined ? NO_OPTIONS : { signal }) : { timeout: ms, signal }
}
