import type { AsyncResource } from 'node:async_hooks'
import { normal, type Pid, type Reference, type Term } from '../term/index.ts'
import { IoReplies, LONG_QUEUE, Mailbox, type MailboxKernel, type MailboxOwner } from './mailbox/index.ts'
import { isThenable } from './maybe-promise.ts'
import type { Runnable } from './scheduler/index.ts'
import { resumeInProcess, startInProcess } from './scheduler/index.ts'
import type { ZombieProcesses } from './zombies.ts'

/** Handles a message of a callback process. The next message waits until a returned promise settles. */
export type Handler = (message: Term) => void | PromiseLike<void>

/** A request that an idle callback process handles at once, in place of a message. */
export interface InlineRequest<P> {
  run(process: P): void | PromiseLike<void>
  /** The equivalent message. */
  readonly message: Term
}

/** What a live process does: it runs a callback, or a function that waits neither for a message nor for a time. */
export interface CurrentActivity {
  /**
   * Duration in milliseconds. Of a callback: since its call. Of a function: since it was first asked for after the last step
   * (start, `receive`, `sleep`). Reading the clock at each step would cost more than the step.
   */
  readonly ms: number
  /** The message that the callback was called with. */
  readonly message?: Term
}

/** Part of the kernel that the execution of a process uses. */
export interface ExecutionKernel extends MailboxKernel {
  readonly notifyingExits: boolean
  readonly zombies: ZombieProcesses
}

/** Code that has begun and not ended: a callback, or the function of the process. */
interface OpenCode {
  /** The message that the callback was called with; undefined for a function. */
  readonly callback: { readonly message: Term } | undefined
  /** When the code began, or when a function was first asked for after its last step. */
  since: number | undefined
}

/** Suspension of a process that has sent to busy connections. */
interface Suspension {
  /** Number of the connections. */
  connections: number
  readonly whenResumed: (() => void)[]
}

/** Messages that a callback process handles before other processes get their turn. */
const SLICE = 64

/**
 * Execution of a process: the function or the {@link Handler} that it runs, and the messages that it receives.
 *
 * {@link LocalProcess} adds the rest of a process's life. Both are one object, since every message touches the fields here.
 */
