import type { Clock } from '../../clock/index.ts'
import {
  type After,
  atom,
  type Clause,
  identical,
  isTuple,
  type Pid,
  type Reference,
  type Term,
} from '../../term/index.ts'
import type { RunQueue } from '../scheduler/index.ts'
import { type ContextOwner, runInProcess } from '../scheduler/index.ts'
import { MessageQueue } from './message-queue.ts'
import { type MessageHandler, PendingReceive } from './pending-receive.ts'
import { ReceiveMarkers } from './receive-markers.ts'

/** Part of the kernel that a mailbox uses. */
export interface MailboxKernel {
  readonly clock: Clock
  readonly runQueue: RunQueue
  /** Number of references that this kernel has made. */
  readonly refCount: number
  /** Returns which reference of this kernel it is, the first one being 1, or undefined for one of another kernel. */
  refNumber(ref: Reference): number | undefined
}

/** The process that has the mailbox. */
export interface MailboxOwner extends ContextOwner {
  readonly alive: boolean
  /** Whether the process takes no messages now. */
  readonly suspended: boolean
  /** Calls the function when the process is no longer suspended. */
  whenResumed(fn: () => void): void
  readonly kernel: MailboxKernel
  /** Puts the process into the run queue. Its slice calls {@link Mailbox.scan}. */
  schedule(): void
  /** Notes that the code of the process has made a step. */
  markProgress(): void
}

const EXIT = atom('EXIT')
const DOWN = atom('DOWN')

/**
 * Mailbox of a process: the messages that its code has not taken, and the `receive` that waits for one.
 *
 * The methods are `private` and not `#private`: V8 gives each object of a class with `#private` methods one field more.
 */
export class Mailbox extends MessageQueue {
  readonly #owner: MailboxOwner
  #pending: PendingReceive | undefined
  #markers: ReceiveMarkers | undefined

  constructor(owner: MailboxOwner) {
    super()
    this.#owner = owner
  }

  /** Whether a `receive` waits. */
  get waiting(): boolean {
    return this.#pending !== undefined
  }

  /** Whether a `receive` waits that has not seen every message. */
  get mustScan(): boolean {
    return this.#pending !== undefined && this.#pending.scanned < this.length
  }

  protected override onGrown(): void {
    this.#markers ??= new ReceiveMarkers()
    this.#markers.dropBefore(this.start)
    this.#markers.add(this.start + this.length - 1, this.#owner.kernel.refCount)
  }

  protected override onMovedUp(position: number): void {
    this.#markers?.moveUp(position)
  }

  override clear(): void {
    super.clear()
    this.#markers = undefined
  }

