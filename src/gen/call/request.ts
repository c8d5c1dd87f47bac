import {
  type AliasHolder,
  DEFAULT_TIMEOUT,
  type InlineRequest,
  type Kernel,
  type LocalProcess,
  type RemoteName,
  type Resendable,
  timeoutTerm,
} from '../../process/index.ts'
import {
  atom,
  type ImproperList,
  isTuple,
  noproc,
  Pid,
  type Reference,
  type Term,
  TupleClass,
  tuple,
} from '../../term/index.ts'
import { type CallName, callError, destinationTerm } from './call-error.ts'
import type { RequestOptions } from './call-options.ts'
import { aliasTag, type Client, From, GEN_CALL } from './from.ts'
import { PendingCall, type UnansweredRequest } from './pending-call.ts'

/**
 * Server that takes a call of its own node without a message while it is idle. The loop of a server extends this class, and sets
 * itself as the `owner` of its process.
 */
export abstract class DirectServer {
  /** Whether a call may be handled without a message. False while the server is traced, suspended or ending. */
  abstract get acceptsDirectCalls(): boolean
  abstract handleDirectCall(request: Term, from: From): void | PromiseLike<void>
  abstract onCrash(thrown: unknown): void
}

const MAX_QUEUE = atom('max_queue')

/** State of a call. It is `dropped` when its caller has ended. */
type Phase = 'open' | 'answered' | 'failed' | 'dropped'

/** One call, from its request to its answer or error. */
export class Request implements UnansweredRequest, AliasHolder, InlineRequest<LocalProcess>, Resendable {
  readonly process: LocalProcess
  readonly target: Pid | RemoteName
  /** Alias of the request in messages. Undefined until the request is sent as a message. */
  ref!: Reference
  readonly #request: Term
  readonly #options: RequestOptions
  readonly #name: CallName
  #phase: Phase = 'open'
  /** The answer, or the error. */
  #result: unknown
  #resolve: ((answer: Term) => void) | undefined
  #reject: ((error: unknown) => void) | undefined
  #client: LocalClient | undefined
  #pending: PendingCall | undefined
  /** The request as it is sent to another node. */
  #message: Term

  constructor(
    process: LocalProcess,
    target: Pid | RemoteName,
    request: Term,
    options: RequestOptions,
    name: CallName,
  ) {
    this.process = process
    this.target = target
    this.#request = request
    this.#options = options
    this.#name = name
  }

  get timeout(): number {
    return this.#options.timeout ?? DEFAULT_TIMEOUT
  }

  get signal(): AbortSignal | undefined {
    return this.#options.signal
  }

  send(label: Term): void {
    const { process, target, signal } = this
    if (!process.alive) return this.drop()
    if (signal?.aborted) return this.abort(signal.reason)
    if (process.kernel.isLocal(target)) this.#sendLocally(label)
    else this.#sendRemotely(label)
  }

  #sendLocally(label: Term): void {
    const { process, target, signal } = this
    const { kernel } = process
    const server = target instanceof Pid ? kernel.process(target) : kernel.whereis(target.name)
    if (!server) return this.fail(noproc)
    if (server === process) return this.fail(atom('calling_self'))
    if (label !== GEN_CALL || !this.#callDirectly(server)) this.#deliver(server, label)
    if (this.#phase !== 'open') return
    if (!server.alive) return this.fail(server.reason)
    if (signal?.aborted) return this.abort(signal.reason)
    this.#pending = new PendingCall(this)
    this.#pending.monitorLocal(server)
  }

  #deliver(server: LocalProcess, label: Term): void {
    try {
      if (server.mailbox.length >= server.queueLimit && !server.kernel.admitsMessage(server, true)) return
    } catch {
      return this.fail(tuple(MAX_QUEUE, server.maxQueue!.size))
    }
    server.deliver(this.#messageOf(label))
  }

  // The caller only waits for the answer, so an idle server handles the call at once, on the stack of the caller.
  #callDirectly(server: LocalProcess): boolean {
    const { behaviour } = server
    return behaviour instanceof DirectServer && behaviour.acceptsDirectCalls && server.handleInline(this)
  }

