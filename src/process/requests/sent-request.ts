import { hideFields, type Reference, type Term } from '../../term/index.ts'
import type { LocalProcess } from '../local-process.ts'

/** Gets the message of a response in place of the mailbox. */
export type ResponseListener = (message: Term, request: SentRequest<unknown>) => void

/** Request that has been sent. Its response is a message for the process that sent it. */
export abstract class SentRequest<R> {
  /** Reference in the response. @internal */
  abstract readonly ref: Reference
  /** The process that sent the request. @internal */
  protected readonly process: LocalProcess
  #listener: ResponseListener | undefined
  #done = false

  /** @internal */
  constructor(process: LocalProcess) {
    this.process = process
  }

  /** Gives the response to the listener, or to the mailbox. @internal */
  protected complete(message: Term): void {
    if (this.#done) return
    const listener = this.#listener
    const { process } = this
    if (!listener) return process.deliver(message)
    if (process.suspended) return process.whenResumed(() => this.complete(message))
    this.#listener = undefined
    listener(message, this)
  }

  /** @throws the error of {@link unusable} when the request is of another process, or its response has been received @internal */
  check(process: LocalProcess): void {
    if (process !== this.process || this.#done) throw this.unusable()
  }

  /** Gives the response to a listener when it arrives; undefined leaves it to the mailbox. @internal */
  listen(listener: ResponseListener | undefined): void {
    this.#listener = listener
  }

  /** Gives up: no response arrives any more. @internal */
  abandon(): void {
    this.#done = true
    this.#listener = undefined
    this.release()
  }

  /** Returns the result in the response, or throws the error. @internal */
  resultOf(message: Term): R {
    this.#done = true
    return this.read(message)
  }

  /** Whether the message is the response. @internal */
  abstract isResponse(message: Term): boolean
  /** Removes the monitor and what else waits for the response. */
  protected abstract release(): void
  protected abstract read(message: Term): R
  /** Returns the error for a request that cannot be received. */
  protected abstract unusable(): Error
}

hideFields(SentRequest)