  /**
   * Gives a message to the `receive` that waits, without the run queue. Returns false when that is not possible, or no clause matches:
   * the message then goes into the mailbox.
   */
  handOver(message: Term): boolean {
    const pending = this.#pending
    if (pending === undefined || pending.scanned < this.length || this.#owner.suspended) return false
    if (pending.clauses === undefined) {
      if (!this.#owner.kernel.runQueue.spend()) return false
      this.settle(pending, undefined, message)
      return true
    }
    if (!pending.continues || !pending.inPlace) return false
    const clause = pending.clauseFor(message)
    if (clause === undefined) pending.scanned++
    if (clause === undefined || !this.#owner.kernel.runQueue.spend()) return false
    this.settle(pending, clause, message)
    return true
  }

  /** Adds a priority message. A `receive` that waits looks at it next. */
  pushPriority(message: Term): void {
    const index = this.insertPriority(message)
    const pending = this.#pending
    if (pending && pending.scanned > index) pending.scanned = index
  }

  /**
   * Takes the first message that one of the clauses matches, now or when it arrives, and returns the result of the clause's
   * handler. The promise never settles once the process has ended.
   *
   * @throws what a guard throws for a message that is in the mailbox already
   */
  receive(clauses: readonly Clause<unknown>[], after?: After<unknown>): Promise<unknown> {
    const pending = new PendingReceive(this.#owner, clauses, after)
    this.wait(pending)
    if (pending.taken) return Promise.resolve(pending.handle())
    pending.continues = true
    return new Promise<PendingReceive>((resolve, reject) => pending.onTaken(resolve, reject)).then(
      handleTaken,
    )
  }

  /** Takes the first message. */
  receiveAny(): Promise<Term> {
    const owner = this.#owner
    if (this.length > 0 && this.#pending === undefined && !owner.suspended && owner.kernel.runQueue.spend())
      return Promise.resolve(this.shift())
    return new Promise((resolve, reject) => {
      const pending = new PendingReceive(this.#owner, undefined, undefined)
      pending.onTaken((taken) => resolve(taken.message), reject)
      this.wait(pending)
    })
  }

  /** Does the same as {@link receive} without a promise: calls `resolve` or `reject` as code of the process. */
  receiveWith(
    clauses: readonly Clause<unknown>[],
    after: After<unknown> | undefined,
    resolve: (result: unknown) => void,
    reject: (thrown: unknown) => void,
  ): void {
    const pending = new PendingReceive(this.#owner, clauses, after)
    pending.onTaken((taken) => {
      try {
        resolve(taken.handle())
      } catch (thrown) {
        reject(thrown)
      }
    }, reject)
    this.wait(pending)
  }

  private wait(pending: PendingReceive): void {
    const owner = this.#owner
    if (!owner.alive) return
    if (this.#pending)
      throw new Error(
        'receive was called while another receive of the same process waits: a process takes one message at a time. ' +
          'Await the first one, or start a process for each.',
      )
    if (owner.suspended) {
      const again = (): void => {
        try {
          this.wait(pending)
        } catch (thrown) {
          pending.fail(thrown)
        }
      }
      return owner.whenResumed(() => runInProcess(owner, again))
    }
    const { kernel } = owner
    const { after } = pending
    this.#pending = pending
    // A loop that always finds a message must go through the run queue at times, so that timers and sockets get their turn.
    if (kernel.runQueue.spend()) this.scanOrTimeOut(pending)
    else if (this.length > 0 || after?.ms === 0) owner.schedule()
    if (this.#pending === pending && after && after.ms > 0 && after.ms !== Number.POSITIVE_INFINITY)
      pending.cancelTimer = kernel.clock.schedule(after.ms, () =>
        runInProcess(owner, () => this.timeOut(pending)),
      )
  }

  /** Looks for a message for the `receive` that waits. Must run as code of the process. */
  scan(): void {
    this.scanOrTimeOut(this.#pending!)
  }

  private scanOrTimeOut(pending: PendingReceive): void {
    this.scanFor(pending)
    if (this.#pending === pending && pending.after?.ms === 0) this.settle(pending, pending.after, undefined)
  }

  private scanFor(pending: PendingReceive): void {
    const { clauses } = pending
    try {
      for (; pending.scanned < this.length; pending.scanned++) {
        if (this.#markers && clauses && pending.scanned === this.priorityLength) {
          pending.scanned = this.firstCandidate(clauses.map(({ reference }) => reference))
          if (pending.scanned === this.length) return
        }
        const message = this.at(pending.scanned)
        const clause = clauses && pending.clauseFor(message)
        if (clauses && !clause) continue
        this.remove(pending.scanned)
        this.settle(pending, clause, message)
        return
      }
    } catch (thrown) {
      this.stopWaiting(pending)
      pending.fail(thrown)
    }
  }

  /**
   * Returns the index behind the priority messages, or a greater one, before which no message contains one of the references.
   * An undefined reference stands for any message.
   */
  private firstCandidate(refs: readonly (Reference | undefined)[]): number {
    const { kernel } = this.#owner
    let index = this.length
    for (const ref of refs) {
      const number = ref && kernel.refNumber(ref)
      index = number === undefined ? 0 : Math.min(index, this.#markers!.startFor(number) - this.start)
    }
    return Math.max(index, this.priorityLength)
  }

  private timeOut(pending: PendingReceive): void {
    if (this.#pending === pending) this.scanFor(pending)
    if (this.#pending === pending) this.settle(pending, pending.after, undefined)
  }

  private settle(pending: PendingReceive, clause: MessageHandler | undefined, message: Term): void {
    this.stopWaiting(pending)
    pending.take(clause, message)
  }

  private stopWaiting(pending: PendingReceive): void {
    this.#pending = undefined
    this.#owner.markProgress()
    pending.cancelTimer?.()
  }

  /**
   * Removes the first message that the function accepts, and returns it.
   *
   * @param refs one of them is in each message that the function accepts; without references it gets every message
   */
  take(accepts: (message: Term) => boolean, refs: readonly Reference[] = []): Term {
    for (let i = 0; i < this.length; i++) {
      if (this.#markers && refs.length > 0 && i === this.priorityLength) {
        i = this.firstCandidate(refs)
        if (i === this.length) return undefined
      }
      const message = this.at(i)
      if (!accepts(message)) continue
      this.removeScanned(i)
      return message
    }
    return undefined
  }

  /** Removes every message and returns them, the oldest first. */
  drain(): Term[] {
    const messages = this.toArray()
    this.clear()
    if (this.#pending) this.#pending.scanned = 0
    return messages
  }

  /** Removes the `DOWN` message of a monitor that was removed. */
  flushDown(ref: Reference): void {
    this.take(
      (message) => isTuple(message) && message.elements[0] === DOWN && identical(message.elements[1], ref),
      [ref],
    )
  }

  /**
   * Removes the `EXIT` message of a link that was removed.
   *
   * @param ref a reference that is older than the link
   */
  flushExit(from: Pid, ref: Reference): void {
    this.take(
      (message) => isTuple(message) && message.elements[0] === EXIT && message.elements[1] === from,
      [ref],
    )
  }

  /** Removes every tuple that begins with a reference. */
  flushTagged(ref: Reference): void {
    for (let i = this.length - 1; i >= 0; i--) {
      const message = this.at(i)
      if (isTuple(message) && identical(message.elements[0], ref)) this.removeScanned(i)
    }
  }

  private removeScanned(index: number): void {
    this.remove(index)
    if (this.#pending && index < this.#pending.scanned) this.#pending.scanned--
  }

  /** Drops the messages and the `receive` that waits: the process has ended. */
  close(): void {
    this.#pending?.cancelTimer?.()
    this.#pending = undefined
    this.clear()
  }
}

function handleTaken(pending: PendingReceive): unknown {
  return pending.handle()
}
