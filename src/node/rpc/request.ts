import type { LocalProcess } from '../../process/index.ts'
import {
  type Atom,
  atom,
  badarg,
  ErlangError,
  ExitError,
  hideFields,
  identical,
  isTuple,
  noconnection,
  Pid,
  type Reference,
  type Term,
  timeout as timeoutAtom,
  tuple,
} from '../../term/index.ts'
import { ERPC } from './erpc.ts'
import type { ExportedCall } from './exported-call.ts'

const EXECUTE_CALL = atom('execute_call') as Atom
const RETURN = atom('return')
const THROW = atom('throw')
const EXIT = atom('exit')
const ERROR = atom('error')
const EXCEPTION = atom('exception')
const SIGNAL = atom('signal')
const DOWN = atom('DOWN')
const PROCESS = atom('process')
const SPAWN_REPLY = atom('spawn_reply')

/** Gets the message of a request in place of the mailbox. */
export type ResponseListener = (message: Term, request: ErpcRequest<unknown>) => void

/**
 * A call of a function on another node that has been sent, made by `erpc.sendRequest`. Its response is a message for the process that
 * sent the request.
 */
export class ErpcRequest<R = Term> {
  readonly #process: LocalProcess
  /** Reference of the request, and of the monitor of its process. @internal */
  readonly ref: Reference
  readonly #resultRef
  #pid: Pid | undefined
  #listener: ResponseListener | undefined
  #done = false

  /** @internal */
  constructor(process: LocalProcess, node: Atom, { module, name, args }: ExportedCall) {
    const { kernel } = process
    this.#process = process
    this.ref = kernel.makeRef()
    this.#resultRef = kernel.makeRef()
    kernel.requestSpawn(process, node, ERPC, EXECUTE_CALL, [this.#resultRef, module, name, args], {
      ref: this.ref,
      monitor: true,
      onResult: (result) => {
        if (result instanceof Pid) this.#pid = result
        else this.#complete(tuple(SPAWN_REPLY, this.ref, ERROR, result))
      },
      onDown: (reason) => this.#complete(tuple(DOWN, this.ref, PROCESS, this.#pid, reason)),
    })
  }

  #complete(message: Term): void {
    const listener = this.#listener
    const process = this.#process
    if (!listener) return process.deliver(message)
    if (process.suspended) return process.whenResumed(() => this.#complete(message))
    this.#listener = undefined
    listener(message, this)
  }

  /** @throws ErlangError `{erpc, badarg}` when the request is of another process, or its response has been received @internal */
  check(process: LocalProcess): void {
    if (process !== this.#process || this.#done) throw new ErlangError(tuple(ERPC, badarg))
  }

  /** Whether the message is the response. @internal */
  isResponse(message: Term): boolean {
    if (!isTuple(message)) return false
    const [tag, ref] = message.elements as readonly Term[]
    return (tag === DOWN || tag === SPAWN_REPLY) && identical(ref, this.ref)
  }

  /** Gives the response to a listener when it arrives; undefined leaves it to the mailbox. @internal */
  listen(listener: ResponseListener | undefined): void {
    this.#listener = listener
  }

  /** Gives up: no response arrives any more. @internal */
  abandon(): void {
    this.#done = true
    this.#listener = undefined
    const { kernel, monitors } = this.#process
    if (!kernel.abandonSpawn(this.#process, this.ref)) monitors.demonitor(this.ref)
  }

  /** Returns the result in the response, or throws the error. @internal */
  resultOf(message: Term): R {
    this.#done = true
    const elements = isTuple(message) ? (message.elements as readonly Term[]) : []
    const reason = elements.at(-1)
    if (elements[0] === SPAWN_REPLY || reason === noconnection) throw new ErlangError(tuple(ERPC, reason))
    if (!isTuple(reason) || !identical(reason.elements[0], this.#resultRef))
      throw new ExitError(tuple(SIGNAL, reason))
    const [, type, value, stack] = reason.elements as readonly Term[]
    if (type === RETURN) return value as R
    if (type === THROW) throw value
    if (type === EXIT) throw new ExitError(tuple(EXCEPTION, value))
    if (type === ERROR && reason.length === 3) throw new ErlangError(value)
    if (type === ERROR) throw new ErlangError(tuple(EXCEPTION, value, stack))
    throw new ExitError(tuple(SIGNAL, reason))
  }
}

hideFields(ErpcRequest)

/** Response of a request: which request it is, and its message. */
export interface Response {
  readonly request: ErpcRequest<unknown>
  readonly message: Term
}

/**
 * Resolves with the first response to one of the requests, from the mailbox or when it arrives, or with undefined after the timeout.
 * The promise never settles when the process ends first.
 */
export function firstResponse(
  process: LocalProcess,
  requests: Iterable<ErpcRequest<unknown>>,
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

/**
 * Calls a function on a node and returns its result.
 *
 * @param process the caller: its group leader gets the output, and nothing is returned when it exits
 * @throws the value that the function threw; `ExitError` `{exception, reason}` when the function exited and `{signal, reason}` when
 *   its process was ended; `ErlangError` `{exception, error, stack}` when the function failed and
 *   `{erpc, noconnection | timeout | …}` when the call failed
 * @see `erpc:call/5`
 */
export async function erpcCall(
  process: LocalProcess,
  node: Atom,
  module: Atom,
  name: Atom,
  args: readonly Term[],
  timeout: number = Number.POSITIVE_INFINITY,
): Promise<Term> {
  return receiveResponse(process, new ErpcRequest<Term>(process, node, { module, name, args }), timeout)
}

/** Waits for the response to a request. Abandons the request after the timeout. */
export async function receiveResponse<R>(
  process: LocalProcess,
  request: ErpcRequest<R>,
  timeout: number,
): Promise<R> {
  const response = await firstResponse(process, [request], timeout)
  if (response) return request.resultOf(response.message)
  request.abandon()
  throw new ErlangError(tuple(ERPC, timeoutAtom))
}
