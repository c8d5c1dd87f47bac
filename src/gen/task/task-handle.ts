import { type Cancel, LinkedList, type ListNode } from '../../clock/index.ts'
import {
  type AliasHolder,
  currentProcess,
  DEFAULT_TIMEOUT,
  type ExitListener,
  type LinkListener,
  type LocalProcess,
  readTimeout,
  runInProcess,
  runOutsideProcesses,
  type Timeout,
  type TimeoutOptions,
  timeoutTerm,
} from '../../process/index.ts'
import {
  atom,
  ElixirError,
  type ExitError,
  hideFields,
  isTuple,
  kill,
  killed,
  noconnection,
  noproc,
  normal,
  type Pid,
  type Reference,
  shutdown,
  type Term,
  timeout as TIMEOUT,
  tuple,
} from '../../term/index.ts'
import { callError } from '../call/index.ts'

/** Result of a task, or the exit reason of a task without a result. */
export type TaskResult<R> = { readonly ok: R } | { readonly exit: Term }

/** How a task is shut down: killed at once, or told to end and killed after a time. Default: 5,000 ms. */
export type TaskShutdown = 'brutal_kill' | Timeout | TimeoutOptions

/** End of a task: {@link TaskResult}, where the exit reason of a lost connection is `noconnection`, or a failed start. */
export type TaskExit<R> =
  | { readonly ok: R }
  | { readonly exit: Term }
  /** The task could not be started. */
  | { readonly failed: Error }

/** Waiting call of an owner. It receives undefined when its timeout passes. */
export interface Awaiter<R> {
  settled(outcome: TaskExit<R> | undefined): void
  cancel: Cancel | undefined
}

/**
 * Work in a process of its own, on this node or another one. `await task` waits at most five seconds for the result;
 * `Task.await(task, ms)` waits for the given time.
 *
 * Only the process that started a task may wait for it.
 */
export class TaskHandle<out R> implements PromiseLike<R>, AliasHolder, ExitListener, LinkListener {
  /** The process that started the task. */
  readonly owner: Pid
  /** Reference of the task, in its messages and its monitor. */
  readonly ref: Reference
  /** The function, `{module, function, arity}`, or null for one without an exported name. */
  readonly mfa: Term
  #process: LocalProcess
  /** Whether the owner is a process that only stands for code outside of processes. */
  readonly #visitor: boolean
  #pid: Pid | undefined
  #outcome: TaskExit<R> | undefined
  readonly #awaiters = new LinkedList<Awaiter<R>>()
  #owned: ListNode<ExitListener> | undefined
  /** Whether the result is not used any more. */
  #abandoned = false
  #ignored = false
  #exitRequest: Term
  #unhandledFailure: Promise<never> | undefined

  constructor(process: LocalProcess, mfa: Term, visitor: boolean) {
    this.#process = process
    this.#visitor = visitor
    this.owner = process.pid
    this.mfa = mfa
    this.ref = process.kernel.makeRef()
    if (!process.alive) return
    process.kernel.alias(this)
    this.#owned = process.addExitListener(this)
  }

  /** The process of the task. Undefined until a supervisor on another node has answered. */
  get pid(): Pid | undefined {
    return this.#pid
  }

