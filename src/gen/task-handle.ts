import { type Cancel, Chain, type Link } from '../clock/index.ts'
import {
  type AliasHolder,
  currentProcess,
  type EndWaiter,
  exitReason,
  type LinkWatcher,
  type LocalProcess,
} from '../process/index.ts'
import {
  atom,
  ElixirError,
  isTuple,
  kill,
  killed,
  noconnection,
  normal,
  type Pid,
  type Reference,
  shutdown,
  type Term,
  timeout,
  tuple,
} from '../term/index.ts'
import { callFailed, timeoutTerm } from './request.ts'

/** What a task came to: its result, or why it ended without one. */
export type TaskResult<R> = { readonly ok: R } | { readonly exit: Term }

type Outcome<R> =
  | { readonly ok: R }
  | { readonly exit: Term }
  /** It could not be started. */
  | { readonly failed: Error }

/** Somebody who wants to know what it comes to; undefined is told to those whose time is over. */
interface Waiting<R> {
  settled(outcome: Outcome<R> | undefined): void
  cancel: Cancel | undefined
}

const DEFAULT_TIMEOUT = 5_000

/**
 * Work that runs in a process of its own, here or on another node. `await task` waits for the result, five seconds at
 * most; `Task.await(task, ms)` says how long.
 *
 * Only the process that started a task may wait for it.
 */
export class TaskHandle<out R> implements PromiseLike<R>, AliasHolder, EndWaiter, LinkWatcher {
  /** Who started it. */
  readonly owner: Pid
  /** Stands for the task from the first moment on. */
  readonly ref: Reference
  /** The function that was named, `{module, function, arity}`; null for one that has no name. */
  readonly mfa: Term
  readonly #process: LocalProcess
  /** Whether the owner is only there to wait in the place of code that runs in no process. */
  readonly #visitor: boolean
  #pid: Pid | undefined
  #outcome: Outcome<R> | undefined
  readonly #waiting = new Chain<Waiting<R>>()
  #abandoned = false
  readonly #owned: Link<EndWaiter> | undefined

  constructor(process: LocalProcess, mfa: Term, visitor: boolean) {
    this.#process = process
    this.#visitor = visitor
    this.owner = process.pid
    this.mfa = mfa
    this.ref = process.kernel.makeRef()
    if (!process.alive) return
    process.kernel.alias(this.ref, this)
    this.#owned = process.awaitEnd(this)
  }

  /** The process that works; undefined until a supervisor elsewhere has told. */
  get pid(): Pid | undefined {
    return this.#pid
  }

  /** The work has begun in this process, and it is watched from here on: over the link to it, where there is one. @internal */
  begun(pid: Pid, linked: boolean): void {
    this.#pid = pid
    if (linked) this.#process.watchLink(pid, this)
    else this.unlinked()
  }

  /** @internal */
  exited(reason: Term): void {
    this.settle({ exit: exitOf(reason, this.#pid!) })
  }

  /** @internal */
  unlinked(): void {
    this.#process.monitor(this.#pid!, (reason) => this.exited(reason), this.ref)
  }

  /** @internal */
  settle(outcome: Outcome<R>): void {
    if (this.#outcome) return
    this.#outcome = outcome
    this.#forget()
    for (const { settled, cancel } of this.#waiting.drain()) {
      cancel?.()
      settled(outcome)
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
  await(ms: number = DEFAULT_TIMEOUT): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#checkOwner()
      this.#whenSettled(ms, (outcome) => {
        if (outcome && 'ok' in outcome) return resolve(outcome.ok)
        if (outcome && 'failed' in outcome) return reject(outcome.failed)
        if (!outcome) this.#drop()
        const args = [this.toTerm(), timeoutTerm(ms)]
        reject(callFailed(outcome ? outcome.exit : timeout, ['Task', 'await'], args, this.#process))
      })
    })
  }

  /** @see {@link Task.yield} */
  async yield(ms: number = DEFAULT_TIMEOUT): Promise<TaskResult<R> | undefined> {
    this.#checkOwner()
    return plain(await this.#wait(ms))
  }

  /** @see {@link Task.shutdown} */
  async shutdown(how: number | 'brutal_kill' = DEFAULT_TIMEOUT): Promise<TaskResult<R> | undefined> {
    this.#checkOwner()
    const { kernel, pid: from } = this.#process
    const tell = (reason: Term): void => {
      if (this.#pid) kernel.signal({ type: 'exit2', from, to: this.#pid, reason })
    }
    if (this.#pid) this.#process.unlink(this.#pid)
    this.#abandoned = true
    tell(how === 'brutal_kill' ? kill : shutdown)
    let outcome = await this.#wait(how === 'brutal_kill' ? Number.POSITIVE_INFINITY : how)
    if (!outcome) {
      tell(kill)
      outcome = await this.#wait(Number.POSITIVE_INFINITY)
    }
    const result = plain(outcome)
    const asked = result && 'exit' in result && (result.exit === shutdown || result.exit === killed)
    return asked || (result && 'exit' in result && result.exit === normal) ? undefined : result
  }

  /** Whether it was told to end before it was known where it runs. @internal */
  get abandoned(): boolean {
    return this.#abandoned
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
  ended(): void {
    this.#forget()
    for (const { cancel } of this.#waiting.drain()) cancel?.()
  }

  #wait(ms: number): Promise<Outcome<R> | undefined> {
    return new Promise((resolve) => this.#whenSettled(ms, resolve))
  }

  #whenSettled(ms: number, settled: Waiting<R>['settled']): void {
    if (!this.#process.alive && !this.#visitor) return
    if (this.#outcome) return settled(this.#outcome)
    const waiting: Waiting<R> = { settled, cancel: undefined }
    const link = this.#waiting.add(waiting)
    if (ms === Number.POSITIVE_INFINITY) return
    waiting.cancel = this.#process.kernel.clock.schedule(ms, () => {
      Chain.remove(link)
      settled(undefined)
    })
  }

  /** What it answers from now on goes nowhere. */
  #drop(): void {
    this.#forget()
    if (this.#visitor) this.#process.exit(normal)
  }

  #forget(): void {
    if (this.#owned) Chain.remove(this.#owned)
    this.#process.kernel.dropAlias(this.ref)
    this.#process.demonitor(this.ref)
    if (this.#pid) this.#process.unwatchLink(this.#pid)
  }

  #checkOwner(): void {
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
}

function exitOf(reason: Term, pid: Pid): Term {
  return reason === noconnection ? tuple(atom('nodedown'), pid.node) : reason
}

function plain<R>(outcome: Outcome<R> | undefined): TaskResult<R> | undefined {
  if (!outcome) return undefined
  return 'failed' in outcome ? { exit: exitReason(outcome.failed) } : outcome
}
