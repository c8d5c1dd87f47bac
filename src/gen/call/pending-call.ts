import { type Cancel, LinkedList, type ListNode } from '../../clock/index.ts'
import type { ExitListener, LocalProcess, RemoteName } from '../../process/index.ts'
import { atom, noconnection, type Pid, type Reference, type Term, timeout, tuple } from '../../term/index.ts'
import { type MonitorWaiter, sharedMonitors } from './shared-monitors.ts'

/** Request that is not answered yet. */
export interface UnansweredRequest {
  readonly process: LocalProcess
  readonly target: Pid | RemoteName
  readonly ref: Reference
  /** Milliseconds or Infinity. */
  readonly timeout: number
  readonly signal: AbortSignal | undefined
  /** Ends the request with the reason for which there is no answer. */
  fail(reason: Term): void
  /** Ends the request with the reason of its abort signal. */
  abort(why: unknown): void
  /** Ends the request without a result, because its caller has ended. */
  drop(): void
}

// The pending calls of this turn of the event loop. Most are answered within the turn and need no timer.
const createdThisTurn: PendingCall[] = []

function startTimers(): void {
  for (const pending of createdThisTurn.splice(0)) pending.startTimer()
}

/**
 * Timer, abort listener and monitors of a call that was not answered at once. The call ends with its server, with its
 * caller, or at its timeout.
 */
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

  /** Waits for the exit of a server of this node, without signals. */
  monitorLocal(server: LocalProcess): void {
    this.#server = server.addExitListener(this)
  }

  /** Monitors a server of another node. The request may fail before this returns. */
  monitorRemote(): void {
    const { process, target } = this.#request
    const waiting = sharedMonitors(process.kernel).wait(target, this)
    if (this.#released) LinkedList.remove(waiting)
    else this.#server = waiting
  }

  /** Starts the timer and waits for the exit of the caller, after the turn in which the call was made. */
  startTimer(): void {
    if (this.#released) return
    const { process, timeout: ms } = this.#request
    if (!process.alive) return this.#request.drop()
    this.#caller = process.addExitListener(this)
    if (ms !== Number.POSITIVE_INFINITY)
      this.#cancelTimer = process.kernel.clock.schedule(ms, () => this.#request.fail(timeout))
  }

  /** Called at the exit of the caller or of a server of this node. */
  onProcessExit(process: LocalProcess, reason: Term): void {
    if (process === this.#request.process) this.#request.drop()
    else this.#request.fail(reason)
  }

  down(reason: Term): void {
    const { node } = this.#request.target
    this.#request.fail(reason === noconnection ? tuple(atom('nodedown'), node) : reason)
  }

  /** Replaces the shared monitor by one for this call. */
  waitsLong(): void {
    if (this.#monitored || this.#released) return
    this.#monitored = true
    const { process, target, ref } = this.#request
    process.monitors.monitor(target, (reason) => this.down(reason), ref)
  }

  /** Cancels the timer, the listener and the monitors, after the request has ended. */
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
