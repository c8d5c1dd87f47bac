import type { LocalProcess } from '../../process/index.ts'
import { type Term, TermMap, timeout as timeoutAtom } from '../../term/index.ts'

interface Waiter {
  readonly acquired: () => void
  readonly failed: (reason: Term) => void
}

/** Who holds a key of a registry, and who waits for it: the first of a line holds it. Keys of locks are no keys of entries. */
export class RegistryLocks {
  readonly #queues = new TermMap() as unknown as Map<Term, Set<Waiter>>

  /**
   * Waits until nobody who came earlier holds or wants the key. A process that ends lets go of it.
   *
   * @returns what lets go of the key
   * @throws what `failed` makes of `timeout`, or of the reason for which there are no locks any more
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

  /** Nobody who waits will have a turn. Who holds a key goes on. */
  close(reason: Term): void {
    const waiting = [...this.#queues.values()].flatMap((line) => [...line].slice(1))
    for (const turn of waiting) turn.failed(reason)
  }
}

function first(line: Set<Waiter>): Waiter | undefined {
  return line.values().next().value
}
