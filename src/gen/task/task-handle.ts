import { type Cancel, LinkedList, type ListNode } from '../../clock/index.ts'
import {
  type AliasHolder,
  currentProcess,
  type ExitListener,
  type LinkListener,
  type LocalProcess,
  runInProcess,
  runOutsideProcesses,
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
import {
  callError,
  DEFAULT_TIMEOUT,
  readTimeout,
  type Timeout,
  type TimeoutOptions,
  timeoutTerm,
} from '../call/index.ts'

/** What a task came to: its result, or why it ended without one. */
export type TaskResult<R> = { readonly ok: R } | { readonly exit: Term }

/** How a task is shut down: at once, or with a time in which it may end by itself. Default: 5,000 ms. */
export type TaskShutdown = 'brutal_kill' | Timeout | TimeoutOptions

/** The same as it is heard of: a lost connection is `noconnection` here. */
export type TaskExit<R> =
  | { readonly ok: R }
  | { readonly exit: Term }
  /** It could not be started. */
  | { readonly failed: Error }

/** Somebody who wants to know what it comes to; undefined is told to those whose time is over. */
export interface Awaiter<R> {
  settled(outcome: TaskExit<R> | undefined): void
  cancel: Cancel | undefined
}

/**
 * Work that runs in a process of its own, here or on another node. `await task` waits for the result, five seconds at
 * most; `Task.await(task, ms)` says how long.
 *
 * Only the process that started a task may wait for it.
 */
export class TaskHandle<out R> implements PromiseLike<R>, AliasHolder, ExitListener, LinkListener {
  /** Who started it. */
  readonly owner: Pid
  /** Stands for the task from the first moment on. */
  readonly ref: Reference
  /** The function that was named, `{module, function, arity}`; null for one that has no name. */
  readonly mfa: Term
  #process: LocalProcess
  /** Whether the owner is only there to wait in the place of code that runs in no process. */
  readonly #visitor: boolean
  #pid: Pid | undefined
  #outcome: TaskExit<R> | undefined
  readonly #awaiters = new LinkedList<Awaiter<R>>()
  #owned: ListNode<ExitListener> | undefined
  /** Whether nobody wants to hear of its end any more. */
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

  /** The process that works; undefined until a supervisor elsewhere has told. */
  get pid(): Pid | undefined {
    return this.#pid
  }

  /** The work has begun in this process, and it is watched from here on: over the link to it, where there is one. @internal */
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

  /** Waits for the result, so that `await task` does; five seconds at most. */
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
        if (outcome && 'ok' in outcome) return resolve(outcome.ok)
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
    // Who stands for code of no process stays until the work is handed over.
    if (this.#pid || !this.#visitor) this.abandon()
    return undefined
  }

  /** Whether it is to go on alone, without a link. @internal */
  get ignored(): boolean {
    return this.#ignored
  }

  /** Why it was told to end before it was known where it runs; undefined where it was not. @internal */
  get exitRequest(): Term {
    return this.#exitRequest
  }

  /** Unlinks it, ends it, and waits until it has. @internal */
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

  /** Takes back what its link has told an owner who traps exits, or will. @internal */
  discardExitMessage(): void {
    const owner = this.#process
    if (!owner.trapExit || !this.#pid) return
    if (owner.links.pids.has(this.#pid)) owner.links.unlink(this.#pid)
    else owner.mailbox.flushExit(this.#pid)
  }

  /** What it comes to within this time; undefined where that is nothing. @internal */
  outcome(ms: number): Promise<TaskExit<R> | undefined> {
    return new Promise((resolve) => this.onSettled(ms, resolve))
  }

  /** Calls `settled` with what it comes to: at once where that is known. @internal */
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

  /** What it answers from now on goes nowhere. @internal */
  abandon(): void {
    this.#abandoned = true
    this.#release()
    if (this.#visitor) this.#process.exit(normal)
  }

  /** Why it ended, as those hear it who waited: a lost connection is a node that is down. @internal */
  reasonOf(exit: Term): Term {
    return exit === noconnection && this.#pid ? tuple(atom('nodedown'), this.#pid.node) : exit
  }

  /** @throws ElixirError ArgumentError @internal */
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

  /** The task as Elixir's struct. */
  toTerm(): Term {
    return {
      __struct__: atom('Elixir.Task'),
      mfa: this.mfa,
      owner: this.owner,
      pid: this.#pid ?? null,
      ref: this.ref,
    }
  }

  /** The answer has come. @internal */
  receive(message: Term): void {
    if (isTuple(message) && message.length === 2) this.settle({ ok: message.elements[1] as R })
  }

  /** Nobody is left who could wait for it. @internal */
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

  // It could not be started, and nobody waits: a promise that is rejected then ends its process, and so does this.
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

  // An await has given it up; whoever ends it wants to hear of that.
  #monitorAgain(): void {
    this.#abandoned = false
    if (this.#visitor) {
      this.#process = this.#process.kernel.createEphemeral('Task.shutdown')
      // Who had asked for it was gone before it began, so it never will.
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
