import type { LocalProcess } from '../../process/index.ts'

interface Waiter<T> {
  readonly wanted: (item: T) => boolean
  readonly resolve: (item: T | undefined) => void
  readonly cancel: () => void
}

/** What the parts of one system process say to each other: a mailbox for what is no term, with one reader. */
export class Inbox<T> {
  readonly #owner: LocalProcess
  readonly #items: T[] = []
  #waiter: Waiter<T> | undefined

  /** @param owner with its end nothing is waited for any more */
  constructor(owner: LocalProcess) {
    this.#owner = owner
    owner.onExit(() => this.#waiter?.cancel())
  }

  push(item: T): void {
    const waiter = this.#waiter
    if (!waiter?.wanted(item)) {
      this.#items.push(item)
      return
    }
    this.#waiter = undefined
    waiter.cancel()
    waiter.resolve(item)
  }

  /** Takes the oldest, where there is one. */
  poll(): T | undefined {
    return this.#items.shift()
  }

  /** Takes the oldest that is wanted, now or when it comes; undefined when `ms` have passed first. */
  take(wanted: (item: T) => boolean, ms: number = Number.POSITIVE_INFINITY): Promise<T | undefined> {
    const index = this.#items.findIndex(wanted)
    if (index >= 0) return Promise.resolve(this.#items.splice(index, 1)[0])
    return new Promise((resolve) => {
      if (!this.#owner.alive) return
      const cancel =
        ms === Number.POSITIVE_INFINITY
          ? () => {}
          : this.#owner.kernel.clock.schedule(ms, () => {
              this.#waiter = undefined
              resolve(undefined)
            })
      this.#waiter = { wanted, resolve, cancel }
    })
  }
}
