import type { Pid, Term } from '../term/index.ts'

/** A process that has ended while its code still waits for something. */
export interface ZombieProcess {
  readonly pid: Pid
  /** Name of what the process ran. */
  readonly label: string
  /** Exit reason. */
  readonly reason: Term
  /** When the process ended, in milliseconds of the node's clock. */
  readonly since: number
}

/**
 * Table of the processes that have ended by a signal while their code waits.
 *
 * JavaScript cannot stop a function. Code that waits for an operation of Moebi never continues, and is garbage-collected. Code
 * that
 * waits for anything else (a socket, a timer, a promise of a library) stays in memory until that settles, with all that it
 * references.
 */
export class ZombieProcesses {
  readonly #zombies = new Map<Pid, { readonly ref: WeakRef<object>; readonly zombie: ZombieProcess }>()
  readonly #collected = new FinalizationRegistry<Pid>((pid) => this.#zombies.delete(pid))

  /** Adds a process that has ended while its code has not. `since` is the time of its end. */
  add(process: Pick<ZombieProcess, 'pid' | 'label'>, reason: Term, since: number): void {
    const { pid, label } = process
    this.#zombies.set(pid, { ref: new WeakRef(process), zombie: { pid, label, reason, since } })
    this.#collected.register(process, pid, process)
  }

  /** Removes a process whose code has ended. */
  delete(process: { readonly pid: Pid }): void {
    if (this.#zombies.delete(process.pid)) this.#collected.unregister(process)
  }

  /** Returns the zombies whose code is still referenced, the oldest first. */
  list(): ZombieProcess[] {
    return [...this.#zombies.values()]
      .filter(({ ref }) => ref.deref() !== undefined)
      .map(({ zombie }) => zombie)
  }
}
