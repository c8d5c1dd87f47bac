import type { LocalProcess } from '../../process/index.ts'
import { type Term, TermMap, timeout as timeoutAtom } from '../../term/index.ts'

interface Waiter {
  readonly acquired: () => void
  readonly failed: (reason: Term) => void
}

/**
 * Locks of a registry. Each key has a queue of processes; the first one holds the key. These keys are independent of the
 * keys of entries.
 */
export class RegistryLocks {
  readonly #queues = new TermMap() as unknown as Map<Term, Set<Waiter>>

  /**
   * Waits until no earlier process holds or wants the key. The exit of the process releases the key.
   *
   * @returns a function that releases the key
   * @throws the error that `failed` returns for `timeout`, or for the exit reason of the registry
   */
  acquire(
    process: LocalProcess,
    key: Term,
    timeout: number,
    failed: (reason: Term) => Error,
  ): Promise<() => void> {
    const line = this.#queues.get(key) ?? new Set<Waiter>()
    this.#queues.set(key, line)
    return new Promise((resolve, reject) => {
      let cancel: (() => void) | undefined
      const leave = (): void => {
        process.offExit(leave)
        cancel?.()
        const held = first(line) === turn
        if (!line.delete(turn) || !held) return
        const next = first(line)
        if (next) next.acquired()
        else this.#queues.delete(key)
      }
      const turn: Waiter = {
        acquired: () => {
          cancel?.()
          resolve(leave)
        },
        failed: (reason) => {
          leave()
          reject(failed(reason))
        },
      }
      line.add(turn)
      process.onExit(leave)
      if (line.size === 1) turn.acquired()
      else if (timeout !== Number.POSITIVE_INFINITY)
        cancel = process.kernel.clock.schedule(timeout, () => turn.failed(timeoutAtom))
    })
  }

  /** Ends the wait of every process in a queue. Processes that hold a key continue. */
  close(reason: Term): void {
    const waiting = [...this.#queues.values()].flatMap((line) => [...line].slice(1))
    for (const turn of waiting) turn.failed(reason)
  }
}

function first(line: Set<Waiter>): Waiter | undefined {
  return line.values().next().value
}
