import type { Term } from '../../term/index.ts'

/** Options of a call. */
export interface CallOptions {
  /** How long to wait for the answer, in milliseconds or Infinity. Default: 5,000. */
  readonly timeout?: number
  /** Ends the wait when it fires. The call then fails with the reason of the signal. */
  readonly signal?: AbortSignal | undefined
}

export const DEFAULT_TIMEOUT = 5_000

/** Options of a call, and how its error shows it. */
export interface RequestOptions extends CallOptions {
  /** The arguments after the server. Default: the request and the timeout. */
  readonly shownArgs?: readonly Term[]
  /** The server, where it is shown neither by its pid nor by its name. */
  readonly shownServer?: Term | undefined
}
