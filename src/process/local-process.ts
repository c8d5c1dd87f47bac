import type { AsyncResource } from 'node:async_hooks'
import { type Cancel, Chain, type Link } from '../clock/index.ts'
import {
  type After,
  type Atom,
  atom,
  type Clause,
  charlist,
  ExitError,
  formatExit,
  hideFields,
  identical,
  isTuple,
  kill,
  killed,
  noproc,
  normal,
  type Pid,
  Reference,
  type Term,
  tuple,
} from '../term/index.ts'
import { enter, resume, runAs } from './ambient.ts'
import type { Busy } from './busy.ts'
import type { Kernel } from './kernel.ts'
import { Mailbox } from './mailbox.ts'
import { isThenable } from './maybe.ts'
import { exitReason } from './modules.ts'
import { RefTable } from './ref-table.ts'
import { reportOf } from './report.ts'
import type { Runnable } from './run-queue.ts'
import { Ties } from './ties.ts'

/** How a callback process takes a message. While a promise it returned is open, the next message waits. */
export type Handler = (message: Term) => void | PromiseLike<void>

/** What a callback process does in the place of a message. */
export interface Errand {
  run(process: LocalProcess): void | PromiseLike<void>
  /** The message that says the same. */
  readonly message: Term
}

/** Waits for the end of a process of this kernel. */
export interface EndWaiter {
  ended(process: LocalProcess, reason: Term): void
}

/** Code that has begun and not ended: a callback, or the function that the process runs. */
interface Open {
  /** What the callback was called with; undefined for a function. */
  readonly callback: { readonly message: Term } | undefined
  /** When it began, or was seen first since its last step; undefined where nobody has looked. */
  since: number | undefined
}

/** Whoever waits for an `{:io_reply, ref, answer}`. */
interface Intercept {
  readonly ref: Reference
  readonly handler: (answer: Term) => void
}

interface Waiter {
  readonly clauses: readonly Clause<unknown>[] | undefined
  readonly after: After<unknown> | undefined
  readonly resolve: (result: unknown) => void
  readonly reject: (thrown: unknown) => void
  cancelTimer: Cancel | undefined
  /** Messages at the front of the mailbox that were looked at and not wanted. */
  scanned: number
}

/** Messages that a callback process handles before the others get their turn. */
const SLICE = 64
// The emulator's own words, which OTP and Elixir know.
const CRASH = charlist('Error in process ~p on node ~p with exit value:~n~p~n')
const EXIT = atom('EXIT')
const DOWN = atom('DOWN')
const IO_REPLY = atom('io_reply')

/**
 * A process of this kernel: a mailbox, the signals that reach it, and the one exit at its end.
 *
 * It runs an async function that takes its messages with {@link take}, or a {@link Handler} that is called with each.
 */
export class LocalProcess implements Runnable {
  // What every message touches comes first, so that it lies together.
  readonly kernel: Kernel
  readonly mailbox: Mailbox = new Mailbox()
  alive = true
  #scheduled = false
  #busy = false
  #handler: Handler | undefined
  #waiter: Waiter | undefined
  #intercepted: RefTable<Intercept> | undefined
  #start: (() => unknown) | undefined
  /** Its asynchronous context, once it has come back into it. */
  scope: AsyncResource | undefined = undefined
  readonly pid: Pid
  /** Why it has ended. */
  reason: Term = undefined
  groupLeader: Pid
  /** The processes on whose behalf this one works, the nearest first (`$callers`). */
  callers: readonly Pid[]
  trapExit = false
  registeredName: Atom | undefined = undefined
  /** Who decides what happens when something that belongs to this process was not caught. */
  owner: { crashed(thrown: unknown): void } | undefined = undefined
  #label: string | (() => string) = ''
  readonly #forget: (process: LocalProcess) => void
  #open: Open | undefined
  #sleeping = 0
  #ties: Ties | undefined
  #unfinished = 0
  #returned = false
  #cleanups: Set<(reason: Term) => void> | undefined
  #controller: AbortController | undefined
  #dictionary: Map<unknown, unknown> | undefined
  #awaited: Chain<EndWaiter> | undefined
  static readonly #begin = (process: LocalProcess, start: () => unknown): void => process.#runFunction(start)
  static readonly #errand = (process: LocalProcess, errand: Errand): void => process.#handleErrand(errand)
  static readonly #slice = (process: LocalProcess): number => process.#handleSlice()
  static readonly #glance = (process: LocalProcess): void => process.#look(process.#waiter!)