  /** Runs as the server, in place of a message. */
  run({ behaviour }: LocalProcess): void | PromiseLike<void> {
    this.#client = new LocalClient(this)
    return (behaviour as DirectServer).handleDirectCall(this.#request, new From(this.#client))
  }

  get message(): Term {
    return this.#messageOf(GEN_CALL)
  }

  #sendRemotely(label: Term): void {
    this.#message = this.#messageOf(label)
    this.#pending = new PendingCall(this)
    this.#pending.monitorRemote()
    this.resend()
  }

  /** Sends the request to another node; again, when too many bytes have waited for that node before. */
  resend(): void {
    if (this.#phase !== 'open') return
    const { process, target } = this
    try {
      process.kernel.send(process.pid, target, this.#message, this)
    } catch (error) {
      this.#end('failed', error)
    }
  }

  #messageOf(label: Term): Term {
    const from = new TupleClass([this.process.pid, this.#client?.tag ?? aliasTag(this.address())])
    return new TupleClass([label, from, this.#request])
  }

  /** Returns the alias to which answers are sent as messages. */
  address(): Reference {
    if (this.ref === undefined) {
      this.ref = this.process.kernel.makeRef()
      this.process.kernel.alias(this)
    }
    return this.ref
  }

  receive(message: Term): void {
    if (isTuple(message) && message.length === 2) this.answer(message.elements[1] as Term)
  }

  answer(value: Term): void {
    this.#end('answered', value)
  }

  fail(reason: Term): void {
    if (this.#phase !== 'open') return
    const { process, timeout } = this
    const { shownServer, shownArgs = [this.#request, timeoutTerm(timeout)] } = this.#options
    const server = shownServer ?? destinationTerm(this.target, process)
    this.#end('failed', callError(reason, this.#name, [server, ...shownArgs], process))
  }

  abort(why: unknown): void {
    this.#end('failed', why)
  }

  drop(): void {
    this.#end('dropped', undefined)
  }

  #end(phase: Phase, result: unknown): void {
    if (this.#phase !== 'open') return
    this.#phase = phase
    this.#result = result
    if (this.ref !== undefined) this.process.kernel.dropAlias(this.ref)
    if (this.#client) this.#client.call = undefined
    this.#pending?.release()
    this.#settle()
  }

  promise(): Promise<Term> {
    // An answered call needs no callbacks.
    if (this.#phase === 'answered' && this.process.alive && !this.process.suspended)
      return Promise.resolve(this.#result as Term)
    return new Promise((resolve, reject) => this.settle(resolve, reject))
  }

  /** Calls one of the two callbacks, now or when the call ends. */
  settle(resolve: (answer: Term) => void, reject: (error: unknown) => void): void {
    this.#resolve = resolve
    this.#reject = reject
    this.#settle()
  }

  #settle(): void {
    const { process } = this
    if (!process.alive) return
    if (process.suspended && this.#phase === 'answered') return process.whenResumed(() => this.#settle())
    if (this.#phase === 'answered') this.#resolve?.(this.#result as Term)
    else if (this.#phase === 'failed') this.#reject?.(this.#result)
  }
}

/** Caller of a direct call. A server may keep it without a limit, so it holds nothing of a call that has ended. */
class LocalClient implements Client {
  readonly pid: Pid
  call: Request | undefined
  readonly #kernel: Kernel
  #tag: ImproperList | undefined

  constructor(call: Request) {
    this.call = call
    this.pid = call.process.pid
    this.#kernel = call.process.kernel
  }

  get tag(): Term {
    this.#tag ??= aliasTag(this.call?.address() ?? this.#kernel.makeRef())
    return this.#tag
  }

  answer(value: Term): void {
    this.call?.answer(value)
  }
}
