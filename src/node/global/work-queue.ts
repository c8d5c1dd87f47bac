import type { LocalProcess } from '../../process/index.ts'

interface Reader<T> {
  readonly matches: (item: T) => boolean
  readonly resolve: (item: T | undefined) => void
  readonly cancelTimeout: () => void
}

/** Queue between the parts of one system process, for items that are not terms. It has one reader. */
export class WorkQueue<T> {
  readonly #owner: LocalProcess
  readonly #items: T[] = []
  #reader: Reader<T> | undefined

  /** @param owner the process that reads; when it ends, a pending {@link take} never settles */
  constructor(owner: LocalProcess) {
    this.#owner = owner
    owner.onExit(() => this.#reader?.cancelTimeout())
  }

  push(item: T): void {
    const reader = this.#reader
    if (!reader?.matches(item)) {
      this.#items.push(item)
      return
    }
    this.#reader = undefined
    reader.cancelTimeout()
    reader.resolve(item)
  }

  /** Removes the oldest item and returns it; undefined when the queue is empty. */
  shift(): T | undefined {
    return this.#items.shift()
  }

  /** Removes the oldest item that matches, now or when it is pushed. Resolves with undefined when `ms` have passed first. */
  take(matches: (item: T) => boolean, ms: number = Number.POSITIVE_INFINITY): Promise<T | undefined> {
    const index = this.#items.findIndex(matches)
    if (index >= 0) return Promise.resolve(this.#items.splice(index, 1)[0])
    return new Promise((resolve) => {
      if (!this.#owner.alive) return
      const cancelTimeout =
        ms === Number.POSITIVE_INFINITY
          ? () => {}
          : this.#owner.kernel.clock.schedule(ms, () => {
              this.#reader = undefined
              resolve(undefined)
            })
      this.#reader = { matches, resolve, cancelTimeout }
    })
  }
}
