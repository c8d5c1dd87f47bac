import { type Cancel, LinkedList, type ListNode } from '../../clock/index.ts'
import type { ExitListener, LocalProcess, RemoteName } from '../../process/index.ts'
import { atom, noconnection, type Pid, type Reference, type Term, timeout, tuple } from '../../term/index.ts'
import { type MonitorWaiter, sharedMonitors } from './shared-monitors.ts'

/** A call that nobody has answered yet. */
export interface UnansweredRequest {
  readonly process: LocalProcess
  readonly target: Pid | RemoteName
  readonly ref: Reference
  /** Milliseconds, or Infinity. */
  readonly timeout: number
  readonly signal: AbortSignal | undefined
  /** There will be no answer. */
  fail(reason: Term): void
  /** Nobody wants it any more: what the signal says. */
  abort(why: unknown): void
  /** Its caller has ended. */
  drop(): void
}

/** Those of this turn. Most are answered in it, and need no timer. */
const createdThisTurn: PendingCall[] = []

function startTimers(): void {
  for (const caretaker of createdThisTurn.splice(0)) caretaker.startTimer()
}

/** Looks after a call that is not answered at once: it ends with its server, with its caller, or when it takes too long. */
export class PendingCall implements MonitorWaiter, ExitListener {
  readonly #request: UnansweredRequest
  #released = false
  #server: ListNode<ExitListener> | ListNode<MonitorWaiter> | undefined
  #caller: ListNode<ExitListener> | undefined
  #cancelTimer: Cancel | undefined
  #onAbort: (() => void) | undefined
  #monitored = false
  waitedBefore = false

  constructor(call: UnansweredRequest) {
    this.#request = call
    if (createdThisTurn.push(this) === 1) setImmediate(startTimers)
    const { signal } = call
    if (!signal) return
    this.#onAbort = () => call.abort(signal.reason)
    signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  /** A server of this node needs no signals to be watched, only a word when it ends. */
  monitorLocal(server: LocalProcess): void {
    this.#server = server.addExitListener(this)
  }

  /** One of another node. The call may hear of its absence before this returns. */
  monitorRemote(): void {
    const { process, target } = this.#request
    const waiting = sharedMonitors(process.kernel).wait(target, this)
    if (this.#released) LinkedList.remove(waiting)
    else this.#server = waiting
  }

  /** The turn is over, and there is no answer: it may take a while. */
  startTimer(): void {
    if (this.#released) return
    const { process, timeout: ms } = this.#request
    if (!process.alive) return this.#request.drop()
    this.#caller = process.addExitListener(this)
    if (ms !== Number.POSITIVE_INFINITY)
      this.#cancelTimer = process.kernel.clock.schedule(ms, () => this.#request.fail(timeout))
  }

  /** The caller, for whom nothing is left to do, or a server of this node. */
  onProcessExit(process: LocalProcess, reason: Term): void {
    if (process === this.#request.process) this.#request.drop()
    else this.#request.fail(reason)
  }

  down(reason: Term): void {
    const { node } = this.#request.target
    this.#request.fail(reason === noconnection ? tuple(atom('nodedown'), node) : reason)
  }

  /** Monitors the server for this call alone. */
  waitsLong(): void {
    if (this.#monitored || this.#released) return
    this.#monitored = true
    const { process, target, ref } = this.#request
    process.monitors.monitor(target, (reason) => this.down(reason), ref)
  }

  /** The call has ended. */
  release(): void {
    this.#released = true
    const { process, ref, signal } = this.#request
    if (this.#server) LinkedList.remove(this.#server as ListNode<unknown>)
    if (this.#caller) LinkedList.remove(this.#caller)
    this.#cancelTimer?.()
    if (this.#monitored) process.monitors.demonitor(ref)
    if (this.#onAbort) signal!.removeEventListener('abort', this.#onAbort)
  }
}
