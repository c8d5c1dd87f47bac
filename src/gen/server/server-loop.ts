import type { Cancel } from '../../clock/index.ts'
import {
  exitReason,
  isThenable,
  type LocalProcess,
  type MaybePromise,
  reportReason,
  snakeCase,
} from '../../process/index.ts'
import { Atom, atom, hideFields, isTuple, type Pid, type Term, type Tuple, tuple } from '../../term/index.ts'
import { DirectServer, type From, GEN_CALL, GEN_CAST, readFrom } from '../call/index.ts'
import type { Debug } from '../system/index.ts'
import { handleSystemMessage, SYSTEM, type SystemServer } from '../system/index.ts'
import type { Behaviour, CallbackResult } from './behaviour.ts'
import { callbacksOf } from './code-change.ts'
import { isNormalExit, reportCrash } from './crash-report.ts'
import { type AnyNextAction, NoReply, Reply, Stop } from './result.ts'

const EXIT = atom('EXIT')
const TIMEOUT = atom('timeout')
const CONTINUE = atom('continue')
const BAD_RETURN = atom('bad_return_value')
const EXPECTED = 'a callback returns reply(value, state), noreply(state) or stop(reason, state)'

interface Timeout {
  readonly ms: number
  readonly cancel: Cancel
}

/** Message loop of a server: handles one message after the other until a callback returns `stop`. */
export class ServerLoop<A = unknown, S = unknown> extends DirectServer implements SystemServer {
  readonly process: LocalProcess
  readonly parent: Pid | undefined
  /** The key of the server in a registry, if it has one. */
  readonly #name: Term
  behaviour: Behaviour<A, S>
  state: S
  /** Present while `sys` traces, logs or counts. */
  debug: Debug | undefined
  /** Messages that arrived while the server is suspended. */
  #queuedWhileSuspended: Term[] | undefined
  /** Milliseconds of the timeout that the suspension cancelled. */
  #timeoutWhenSuspended: number | undefined
  #timeout: Timeout | undefined
  #terminating = false
  /** What to do about the exit, for the report. */
  #hint: string | undefined
  readonly #handler = (message: Term): void | PromiseLike<void> => this.#handle(message)

  constructor(
    behaviour: Behaviour<A, S>,
    process: LocalProcess,
    state: S,
    parent: Pid | undefined,
    name: Term,
    debug: Debug | undefined,
  ) {
    super()
    this.behaviour = behaviour
    this.process = process
    this.state = state
    this.parent = parent
    this.#name = name
    this.debug = debug
    process.behaviour = this
  }

  /** Runs the action of `init` and then takes messages. */
  begin(next: AnyNextAction | undefined): void | PromiseLike<void> {
    const take = (): void => this.process.handle(this.#handler)
    const done = this.#runAction(next)
    return done === undefined ? take() : done.then(take)
  }

  /** Name of the server in reports. */
  get name(): Term {
    return this.#name ?? this.process.registeredName ?? this.process.pid
  }

  #handle(message: Term): void | PromiseLike<void> {
    const { process, behaviour } = this
    try {
      if (isSystem(message)) return handleSystemMessage(message.elements[1], message.elements[2], this)
      if (this.#timeout !== undefined) this.#cancelTimeout()
      if (this.debug !== undefined) this.debug.recordMessage(message, this)
      if (isTuple(message)) {
        const { elements } = message
        if (elements[0] === GEN_CALL && elements.length === 3) {
          const from = readFrom(process.kernel, process.pid, elements[1] as Term)
          return from && this.#call(elements[2] as Term, from)
        }
        if (elements[0] === GEN_CAST && elements.length === 2)
          return this.#handleResult(behaviour.handleCast(elements[1] as Term, this.state, process), message)
        if (elements[0] === EXIT && elements.length === 3 && elements[1] === this.parent)
          return this.terminate(elements[2] as Term, message)
      }
      return this.#handleResult(behaviour.handleInfo(message, this.state, process), message)
    } catch (thrown) {
      return this.#fail(thrown, message)
    }
  }

  get acceptsDirectCalls(): boolean {
    return this.debug === undefined && this.#queuedWhileSuspended === undefined && !this.#terminating
  }

  handleDirectCall(request: Term, from: From): void | PromiseLike<void> {
    if (this.#timeout !== undefined) this.#cancelTimeout()
    return this.#call(request, from)
  }

  #call(request: Term, from: From): void | PromiseLike<void> {
    try {
      return this.#handleResult(
        this.behaviour.handleCall(request, from, this.state, this.process),
        request,
        from,
      )
    } catch (thrown) {
      return this.#fail(thrown, request, from)
    }
  }