  /** Called when the process of the task is known. Watches it, over its link or by a monitor. @internal */
  started(pid: Pid, linked: boolean): void {
    this.#pid = pid
    if (this.#abandoned) return
    if (linked) this.#process.links.setListener(pid, this)
    else this.onUnlink()
  }

  /** @internal */
  onExit(exit: Term): void {
    this.settle({ exit })
  }

  /** @internal */
  onUnlink(): void {
    this.#process.monitors.monitor(this.#pid!, (exit) => this.settle({ exit }), this.ref)
  }

  /** @internal */
  settle(waitForExit: TaskExit<R>): void {
    if (this.#outcome) return
    this.#outcome = waitForExit
    this.#release()
    if ('failed' in waitForExit && !this.#awaiters.first && !this.#abandoned)
      this.#reportFailedStart(waitForExit.failed)
    for (const { settled, cancel } of this.#awaiters.drain()) {
      cancel?.()
      settled(waitForExit)
    }
    if (this.#visitor) this.#process.exit(normal)
  }

  /** Waits at most five seconds for the result, for `await task`. */
  then<A = R, B = never>(
    fulfilled?: ((value: R) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.await(DEFAULT_TIMEOUT).then(fulfilled, rejected)
  }

  /** @see {@link Task.await} */
  await(timeout?: Timeout | TimeoutOptions): Promise<R> {
    return new Promise((resolve, reject) => {
      const ms = readTimeout(timeout, DEFAULT_TIMEOUT, 'Task.await')
      this.checkOwner()
      this.onSettled(ms, (outcome) => {
        if (outcome && 'ok' in outcome) return this.#process.whenResumed(() => resolve(outcome.ok))
        if (outcome && 'failed' in outcome) return reject(outcome.failed)
        if (!outcome) this.abandon()
        const reason = outcome ? this.reasonOf(outcome.exit) : TIMEOUT
        reject(this.#errorOf(reason, 'await', timeoutTerm(ms)))
      })
    })
  }

  /** @see {@link Task.yield} */
  async yield(timeout?: Timeout | TimeoutOptions): Promise<TaskResult<R> | undefined> {
    const ms = readTimeout(timeout, DEFAULT_TIMEOUT, 'Task.yield')
    this.checkOwner()
    const outcome = await this.outcome(ms)
    return outcome && this.#result(outcome, 'yield', timeoutTerm(ms))
  }

  /** @see {@link Task.shutdown} */
  async shutdown(given?: TaskShutdown): Promise<TaskResult<R> | undefined> {
    const how = given === 'brutal_kill' ? given : readTimeout(given, DEFAULT_TIMEOUT, 'Task.shutdown')
    this.checkOwner()
    const outcome = await this.terminate(how)
    const asked = how === 'brutal_kill' ? killed : shutdown
    if ('exit' in outcome && outcome.exit === asked) return undefined
    return this.#result(outcome, 'shutdown', how === 'brutal_kill' ? atom(how) : timeoutTerm(how))
  }

  /** @see {@link Task.ignore} */
  ignore(): TaskResult<R> | undefined {
    this.checkOwner()
    if (this.#pid) this.#process.links.unlink(this.#pid)
    if (this.#outcome) return this.#result(this.#outcome, 'ignore')
    this.#ignored = true
    // The process that stands for code outside of processes stays until the work is sent.
    if (this.#pid || !this.#visitor) this.abandon()
    return undefined
  }

  /** Whether the task runs on without a link. @internal */
  get ignored(): boolean {
    return this.#ignored
  }

  /** The exit signal that was requested before the process of the task was known, or undefined. @internal */
  get exitRequest(): Term {
    return this.#exitRequest
  }

  /** Unlinks the task, ends it, and waits for its exit. @internal */
  async terminate(how: number | 'brutal_kill'): Promise<TaskExit<R>> {
    if (this.#abandoned) this.#monitorAgain()
    if (this.#pid) this.#process.links.unlink(this.#pid)
    const brutal = how === 'brutal_kill'
    this.#sendExit(brutal ? kill : shutdown)
    const outcome = await this.outcome(brutal ? Number.POSITIVE_INFINITY : how)
    if (outcome) return outcome
    this.#sendExit(kill)
    return (await this.outcome(Number.POSITIVE_INFINITY))!
  }

  /** Removes the exit message of the link from the mailbox of an owner that traps exits. @internal */
  discardExitMessage(): void {
    const owner = this.#process
    if (!owner.trapExit || !this.#pid) return
    if (owner.links.pids.has(this.#pid)) owner.links.unlink(this.#pid)
    else owner.mailbox.flushExit(this.#pid, this.ref)
  }

  /** Waits for the end of the task. Returns undefined when the timeout passes. @internal */
  outcome(ms: number): Promise<TaskExit<R> | undefined> {
    return new Promise((resolve) => this.onSettled(ms, resolve))
  }

  /** Calls `settled` with the end of the task, at once if it is known. @internal */
  onSettled(ms: number, settled: Awaiter<R>['settled']): ListNode<Awaiter<R>> | undefined {
    if (!this.#process.alive && !this.#visitor) return undefined
    if (this.#outcome) {
      this.#unhandledFailure?.catch(() => {})
      settled(this.#outcome)
      return undefined
    }
    const waiting: Awaiter<R> = { settled, cancel: undefined }
    const link = this.#awaiters.add(waiting)
    if (ms !== Number.POSITIVE_INFINITY)
      waiting.cancel = this.#process.kernel.clock.schedule(ms, () => {
        LinkedList.remove(link)
        settled(undefined)
      })
    return link
  }

  /** Drops a later result. @internal */
  abandon(): void {
    this.#abandoned = true
    this.#release()
    if (this.#visitor) this.#process.exit(normal)
  }

  /** Returns the exit reason for the errors of an await: `{:nodedown, node}` for a lost connection. @internal */
  reasonOf(exit: Term): Term {
    return exit === noconnection && this.#pid ? tuple(atom('nodedown'), this.#pid.node) : exit
  }

  /** Checks that the calling process is the owner. @throws ElixirError ArgumentError @internal */
  checkOwner(): void {
    const process = currentProcess()
    if (process === this.#process || (this.#visitor && process === undefined)) return
    const { kernel } = this.#process
    const who = process ? kernel.inspect(process.pid) : 'code that runs in no process'
    throw new ElixirError('ArgumentError', {
      message:
        `task ${kernel.inspect(this.toTerm())} must be queried from the owner but was queried from ${who}. ` +
        'Await it where it was started, and send the result on.',
    })
  }

  /** Returns the task as Elixir's struct. */
  toTerm(): Term {
    return {
      __struct__: atom('Elixir.Task'),
      mfa: this.mfa,
      owner: this.owner,
      pid: this.#pid ?? null,
      ref: this.ref,
    }
  }

  /** Receives the answer. @internal */
  receive(message: Term): void {
    if (isTuple(message) && message.length === 2) this.settle({ ok: message.elements[1] as R })
  }

  /** Called at the exit of the owner. @internal */
  onProcessExit(): void {
    this.#release()
    for (const { cancel } of this.#awaiters.drain()) cancel?.()
  }

  #result(outcome: TaskExit<R>, word: string, ...args: readonly Term[]): TaskResult<R> {
    if ('failed' in outcome) throw outcome.failed
    if ('exit' in outcome && outcome.exit === noconnection)
      throw this.#errorOf(this.reasonOf(noconnection), word, ...args)
    return outcome
  }

  #errorOf(reason: Term, word: string, ...args: readonly Term[]): ExitError {
    return callError(reason, ['Task', word], [this.toTerm(), ...args], this.#process)
  }

  // A start that failed, without an await, ends the process of the owner like any unhandled rejection.
  #reportFailedStart(error: Error): void {
    const reject = (): void => {
      this.#unhandledFailure = Promise.reject(error)
    }
    if (this.#visitor) runOutsideProcesses(reject)
    else if (this.#process.alive) runInProcess(this.#process, reject)
  }

  #sendExit(reason: Term): void {
    this.#exitRequest = reason
    const { kernel, pid: from } = this.#process
    if (this.#pid && !this.#outcome) kernel.signal({ type: 'exit2', from, to: this.#pid, reason })
  }

  // An await has abandoned the task, and a shutdown waits for its exit.
  #monitorAgain(): void {
    this.#abandoned = false
    if (this.#visitor) {
      this.#process = this.#process.kernel.createEphemeral('Task.shutdown')
      // The process that asked for the task ended before the task began, so it will never begin.
      if (!this.#pid) return this.settle({ exit: noproc })
    }
    this.#owned = this.#process.addExitListener(this)
    if (this.#pid) this.onUnlink()
  }

  #release(): void {
    if (this.#owned) LinkedList.remove(this.#owned)
    this.#process.kernel.dropAlias(this.ref)
    this.#process.monitors.demonitor(this.ref)
    if (this.#pid) this.#process.links.removeListener(this.#pid)
  }
}

hideFields(TaskHandle)
