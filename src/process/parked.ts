import type { Pid, Term } from '../term/index.ts'
import type { LocalProcess } from './local-process.ts'

/** A process that has ended while its code still waits for something, and what is known of it. */
export interface Parked {
  readonly pid: Pid
  /** What it ran. */
  readonly label: string
  /** Why it has ended. */
  readonly reason: Term
  /** When it did, in milliseconds of the node's clock. */
  readonly since: number
}

/**
 * The processes that have ended by a signal while their code waits, and may yet run. JavaScript cannot stop a function: one
 * that waits for something of ours is never woken, and collected; one that waits for anything else (a socket, a timer, a
 * promise of a library) is held by that until it comes, and so is all that it holds.
 */
export class ParkedProcesses {
  readonly #parked = new Map<
    LocalProcess['pid'],
    { readonly ref: WeakRef<LocalProcess>; readonly what: Parked }
  >()
  readonly #collected = new FinalizationRegistry<Pid>((pid) => this.#parked.delete(pid))

  /** The process has ended, and its code has not. */
  add(process: LocalProcess, reason: Term): void {
    const { pid, label } = process
    const what = { pid, label, reason, since: process.kernel.clock.now() }
    this.#parked.set(pid, { ref: new WeakRef(process), what })
    this.#collected.register(process, pid, process)
  }

  /** Its code has ended too. */
  delete(process: LocalProcess): void {
    if (this.#parked.delete(process.pid)) this.#collected.unregister(process)
  }

  /** Those whose code somebody still holds, the oldest first. */
  list(): Parked[] {
    return [...this.#parked.values()].filter(({ ref }) => ref.deref() !== undefined).map(({ what }) => what)
  }
}
