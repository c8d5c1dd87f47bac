import { hideFields, type Term } from '../../term/index.ts'
import type { LocalProcess } from '../local-process.ts'
import { firstResponse, type Response } from './first-response.ts'
import type { SentRequest } from './sent-request.ts'

/** A response to a request of a collection: the label of the request, and its result or its error, as of `Promise.allSettled`. */
export type LabelledResponse<R, L> = PromiseSettledResult<R> & { readonly label: L }

/**
 * Requests of `erpc.sendRequest` or `GenServer.sendRequest`, each with a label. `receiveResponse` and `waitResponse` take the response
 * that comes first, and remove its request.
 *
 * @see `gen_server:reqids_new/0`, `erpc:reqids_new/0`, `erpc:reqids_add/3`, `erpc:reqids_size/1`, `erpc:reqids_to_list/1`
 */
export class RequestCollection<R = Term, L = Term> {
  readonly #labels = new Map<SentRequest<R>, L>()

  /** Adds a request. Returns the collection. @throws TypeError when it has the request already */
  add(request: SentRequest<R>, label: L): this {
    if (this.#labels.has(request))
      throw new TypeError('RequestCollection.add: the collection has this request already')
    this.#labels.set(request, label)
    return this
  }

  /** Number of requests whose response has not been taken. */
  get size(): number {
    return this.#labels.size
  }

  /** Returns the requests and their labels, in the order in which they were added. */
  toList(): [request: SentRequest<R>, label: L][] {
    return [...this.#labels]
  }

  /** Takes the first response. Resolves with undefined when there is none in time. @internal */
  async first(process: LocalProcess, timeout: number): Promise<LabelledResponse<R, L> | undefined> {
    for (const request of this.#labels.keys()) request.check(process)
    const response = await firstResponse(process, this.#labels.keys(), timeout)
    return response && this.#settled(response)
  }

  /** Returns the response in a message, or undefined when the message is none. @internal */
  take(message: Term): LabelledResponse<R, L> | undefined {
    for (const request of this.#labels.keys())
      if (request.isResponse(message)) return this.#settled({ request, message })
    return undefined
  }

  /** Abandons every request. @internal */
  abandon(): void {
    for (const request of this.#labels.keys()) request.abandon()
    this.#labels.clear()
  }

  #settled({ request, message }: Response): LabelledResponse<R, L> {
    const own = request as SentRequest<R>
    const label = this.#labels.get(own) as L
    this.#labels.delete(own)
    try {
      return { label, status: 'fulfilled', value: own.resultOf(message) }
    } catch (reason) {
      return { label, status: 'rejected', reason }
    }
  }
}

hideFields(RequestCollection)
