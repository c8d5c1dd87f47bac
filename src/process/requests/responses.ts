import type { Term } from '../../term/index.ts'
import type { Timeout, TimeoutOptions } from '../api/index.ts'
import { requireProcess } from '../current-process.ts'
import type { LocalProcess } from '../local-process.ts'
import { firstResponse } from './first-response.ts'
import { type LabelledResponse, RequestCollection } from './request-collection.ts'
import type { SentRequest } from './sent-request.ts'

/** Call signatures of `receiveResponse`, for a request and for a collection. */
export interface ReceiveForms {
  <R>(request: SentRequest<R>, options?: Timeout | TimeoutOptions): Promise<R>
  <R, L>(
    requests: RequestCollection<R, L>,
    options?: Timeout | TimeoutOptions,
  ): Promise<LabelledResponse<R, L> | undefined>
}

/** Call signatures of `waitResponse`. */
export interface WaitForms {
  <R>(request: SentRequest<R>, time?: Timeout): Promise<{ readonly response: R } | undefined>
  <R, L>(requests: RequestCollection<R, L>, time?: Timeout): Promise<LabelledResponse<R, L> | undefined>
}

/** Call signatures of `checkResponse`. */
export interface CheckForms {
  <R>(message: Term, request: SentRequest<R>): { readonly response: R } | undefined
  <R, L>(message: Term, requests: RequestCollection<R, L>): LabelledResponse<R, L> | undefined
}

type Requests = SentRequest<unknown> | RequestCollection<unknown, unknown>

/**
 * Waits for the response to a request, or for the first one to a collection.
 *
 * @param timedOut returns the error after the timeout. The requests are then abandoned
 */
export async function receiveResponse(
  process: LocalProcess,
  from: Requests,
  timeout: number,
  timedOut: () => Error,
): Promise<unknown> {
  if (from instanceof RequestCollection) {
    if (from.size === 0) return undefined
    const response = await from.first(process, timeout)
    if (response) return response
  } else {
    from.check(process)
    const response = await firstResponse(process, [from], timeout)
    if (response) return from.resultOf(response.message)
  }
  from.abandon()
  throw timedOut()
}

/** Waits for a response for some time. Resolves with undefined when there is none: the requests remain. */
export async function waitResponse(process: LocalProcess, from: Requests, timeout: number): Promise<unknown> {
  if (from instanceof RequestCollection) return from.first(process, timeout)
  from.check(process)
  const response = await firstResponse(process, [from], timeout)
  return response && { response: from.resultOf(response.message) }
}

/**
 * Returns the response in a message, or undefined when the message is none.
 *
 * @param fn the function, for the error outside of processes
 */
export function checkResponse(fn: string, message: Term, from: Requests): unknown {
  if (from instanceof RequestCollection) return from.take(message)
  from.check(requireProcess(fn))
  return from.isResponse(message) ? { response: from.resultOf(message) } : undefined
}