  /** `last` is shown as the last message. For a call it is the request, since the report shows the client separately. */
  #handleResult(next: MaybePromise<CallbackResult<S>>, last: Term, from?: From): void | PromiseLike<void> {
    if (next instanceof NoReply || next instanceof Reply || !isThenable(next))
      return this.#apply(next, last, from)
    return this.#applyWhenSettled(next, last, from)
  }

  #applyWhenSettled(
    next: PromiseLike<CallbackResult<S>>,
    last: Term,
    from: From | undefined,
  ): PromiseLike<void> {
    return next.then(
      (result) => {
        if (!this.process.alive || this.#terminating) return
        try {
          return this.#apply(result, last, from)
        } catch (thrown) {
          return this.#fail(thrown, last, from)
        }
      },
      (thrown: unknown) => this.#fail(thrown, last, from),
    )
  }

  #apply(next: CallbackResult<S>, last: Term, from: From | undefined): void | PromiseLike<void> {
    if (next instanceof Reply && from) {
      from.reply(next.value as never)
      this.state = next.state
      if (this.debug !== undefined) this.debug.recordReply(next.value as Term, from, this)
      if (next.next !== undefined) return this.#runAction(next.next)
      return
    }
    if (next instanceof NoReply) {
      this.state = next.state
      if (this.debug !== undefined) this.debug.recordState(this)
      if (next.next !== undefined) return this.#runAction(next.next)
      return
    }
    if (next instanceof Stop) {
      if (!next.keepsState) this.state = next.state
      // OTP answers a call that ends the server after `terminate`.
      return this.terminate(next.reason, last, from?.pid, () => {
        for (const value of next.replies) from?.reply(value as never)
      })
    }
    if (next === undefined && !this.behaviour.strict) return
    this.#hint = EXPECTED
    return this.terminate(tuple(BAD_RETURN, next as Term), last, from?.pid)
  }

  /** Runs the action of a result, before the next message. */
  #runAction(next: AnyNextAction | undefined): void | PromiseLike<void> {
    if (next === undefined) return
    if (next.continue) return this.#continue(next.continue)
    if (next.timeout !== undefined) this.#startTimeout(next.timeout)
  }

  #continue(fn: (state: never) => unknown): void | PromiseLike<void> {
    const message = tuple(CONTINUE, atom(snakeCase(fn.name)))
    // A server that continues without end lets timers run and does not grow the stack.
    const next = Promise.resolve().then(() =>
      this.process.alive ? fn(this.state as never) : undefined,
    ) as Promise<CallbackResult<S>>
    return this.#applyWhenSettled(next, message, undefined)
  }

  #startTimeout(ms: number): void {
    if (ms === Number.POSITIVE_INFINITY) return
    const { process } = this
    const late = (): void => {
      this.#cancelTimeout()
      // A message in the mailbox arrived before the timeout.
      if (process.mailbox.length === 0) process.deliver(TIMEOUT)
    }
    if (ms === 0) return late()
    const cancel = process.kernel.clock.schedule(ms, late)
    process.onExit(cancel)
    this.#timeout = { ms, cancel }
  }

  #cancelTimeout(): void {
    if (!this.#timeout) return
    const { cancel } = this.#timeout
    this.#timeout = undefined
    cancel()
    this.process.offExit(cancel)
  }

  // Exit

  #fail(thrown: unknown, last: Term, from?: From): void | PromiseLike<void> {
    return this.terminate(exitReason(thrown), last, from?.pid, undefined, reportReason(thrown))
  }

  /** Called with an uncaught error of code that belongs to the server but to no callback. */
  onCrash(thrown: unknown): void {
    // `terminate` is running already.
    if (this.#terminating) return this.process.exit(exitReason(thrown))
    // The server handles no further messages, even when it waits for one.
    const never = new Promise<void>(() => {})
    this.process.handle(() => never)
    void this.#fail(thrown, undefined)
  }

  /**
   * Ends the server after its `terminate`. `last` is the message that caused it, `client` the caller that waits for the
   * answer.
   */
  terminate(
    reason: Term,
    last: Term = [],
    client?: Pid,
    answer?: () => void,
    status: Term = reason,
  ): void | PromiseLike<void> {
    const { process } = this
    if (!process.alive || this.#terminating) return
    this.#terminating = true
    const finish = (): void => {
      if (!isNormalExit(reason)) this.#report(status, last, client)
      answer?.()
      process.exit(reason)
    }
    const failed = (thrown: unknown): void => {
      const why = exitReason(thrown)
      if (!isNormalExit(why)) this.#report(reportReason(thrown), last, client)
      answer?.()
      process.exit(why)
    }
    try {
      const done = this.behaviour.terminate(reason, this.state, process)
      if (!isThenable(done)) return finish()
      return done.then(finish).then(undefined, failed)
    } catch (thrown) {
      return failed(thrown)
    }
  }

  #report(reason: Term, last: Term, client: Pid | undefined): void {
    if (!this.process.alive) return
    const said = this.shown({ message: last, reason })
    reportCrash(this.process, { name: this.name, client, hint: this.#hint, ...said })
  }

  get visibleState(): Term {
    return this.shown({}).state
  }

  /** Returns the visible status of the server. */
  shown<R extends { readonly message?: Term; readonly reason?: Term }>(
    rest: R,
  ): R & { readonly state: Term } {
    const status = { ...rest, state: this.state as Term }
    try {
      return { ...status, ...(this.behaviour.formatStatus?.(status as never) as Partial<R>) }
    } catch {
      return { ...status, state: `${this.behaviour.kind}: formatStatus has failed` }
    }
  }

  // Suspension

  get suspended(): boolean {
    return this.#queuedWhileSuspended !== undefined
  }

  suspend(): void {
    if (this.#queuedWhileSuspended) return
    const held: Term[] = []
    this.#queuedWhileSuspended = held
    this.#timeoutWhenSuspended = this.#timeout?.ms
    this.#cancelTimeout()
    this.process.handle((message) => {
      if (isSystem(message) || this.#isParentsEnd(message)) return this.#handle(message)
      held.push(message)
    })
  }

  resume(): void {
    const held = this.#queuedWhileSuspended
    if (!held) return
    this.#queuedWhileSuspended = undefined
    const { process } = this
    const all = [...held, ...process.mailbox.drain()]
    process.handle(this.#handler)
    for (const message of all) process.deliver(message)
    if (all.length === 0 && this.#timeoutWhenSuspended !== undefined)
      this.#startTimeout(this.#timeoutWhenSuspended)
  }

  /** Replaces the callbacks by those of the module, and the state by the result of their `codeChange`. */
  changeCode(module: unknown, oldVersion: Term, extra: Term): MaybePromise<void> {
    const found = callbacksOf(module, this.process.kernel) as Behaviour<A, S> | undefined
    // The name may be that of a module which only has a function for the state, as for an agent.
    const behaviour =
      found && (!(module instanceof Atom) || found.kind === this.behaviour.kind) ? found : this.behaviour
    const replace = (state: S): void => {
      this.behaviour = behaviour
      this.state = state
    }
    const state = behaviour.codeChange ? behaviour.codeChange(oldVersion, this.state, extra) : this.state
    return isThenable(state) ? state.then(replace) : replace(state)
  }

  #isParentsEnd(message: Term): boolean {
    return isTuple(message) && message.elements[0] === EXIT && message.elements[1] === this.parent
  }
}

hideFields(ServerLoop)

function isSystem(message: Term): message is Tuple<readonly [Term, Term, Term]> {
  return isTuple(message) && message.elements[0] === SYSTEM && message.length === 3
}
