import { type LocalProcess, receiveResponse, SentRequest } from '../../process/index.ts'
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

/**
 * A call of a function on another node that has been sent, made by `erpc.sendRequest`. Its response is a message for the process that
 * sent the request.
 */
export class ErpcRequest<R = Term> extends SentRequest<R> {
  /** Reference of the request, and of the monitor of its process. @internal */
  override readonly ref: Reference
  readonly #resultRef
  #pid: Pid | undefined

  /** @internal */
  constructor(process: LocalProcess, node: Atom, { module, name, args }: ExportedCall) {
    super(process)
    const { kernel } = process
    this.ref = kernel.makeRef()
    this.#resultRef = kernel.makeRef()
    kernel.requestSpawn(process, node, ERPC, EXECUTE_CALL, [this.#resultRef, module, name, args], {
      ref: this.ref,
      monitor: true,
      onResult: (result) => {
        if (result instanceof Pid) this.#pid = result
        else this.complete(tuple(SPAWN_REPLY, this.ref, ERROR, result))
      },
      onDown: (reason) => this.complete(tuple(DOWN, this.ref, PROCESS, this.#pid, reason)),
    })
  }

  /** Whether the message is the response. @internal */
  override isResponse(message: Term): boolean {
    if (!isTuple(message)) return false
    const [tag, ref] = message.elements as readonly Term[]
    return (tag === DOWN || tag === SPAWN_REPLY) && identical(ref, this.ref)
  }

  protected override release(): void {
    const { kernel, monitors } = this.process
    if (!kernel.abandonSpawn(this.process, this.ref)) monitors.demonitor(this.ref)
  }

  protected override unusable(): Error {
    return new ErlangError(tuple(ERPC, badarg))
  }

  protected override read(message: Term): R {
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
  const request = new ErpcRequest<Term>(process, node, { module, name, args })
  return receiveResponse(process, request, timeout, erpcTimeout) as Promise<Term>
}

/** Returns the error of a call without a result in time. */
export function erpcTimeout(): ErlangError {
  return new ErlangError(tuple(ERPC, timeoutAtom))
}
