/** Object that informs others about its exit. */
interface Exited {
  notifyExit(): void
}

/**
 * Processes that have ended and have not informed their links and monitors. They do so one after the other, so that a long chain
 * of links does not cause a deep recursion.
 */
export class ExitQueue {
  #waiting: Exited[] = []
  /** Whether a process informs its links and monitors now. */
  notifying = false

  add(process: Exited): void {
    if (this.notifying) {
      this.#waiting.push(process)
      return
    }
    this.notifying = true
    notify(process)
    if (this.#waiting.length > 0) {
      for (let next = 0; next < this.#waiting.length; next++) notify(this.#waiting[next]!)
      this.#waiting = []
    }
    this.notifying = false
  }
}

function notify(process: Exited): void {
  try {
    process.notifyExit()
  } catch (error) {
    // A cleanup or a listener of an AbortSignal threw. The error must not stop the other processes.
    queueMicrotask(() => {
      throw error
    })
  }
}
