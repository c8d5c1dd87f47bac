import { LinkedList, type ListNode } from '../../clock/index.ts'
import {
  type AliasHolder,
  type ExitListener,
  exitReason,
  type LocalProcess,
  MailboxFullError,
  type RemoteName,
  type Resendable,
  SentRequest,
} from '../../process/index.ts'
import {
  atom,
  badarg,
  ErlangError,
  hideFields,
  type ImproperList,
  identical,
  isTuple,
  type Pid,
  type Reference,
  type Term,
  tuple,
} from '../../term/index.ts'
import { callError, destinationTerm } from './call-error.ts'
import { aliasTag, GEN_CALL } from './from.ts'

const DOWN = atom('DOWN')
const PROCESS = atom('process')
const MAX_QUEUE = atom('max_queue')
const SEND_REQUEST = ['GenServer', 'send_request'] as const

/**
 * A call of a server that has been sent, made by `GenServer.sendRequest`. Its response is a message for the process that sent the
 * request: `{[alias|ref], reply}`, or `{:DOWN, ref, :process, server, reason}`.
 */
export class ServerRequest<R = Term> extends SentRequest<R> implements AliasHolder, ExitListener, Resendable {
  /** Reference of the monitor of the server, and alias to which the server replies. @internal */
  override readonly ref: Reference
  readonly #target: Pid | RemoteName
  readonly #request: Term
  /** The server as the error shows it. */
  readonly #shownServer: Term
  readonly #tag: ImproperList
  /** Node in the list of exit listeners. Undefined when no response is awaited any more. */
  #owned: ListNode<ExitListener> | undefined

  /** @throws Error when the request cannot be sent @internal */
  constructor(
    process: LocalProcess,
    target: Pid | RemoteName,
    request: Term,
    shownServer: Term = destinationTerm(target, process),
  ) {
    super(process)
    const { kernel, monitors, alive } = process
    this.ref = kernel.makeRef()
    this.#target = target
    this.#request = request
    this.#shownServer = shownServer
    this.#tag = aliasTag(this.ref)
    if (!alive) return
    kernel.alias(this)
    this.#owned = process.addExitListener(this)
    monitors.monitor(target, (reason) => this.#fail(reason), this.ref)
    try {
      this.#send()
    } catch (error) {
      this.abandon()
      throw error
    }
  }

  #send(): void {
    if (!this.#owned) return
    const { process } = this
    const { kernel, pid } = process
    const message = tuple(GEN_CALL, tuple(pid, this.#tag), this.#request)
    if (!kernel.isLocal(this.#target)) return kernel.send(pid, this.#target, message, this)
    try {
      kernel.send(pid, this.#target, message)
    } catch (error) {
      if (!(error instanceof MailboxFullError)) throw error
      this.#fail(tuple(MAX_QUEUE, kernel.process(error.receiver)?.maxQueue?.size))
    }
  }

  /** Sends the request again, when too many bytes have waited for that node before. @internal */
  resend(): void {
    try {
      this.#send()
    } catch (error) {
      this.#fail(exitReason(error))
    }
  }

  /** Gets a message that was sent to the alias. @internal */
  receive(message: Term): void {
    if (!this.isResponse(message)) return this.process.deliver(message)
    this.release()
    this.complete(message)
  }

  #fail(reason: Term): void {
    this.release()
    this.complete(tuple(DOWN, this.ref, PROCESS, this.#shownServer, reason))
  }

  /** Called at the exit of the process that sent the request. @internal */
  onProcessExit(): void {
    this.release()
  }

  override isResponse(message: Term): boolean {
    if (!isTuple(message)) return false
    const [tag, ref] = message.elements as readonly Term[]
    if (message.length === 2) return identical(tag, this.#tag)
    return message.length === 5 && tag === DOWN && identical(ref, this.ref)
  }

  protected override release(): void {
    if (!this.#owned) return
    LinkedList.remove(this.#owned)
    this.#owned = undefined
    this.process.kernel.dropAlias(this.ref)
    this.process.monitors.demonitor(this.ref)
  }

  protected override read(message: Term): R {
    const { elements } = message as { readonly elements: readonly Term[] }
    if (elements.length === 2) return elements[1] as R
    throw callError(elements[4], SEND_REQUEST, [this.#shownServer, this.#request], this.process)
  }

  protected override unusable(): Error {
    return new ErlangError(badarg)
  }
}

hideFields(ServerRequest)
