import type { Cancel } from '../../clock/index.ts'
import { type Kernel, report } from '../../process/index.ts'

interface RepeatedRefusal {
  /** Attempts since the last line of the log. */
  count: number
  /** The sentence about the last attempt. */
  text: string
  readonly cancel: Cancel
}

/** Time between two lines of the log about the same address and the same reason, in ms. */
const INTERVAL = 60_000
/** Most pairs of address and reason that are counted apart. Beyond them, all other attempts are counted together. */
const MAX_PAIRS = 100
/** Pair of all others. */
const OTHERS = 'others'

/**
 * Log of refused connection attempts. The first attempt of an address that is refused for a reason is logged. Those that follow
 * are counted, and one line a minute gives their number, so that a client which connects in a loop does not fill the log.
 */
export class RefusalLog {
  readonly #kernel: Kernel
  readonly #repeated = new Map<string, RepeatedRefusal>()

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /**
   * Logs or counts one refused attempt.
   *
   * @param address of the client, without its port
   * @param reason attempts of one address with the same reason are counted together, such as the code of a HandshakeError
   * @param text the sentence for the log
   */
  add(address: string, reason: string, text: string): void {
    const own = `${reason} ${address}`
    const pair = this.#repeated.has(own) || this.#repeated.size < MAX_PAIRS ? own : OTHERS
    const client = pair === own ? address : 'other addresses, or for other reasons,'
    const repeated = this.#repeated.get(pair)
    if (repeated) {
      repeated.count++
      repeated.text = text
      return
    }
    this.#report(text)
    this.#count(pair, client)
  }

  /** Cancels the timers. */
  stop(): void {
    for (const { cancel } of this.#repeated.values()) cancel()
    this.#repeated.clear()
  }

  #count(pair: string, client: string): void {
    const cancel = this.#kernel.clock.schedule(INTERVAL, () => {
      const { count, text } = this.#repeated.get(pair)!
      this.#repeated.delete(pair)
      if (count === 0) return
      this.#report(
        `${count} more connection attempts from ${client} were rejected in the last minute, the last one with: ${text}`,
      )
      this.#count(pair, client)
    })
    this.#repeated.set(pair, { count: 0, text: '', cancel })
  }

  #report(text: string): void {
    report({ kernel: this.#kernel, level: 'error', text: `** ${text} **` })
  }
}