export abstract class ProcessExecution<K extends ExecutionKernel> implements Runnable, MailboxOwner {
  // The fields that every message touches come first, so that they lie together.
  readonly kernel: K
  readonly mailbox: Mailbox
  alive = true
  #scheduled = false
  #busy = false
  #handler: Handler | undefined
  #ioReplies: IoReplies | undefined
  #start: (() => unknown) | undefined
  asyncContext: AsyncResource | undefined = undefined
  readonly pid: Pid
  /** Length of the mailbox at which `admits` decides about a message of code. */
  queueLimit: number = LONG_QUEUE
  #open: OpenCode | undefined
  #suspension: Suspension | undefined
  #sleeping = 0
  #pendingWork = 0
  #returned = false
  static readonly #runStart = (process: ProcessExecution<ExecutionKernel>, start: () => unknown): void =>
    process.#runFunction(start)
  static readonly #runSlice = (process: ProcessExecution<ExecutionKernel>): number => process.#handleSlice()
  static readonly #runScan = (process: ProcessExecution<ExecutionKernel>): void => process.mailbox.scan()
  static readonly #runInline = <P extends ProcessExecution<ExecutionKernel>>(
    process: P,
    request: InlineRequest<P>,
  ): void => process.#handleRequest(request)

  constructor(kernel: K, pid: Pid) {
    this.kernel = kernel
    this.pid = pid
    this.mailbox = new Mailbox(this)
  }

  /** Ends the process because its code threw. */
  abstract crash(thrown: unknown): void
  /** Ends the process. */
  abstract exit(reason: Term): void

  // The code

  /** Starts the process with a function. The process ends when the function does. */
  begin(start: () => unknown): void {
    this.#start = start
    this.schedule()
  }

  /** Makes the process a callback process: the handler gets every message from now on. */
  handle(handler: Handler): void {
    this.#handler = handler
    if (this.mailbox.length > 0) this.schedule()
  }

  /** Runs one slice. Called by the run queue. */
  run(): number {
    this.#scheduled = false
    if (!this.alive || this.#suspension !== undefined) return 0
    if (this.#start) {
      const start = this.#start
      this.#start = undefined
      startInProcess(this, ProcessExecution.#runStart, start)
      return 1
    }
    if (this.#handler) return resumeInProcess(this, ProcessExecution.#runSlice, undefined)
    if (this.mailbox.waiting) resumeInProcess(this, ProcessExecution.#runScan, undefined)
    return 1
  }

  schedule(): void {
    if (this.#scheduled || !this.alive) return
    this.#scheduled = true
    this.kernel.runQueue.push(this)
  }

  #runFunction(start: () => unknown): void {
    try {
      const result = start()
      if (isThenable(result)) this.runUntilSettled(result, () => this.#return())
      else if (!this.#handler) this.#return()
    } catch (thrown) {
      this.crash(thrown)
    }
  }

  #return(): void {
    if (this.#handler) return
    this.#returned = true
    this.#exitWhenDone()
  }

  #handleSlice(): number {
    const { mailbox } = this
    let handled = 0
    try {
      while (this.#canHandle && mailbox.length > 0 && handled < SLICE) {
        handled++
        const message = mailbox.shift()
        const result = this.#handler!(message)
        if (result !== undefined && isThenable(result)) this.#await(result, { message })
      }
    } catch (thrown) {
      this.crash(thrown)
    }
    if (mailbox.length > 0 && !this.#busy) this.schedule()
    return handled
  }

  get #canHandle(): boolean {
    return this.alive && !this.#busy && this.#suspension === undefined
  }

  #await(result: PromiseLike<void>, callback: { readonly message: Term }): void {
    this.#busy = true
    const open = { callback, since: this.kernel.clock.now() }
    this.runUntilSettled(
      result,
      () => {
        this.#busy = false
        if (this.mailbox.length > 0) this.schedule()
      },
      open,
    )
  }

  /**
   * Keeps the process running until a promise of its code settles. A rejection ends the process. When the process ends
   * first, it is a zombie until the promise settles.
   */
  runUntilSettled(
    result: PromiseLike<unknown>,
    done: () => void,
    open: OpenCode = { callback: undefined, since: undefined },
  ): void {
    this.#open = open
    const close = (): void => {
      // A server takes its first message before the function that started it has ended.
      if (this.#open !== open) return
      this.#open = undefined
      if (!this.alive) this.kernel.zombies.delete(this)
    }
    result.then(
      () => {
        close()
        done()
      },
      (thrown: unknown) => {
        close()
        this.crash(thrown)
      },
    )
  }

  /** Counts work that is not done when the function returns, such as output without a confirmation. It delays the exit. */
  addPendingWork(change: 1 | -1): void {
    this.#pendingWork += change
    this.#exitWhenDone()
  }

  #exitWhenDone(): void {
    if (this.#returned && this.#pendingWork === 0 && this.#suspension === undefined) this.exit(normal)
  }

  // Suspension

  /** Whether the process waits for a busy connection to which it has sent something. */
  get suspended(): boolean {
    return this.#suspension !== undefined
  }

  /** Suspends the process until {@link resume} has been called as often: it takes no more messages, and its waits do not end. */
  suspend(): void {
    this.#suspension ??= { connections: 0, whenResumed: [] }
    this.#suspension.connections++
  }

  resume(): void {
    const suspension = this.#suspension
    if (suspension === undefined || --suspension.connections > 0) return
    this.#suspension = undefined
    if (!this.alive) return
    for (const fn of suspension.whenResumed) fn()
    if (this.#handler || this.mailbox.waiting) this.schedule()
    this.#exitWhenDone()
  }

  /** Calls the function at once, or when the process is no longer suspended. Does not call it when the process ends first. */
  whenResumed(fn: () => void): void {
    if (this.#suspension === undefined) fn()
    else this.#suspension.whenResumed.push(fn)
  }

  // Messages

  /** Puts a message into the mailbox. */
  deliver(message: Term): void {
    if (!this.alive || this.#ioReplies?.handle(message)) return
    const { mailbox } = this
    if (mailbox.handOver(message)) return
    mailbox.push(message)
    if ((this.#handler && !this.#busy) || mailbox.mustScan) this.schedule()
  }

  /** Puts a priority message into the mailbox: before the ordinary messages. */
  deliverPriority(message: Term): void {
    const { mailbox } = this
    if (!this.alive || mailbox.handOver(message)) return
    mailbox.pushPriority(message)
    if ((this.#handler && !this.#busy) || mailbox.mustScan) this.schedule()
  }

  /**
   * Lets a callback process handle a request at once, in place of a message. Returns false when the process is not idle,
   * another process is in the run queue, or the links and monitors of an ended process are being informed.
   */
  handleInline(request: InlineRequest<this>): boolean {
    const { mailbox } = this
    if (!this.#handler || this.#busy || this.#scheduled || mailbox.length > 0 || mailbox.waiting) return false
    if (this.#suspension !== undefined) return false
    const { runQueue, notifyingExits } = this.kernel
    if (notifyingExits || !runQueue.hold()) return false
    try {
      resumeInProcess(this, ProcessExecution.#runInline, request)
    } finally {
      runQueue.release()
    }
    return true
  }

  #handleRequest(request: InlineRequest<this>): void {
    try {
      const result = request.run(this)
      if (result !== undefined && isThenable(result)) this.#await(result, request)
    } catch (thrown) {
      this.crash(thrown)
    }
    if (this.mailbox.length > 0 && !this.#busy) this.schedule()
  }

  /** Gives the `{:io_reply, ref, answer}` message with this reference to `handler` and not to the mailbox. */
  expectIoReply(ref: Reference, handler: (answer: Term) => void): void {
    this.#ioReplies ??= new IoReplies()
    this.#ioReplies.expect(ref, handler)
  }

  cancelIoReply(ref: Reference): void {
    this.#ioReplies?.cancel(ref)
  }

  // Current activity

  /** Counts the calls of `sleep` that wait. A process that sleeps has no activity. */
  addSleep(change: 1 | -1): void {
    this.#sleeping += change
    this.markProgress()
  }

  // It does not read the clock, which would cost time at each message.
  markProgress(): void {
    if (this.#open && !this.#open.callback) this.#open.since = undefined
  }

  /** Returns what the process does, or undefined when it waits for a message or a time. */
  currentActivity(): CurrentActivity | undefined {
    const open = this.#open
    if (!open || (!open.callback && (this.status !== 'running' || this.#sleeping > 0))) return undefined
    const now = this.kernel.clock.now()
    open.since ??= now
    const ms = now - open.since
    return open.callback ? { ms, message: open.callback.message } : { ms }
  }

  get status(): 'running' | 'waiting' | 'suspended' | 'exiting' {
    if (!this.alive) return 'exiting'
    if (this.#suspension !== undefined) return 'suspended'
    return this.mailbox.waiting || (this.#handler && !this.#busy) ? 'waiting' : 'running'
  }

  // Exit

  /** Drops the messages and the code that has not begun. Returns whether code is still open. */
  protected stopExecution(): boolean {
    this.alive = false
    this.#start = this.#handler = this.asyncContext = undefined
    this.mailbox.close()
    return this.#open !== undefined
  }

  protected dropIoReplies(): void {
    this.#ioReplies = undefined
  }
}