  constructor(
    kernel: Kernel,
    pid: Pid,
    groupLeader: Pid,
    callers: readonly Pid[],
    forget: (process: LocalProcess) => void,
  ) {
    this.kernel = kernel
    this.pid = pid
    this.groupLeader = groupLeader
    this.callers = callers
    this.#forget = forget
  }

  /** What it runs, for people. It may be given as a function, since hardly anybody asks. */
  get label(): string {
    return typeof this.#label === 'string' ? this.#label : this.#label()
  }

  set label(label: string | (() => string)) {
    this.#label = label
  }

  // What runs

  /** Starts the process with a function; it ends when the function does. */
  begin(start: () => unknown): void {
    this.#start = start
    this.#schedule()
  }

  /** From here on every message goes to the handler. */
  handle(handler: Handler): void {
    this.#handler = handler
    if (this.mailbox.length > 0) this.#schedule()
  }

  run(): number {
    this.#scheduled = false
    if (!this.alive) return 0
    if (this.#start) {
      const start = this.#start
      this.#start = undefined
      enter(this, LocalProcess.#begin, start)
      return 1
    }
    if (this.#handler) return resume(this, LocalProcess.#slice, undefined)
    if (this.#waiter) resume(this, LocalProcess.#glance, undefined)
    return 1
  }

  #schedule(): void {
    if (this.#scheduled || !this.alive) return
    this.#scheduled = true
    this.kernel.runQueue.push(this)
  }

  #runFunction(start: () => unknown): void {
    try {
      const result = start()
      if (isThenable(result)) this.openUntil(result, () => this.#return())
      else if (!this.#handler) this.#return()
    } catch (thrown) {
      this.crash(thrown)
    }
  }

  #return(): void {
    if (this.#handler) return
    this.#returned = true
    if (this.#unfinished === 0) this.exit(normal)
  }

  #handleSlice(): number {
    let handled = 0
    try {
      while (this.alive && this.mailbox.length > 0 && handled < SLICE && !this.#busy) {
        handled++
        const message = this.mailbox.shift()
        const result = this.#handler!(message)
        if (result !== undefined && isThenable(result)) this.#await(result, { message })
      }
    } catch (thrown) {
      this.crash(thrown)
    }
    if (this.mailbox.length > 0 && !this.#busy) this.#schedule()
    return handled
  }

  #await(result: PromiseLike<void>, callback: { readonly message: Term }): void {
    this.#busy = true
    const open = { callback, since: this.kernel.clock.now() }
    this.openUntil(
      result,
      () => {
        this.#busy = false
        if (this.mailbox.length > 0) this.#schedule()
      },
      open,
    )
  }

  /**
   * Runs on until a promise of its code settles; what that is rejected with ends the process. Code that waits when its
   * process ends is parked, until it comes to its end after all.
   */
  openUntil(
    result: PromiseLike<unknown>,
    done: () => void,
    open: Open = { callback: undefined, since: undefined },
  ): void {
    this.#open = open
    const close = (): void => {
      // A server takes its first message before the function that started it has ended.
      if (this.#open !== open) return
      this.#open = undefined
      if (!this.alive) this.kernel.parked.delete(this)
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

  // Messages

  /** Puts a message into the mailbox. */
  deliver(message: Term): void {
    if (!this.alive || (this.#intercepted?.size && this.#isAnswer(message))) return
    const waiter = this.#waiter
    if (waiter && !waiter.clauses && this.mailbox.length === 0 && this.kernel.runQueue.spend())
      return this.#settle(waiter, undefined, message)
    this.mailbox.push(message)
    if ((this.#handler && !this.#busy) || waiter) this.#schedule()
  }

  /**
   * Lets a callback process do something at once, in the place of a message. False where it is not idle, or somebody else
   * is in line, or has ended and not told everybody yet.
   */
  handleNow(errand: Errand): boolean {
    if (!this.#handler || this.#busy || this.#scheduled || this.#waiter || this.mailbox.length > 0)
      return false
    const { runQueue, telling } = this.kernel
    if (telling || !runQueue.hold()) return false
    try {
      resume(this, LocalProcess.#errand, errand)
    } finally {
      runQueue.release()
    }
    return true
  }

  #handleErrand(errand: Errand): void {
    try {
      const result = errand.run(this)
      if (result !== undefined && isThenable(result)) this.#await(result, errand)
    } catch (thrown) {
      this.crash(thrown)
    }
    if (this.mailbox.length > 0 && !this.#busy) this.#schedule()
  }

  /**
   * Takes the first message that one of the clauses wants, now or when it comes, and returns what its handler returns;
   * without clauses the first message. Never settles once the process is dead.
   */
  take(clauses: readonly Clause<unknown>[] | undefined, after?: After<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => this.takeThen(clauses, after, resolve, reject))
  }

  /** Takes the first message, whichever it is. */
  next(): Promise<Term> {
    if (this.mailbox.length > 0 && this.#waiter === undefined && this.kernel.runQueue.spend())
      return Promise.resolve(this.mailbox.shift())
    return this.take(undefined) as Promise<Term>
  }

  /** The same without a promise: one of the two functions is called, as code of this process. */
  takeThen(
    clauses: readonly Clause<unknown>[] | undefined,
    after: After<unknown> | undefined,
    resolve: (result: unknown) => void,
    reject: (thrown: unknown) => void,
  ): void {
    if (!this.alive) return
    if (this.#waiter)
      throw new Error(
        'receive was called while another receive of the same process waits: a process takes one message at a time. ' +
          'Await the first one, or start a process for each.',
      )
    const waiter: Waiter = { clauses, after, resolve, reject, scanned: 0, cancelTimer: undefined }
    this.#waiter = waiter
    // Whoever finds every message there already would never give way to timers and sockets.
    if (this.kernel.runQueue.spend()) this.#look(waiter)
    else if (this.mailbox.length > 0 || after?.ms === 0) this.#schedule()
    if (this.#waiter === waiter && after && after.ms > 0 && after.ms !== Number.POSITIVE_INFINITY)
      waiter.cancelTimer = this.kernel.clock.schedule(after.ms, () =>
        runAs(this, () => this.#timeout(waiter)),
      )
  }

  // From here to the handler it is code of the process that runs.
  #look(waiter: Waiter): void {
    this.#scan(waiter)
    if (this.#waiter === waiter && waiter.after?.ms === 0) this.#settle(waiter, waiter.after, undefined)
  }

  #scan(waiter: Waiter): void {
    const { mailbox } = this
    const { clauses } = waiter
    try {
      for (; waiter.scanned < mailbox.length; waiter.scanned++) {
        const message = mailbox.at(waiter.scanned)
        const clause = clauses && wanting(clauses, message)
        if (clauses && !clause) continue
        mailbox.take(waiter.scanned)
        this.#settle(waiter, clause, message)
        return
      }
    } catch (thrown) {
      this.#stopWaiting(waiter)
      waiter.reject(thrown)
    }
  }

  #settle(waiter: Waiter, clause: { handle(message: Term): unknown } | undefined, message: Term): void {
    this.#stopWaiting(waiter)
    if (!clause) return waiter.resolve(message)
    try {
      waiter.resolve(clause.handle(message))
    } catch (thrown) {
      waiter.reject(thrown)
    }
  }

  #stopWaiting(waiter: Waiter): void {
    this.#waiter = undefined
    this.#goesOn()
    waiter.cancelTimer?.()
  }

  /** Counts the sleeps of its code: while it sleeps it is not busy. */
  sleeping(change: 1 | -1): void {
    this.#sleeping += change
    this.#goesOn()
  }

  // No clock is asked here: who takes many messages would pay for it with each.
  #goesOn(): void {
    if (this.#open && !this.#open.callback) this.#open.since = undefined
  }

  #timeout(waiter: Waiter): void {
    if (this.#waiter === waiter) this.#scan(waiter)
    if (this.#waiter === waiter) this.#settle(waiter, waiter.after, undefined)
  }

  /** Takes every message out of the mailbox. */
  drain(): Term[] {
    const messages = this.mailbox.toArray()
    this.mailbox.clear()
    if (this.#waiter) this.#waiter.scanned = 0
    return messages
  }

  /** Gives the `{:io_reply, ref, answer}` with this reference to `handler` instead of the mailbox, once. */
  intercept(ref: Reference, handler: (answer: Term) => void): void {
    this.#intercepted ??= new RefTable()
    this.#intercepted.set({ ref, handler })
  }

  /** No answer with this reference is waited for any more. */
  dropIntercept(ref: Reference): void {
    this.#intercepted?.delete(ref)
  }

  #isAnswer(message: Term): boolean {
    if (!isTuple(message) || message.elements[0] !== IO_REPLY || message.length !== 3) return false
    const [, ref, answer] = message.elements as readonly Term[]
    if (!(ref instanceof Reference)) return false
    const intercept = this.#intercepted!.get(ref)
    if (!intercept) return false
    this.#intercepted!.delete(ref)
    intercept.handler(answer)
    return true
  }

  /** Counts what is not done yet, such as output that nobody has confirmed: a function that has returned stays for it. */
  unfinished(change: 1 | -1): void {
    this.#unfinished += change
    if (this.#returned && this.#unfinished === 0) this.exit(normal)
  }

  /** Its links and monitors. */
  get ties(): Ties {
    this.#ties ??= new Ties(this)
    return this.#ties
  }

  /** Takes the message of an ended monitor out of the mailbox. */
  dropDown(ref: Reference): void {
    this.#dropFirst(DOWN, ref)
  }

  /** Takes the message of a broken link out of the mailbox. */
  dropExit(from: Pid): void {
    this.#dropFirst(EXIT, from)
  }

  #dropFirst(word: Term, who: Reference | Pid): void {
    for (let i = 0; i < this.mailbox.length; i++) {
      const message = this.mailbox.at(i)
      if (!isTuple(message) || message.elements[0] !== word) continue
      if (!identical(message.elements[1], who)) continue
      this.mailbox.take(i)
      if (this.#waiter && i < this.#waiter.scanned) this.#waiter.scanned--
      return
    }
  }

  // The end

  /** An exit signal: a link broke (`linked`), or somebody asked for the end with `Process.exit`. */
  exitSignal(from: Pid, reason: Term, linked: boolean): void {
    if (!this.alive) return
    if (!linked && reason === kill) return this.exit(killed)
    if (!linked || this.#ties?.removeLink(from)) {
      if (this.trapExit) this.deliver(tuple(EXIT, from, reason))
      else if (reason !== normal || (!linked && from === this.pid)) return this.exit(reason)
    }
    if (linked) this.#ties?.watcherOf(from)?.exited(reason)
  }

  /** The code of the process threw: the reason of its end. */
  crash(thrown: unknown): void {
    if (!this.alive) return
    if (this.owner) return this.owner.crashed(thrown)
    const reason = exitReason(thrown)
    if (!(thrown instanceof ExitError)) {
      const text = `Process ${this.kernel.inspect(this.pid)} raised an exception\n${exceptionText(reason, this.kernel)}`
      reportOf(this, 'error', { text, event: tuple(CRASH, [this.pid, this.kernel.name, reason]) }, reason)
    }
    this.exit(reason)
  }

  /** Ends the process: everyone who is linked to it or monitors it hears the reason, and its code is parked. */
  exit(reason: Term): void {
    if (!this.alive) return
    this.alive = false
    this.reason = reason
    this.#waiter?.cancelTimer?.()
    this.#waiter = undefined
    this.#start = this.#handler = this.scope = undefined
    this.mailbox.clear()
    this.#forget(this)
    if (this.#open) this.kernel.parked.add(this, reason)
    this.kernel.ended(this)
  }

  /** Tells everyone who is to hear of the end. Called once, by the kernel. */
  tell(): void {
    const { reason } = this
    const ties = this.#ties
    const cleanups = this.#cleanups
    this.#ties = this.#intercepted = this.#cleanups = undefined
    ties?.tell(reason)
    if (cleanups) for (const cleanup of cleanups) cleanup(reason)
    if (this.#awaited) for (const waiting of this.#awaited.drain()) waiting.ended(this, reason)
    this.#controller?.abort(new ExitError(reason))
  }

  /** Calls `cleanup` when the process ends, until {@link noCleanup} takes it back: for what would outlive it. */
  onExit(cleanup: (reason: Term) => void): void {
    if (!this.alive) return cleanup(noproc)
    this.#cleanups ??= new Set()
    this.#cleanups.add(cleanup)
  }

  noCleanup(cleanup: (reason: Term) => void): void {
    if (this.#cleanups?.delete(cleanup) && this.#cleanups.size === 0) this.#cleanups = undefined
  }

  /**
   * Tells `waiting` when the process ends, for what is often begun and soon over: a call. The process is alive.
   *
   * @returns what is to be taken out of its chain when nobody waits any more
   */
  awaitEnd(waiting: EndWaiter): Link<EndWaiter> {
    this.#awaited ??= new Chain()
    return this.#awaited.add(waiting)
  }

  /** Every link and monitor over the connection to this node is cut. */
  nodeDown(node: Atom): void {
    if (this.alive) this.#ties?.nodeDown(node)
  }

  // What else belongs to it

  /** Fires when the process ends: for what can be stopped (`fetch`, timers, streams). */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (!this.alive) this.#controller.abort(new ExitError(noproc))
    return this.#controller.signal
  }

  /** Values that belong to the process, as in the process dictionary. */
  get dictionary(): Map<unknown, unknown> {
    this.#dictionary ??= new Map()
    return this.#dictionary
  }

  /** What it is at: a callback, or a function that waits neither for a message nor for a time. */
  busy(): Busy | undefined {
    const open = this.#open
    if (!open || (!open.callback && (this.status === 'waiting' || this.#sleeping > 0))) return undefined
    const now = this.kernel.clock.now()
    open.since ??= now
    const ms = now - open.since
    return open.callback ? { ms, message: open.callback.message } : { ms }
  }

  get status(): 'running' | 'waiting' | 'exiting' {
    if (!this.alive) return 'exiting'
    return this.#waiter || (this.#handler && !this.#busy) ? 'waiting' : 'running'
  }
}

hideFields(LocalProcess)

function wanting(clauses: readonly Clause<unknown>[], message: Term): Clause<unknown> | undefined {
  for (let index = 0; index < clauses.length; index++)
    if (clauses[index]!.test(message)) return clauses[index]
  return undefined
}

// The report says "raised an exception" itself, so only the sentence and the stack follow.
function exceptionText(reason: Term, kernel: Kernel): string {
  const lines = formatExit(reason, { self: kernel.name }).split('\n')
  return (lines[0] === 'an exception was raised:' ? lines.slice(1) : lines)
    .map((line) => line.replace(/^ {4}/, ''))
    .join('\n')
}
