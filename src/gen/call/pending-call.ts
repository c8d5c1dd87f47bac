import { type Cancel, Chain, type Link } from '../../clock/index.ts'
import type { EndWaiter, LocalProcess, RemoteName } from '../../process/index.ts'
import { atom, noconnection, type Pid, type Reference, type Term, timeout, tuple } from '../../term/index.ts'
import { standingMonitors, type Waiting } from './shared-monitors.ts'

/** A call that nobody has answered yet. */
export interface OpenCall {
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
const fresh: Caretaker[] = []

function stayAll(): void {
  for (const caretaker of fresh.splice(0)) caretaker.stay()
}

/** Looks after a call that is not answered at once: it ends with its server, with its caller, or when it takes too long. */
export class Caretaker implements Waiting, EndWaiter {
  readonly #call: OpenCall
  #over = false
  #server: Link<EndWaiter> | Link<Waiting> | undefined
  #caller: Link<EndWaiter> | undefined
  #cancelTimer: Cancel | undefined
  #onAbort: (() => void) | undefined
  #monitored = false
  seen = false

  constructor(call: OpenCall) {
    this.#call = call
    if (fresh.push(this) === 1) setImmediate(stayAll)
    const { signal } = call
    if (!signal) return
    this.#onAbort = () => call.abort(signal.reason)
    signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  /** A server of this node needs no signals to be watched, only a word when it ends. */
  watch(server: LocalProcess): void {
    this.#server = server.awaitEnd(this)
  }

  /** One of another node. The call may hear of its absence before this returns. */
  watchAway(): void {
    const { process, target } = this.#call
    const waiting = standingMonitors(process.kernel).wait(target, this)
    if (this.#over) Chain.remove(waiting)
    else this.#server = waiting
  }

  /** The turn is over, and there is no answer: it may take a while. */
  stay(): void {
    if (this.#over) return
    const { process, timeout: ms } = this.#call
    if (!process.alive) return this.#call.drop()
    this.#caller = process.awaitEnd(this)
    if (ms !== Number.POSITIVE_INFINITY)
      this.#cancelTimer = process.kernel.clock.schedule(ms, () => this.#call.fail(timeout))
  }

  /** The caller, for whom nothing is left to do, or a server of this node. */
  ended(process: LocalProcess, reason: Term): void {
    if (process === this.#call.process) this.#call.drop()
    else this.#call.fail(reason)
  }

  down(reason: Term): void {
    const { node } = this.#call.target
    this.#call.fail(reason === noconnection ? tuple(atom('nodedown'), node) : reason)
  }

  /** Monitors the server for this call alone. */
  lingers(): void {
    if (this.#monitored || this.#over) return
    this.#monitored = true
    const { process, target, ref } = this.#call
    process.ties.monitor(target, (reason) => this.down(reason), ref)
  }

  /** The call has ended. */
  leave(): void {
    this.#over = true
    const { process, ref, signal } = this.#call
    if (this.#server) Chain.remove(this.#server as Link<unknown>)
    if (this.#caller) Chain.remove(this.#caller)
    this.#cancelTimer?.()
    if (this.#monitored) process.ties.demonitor(ref)
    if (this.#onAbort) signal!.removeEventListener('abort', this.#onAbort)
  }
}
