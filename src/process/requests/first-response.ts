import type { Term } from '../../term/index.ts'
import type { LocalProcess } from '../local-process.ts'
import type { ResponseListener, SentRequest } from './sent-request.ts'

/** Response of a request: which request it is, and its message. */
export interface Response {
  readonly request: SentRequest<unknown>
  readonly message: Term
}

/**
 * Resolves with the first response to one of the requests, from the mailbox or when it arrives, or with undefined after the timeout.
 * The promise never settles when the process ends first.
 */
export function firstResponse(
  process: LocalProcess,
  requests: Iterable<SentRequest<unknown>>,
  timeout: number,
): Promise<Response | undefined> {
  const waiting = [...requests]
  let found: Response | undefined
  process.mailbox.take(
    (message) => {
      const request = waiting.find((each) => each.isResponse(message))
      if (request) found = { request, message }
      return request !== undefined
    },
    waiting.map(({ ref }) => ref),
  )
  if (found || timeout === 0 || waiting.length === 0) return Promise.resolve(found)
  return new Promise((resolve) => {
    let cancel: (() => void) | undefined
    const end = (response: Response | undefined): void => {
      cancel?.()
      process.offExit(stop)
      for (const request of waiting) request.listen(undefined)
      resolve(response)
    }
    const stop = (): void => cancel?.()
    const onResponse: ResponseListener = (message, request) => end({ request, message })
    for (const request of waiting) request.listen(onResponse)
    if (timeout === Number.POSITIVE_INFINITY) return
    cancel = process.kernel.clock.schedule(timeout, () => end(undefined))
    process.onExit(stop)
  })
}
