import type { Cancel } from '../clock/index.ts'
import { currentProcess, exitReason, type LocalProcess } from '../process/index.ts'
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

const DEFAULT_TIMEOUT = 5_000

/**
 * Work that runs in a process of its own, here or on another node. `await task` waits for the result, five seconds at
 * most; `Task.await(task, ms)` says how long.
 *
 * Only the process that started a task may wait for it.
 */
export class TaskHandle<out R> implements PromiseLike<R> {
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
  readonly #waiting = new Map<() => void, Cancel | undefined>()
  #abandoned = false

  constructor(process: LocalProcess, mfa: Term, visitor: boolean) {
    this.#process = process
    this.#visitor = visitor
    this.owner = process.pid
    this.mfa = mfa
    this.ref = process.kernel.makeRef()
    process.kernel.alias(this.ref, (message) => {
      if (isTuple(message) && message.length === 2) this.#answered(message.elements[1] as R)
    })
    process.onExit(this.#forget)
  }

  /** The process that works; undefined until a supervisor elsewhere has told. */
  get pid(): Pid | undefined {
    return this.#pid
  }

  /** The work has begun in this process: it is watched from here on. @internal */
  begun(pid: Pid): void {
    this.#pid = pid
    this.#process.monitor(pid, (reason) => this.settle({ exit: exitOf(reason, pid) }), this.ref)
  }

  /** @internal */
  settle(outcome: Outcome<R>): void {
    if (this.#outcome) return
    this.#outcome = outcome
    this.#forget()
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const [wake, cancel] of waiting) {
      cancel?.()
      wake()
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
  async await(ms: number = DEFAULT_TIMEOUT): Promise<R> {
    this.#checkOwner()
    const outcome = await this.#wait(ms)
    if (outcome && 'ok' in outcome) return outcome.ok
    if (outcome && 'failed' in outcome) throw outcome.failed
    if (!outcome) this.#drop()
    throw callFailed(
      outcome ? outcome.exit : timeout,
      ['Task', 'await'],
      [this.toTerm(), timeoutTerm(ms)],
      this.#process,
    )
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

  #answered(value: R): void {
    this.settle({ ok: value })
  }

  #wait(ms: number): Promise<Outcome<R> | undefined> {
    return new Promise((resolve) => {
      if (!this.#process.alive && !this.#visitor) return
      if (this.#outcome) return resolve(this.#outcome)
      const { clock } = this.#process.kernel
      const wake = (): void => resolve(this.#outcome)
      const late = (): void => {
        this.#waiting.delete(wake)
        wake()
      }
      this.#waiting.set(wake, ms === Number.POSITIVE_INFINITY ? undefined : clock.schedule(ms, late))
    })
  }

  /** What it answers from now on goes nowhere. */
  #drop(): void {
    this.#forget()
    if (this.#visitor) this.#process.exit(normal)
  }

  readonly #forget = (): void => {
    this.#process.noCleanup(this.#forget)
    this.#process.kernel.dropAlias(this.ref)
    this.#process.demonitor(this.ref)
    if (this.#process.alive) return
    for (const cancel of this.#waiting.values()) cancel?.()
    this.#waiting.clear()
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
