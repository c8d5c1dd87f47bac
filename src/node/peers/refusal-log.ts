import type { Cancel } from '../../clock/index.ts'
import { type Kernel, report } from '../../process/index.ts'

interface RepeatedRefusal {
  /** Lines that may still be logged one by one. */
  lines: number
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
 * Log of refused connection attempts, or of refused requests. The first one of a client that is refused for a reason is logged, or the first
 * few. Those that follow are counted, and one line a minute gives their number, so that a client which tries in a loop does not fill the log.
 */
export class RefusalLog {
  readonly #kernel: Kernel
  readonly #repeated = new Map<string, RepeatedRefusal>()

  readonly #what: string

  /** @param what is refused, for the line with their number */
  constructor(kernel: Kernel, what = 'connection attempts') {
    this.#kernel = kernel
    this.#what = what
  }

  /**
   * Logs or counts one of them.
   *
   * @param client the address of its host, or the name of a node
   * @param reason those of one client with the same reason are counted together, such as the code of a HandshakeError
   * @param text the sentence for the log
   * @param lines how many of them are logged one by one in a minute
   */
  add(client: string, reason: string, text: string, lines = 1): void {
    const own = `${reason} ${client}`
    const pair = this.#repeated.has(own) || this.#repeated.size < MAX_PAIRS ? own : OTHERS
    const from = pair === own ? client : 'others, or for other reasons,'
    const repeated = this.#repeated.get(pair)
    if (repeated && repeated.lines === 0) {
      repeated.count++
      repeated.text = text
      return
    }
    this.#report(text)
    if (repeated) repeated.lines--
    else this.#count(pair, from, pair === own ? lines - 1 : 0)
  }

  /** Cancels the timers. */
  stop(): void {
    for (const { cancel } of this.#repeated.values()) cancel()
    this.#repeated.clear()
  }

  #count(pair: string, from: string, lines: number): void {
    const cancel = this.#kernel.clock.schedule(INTERVAL, () => {
      const { count, text } = this.#repeated.get(pair)!
      this.#repeated.delete(pair)
      if (count === 0) return
      this.#report(
        `${count} more ${this.#what} from ${from} were refused in the last minute, the last one with: ${text}`,
      )
      this.#count(pair, from, 0)
    })
    this.#repeated.set(pair, { lines, count: 0, text: '', cancel })
  }

  #report(text: string): void {
    report({ kernel: this.#kernel, level: 'error', text: `** ${text} **` })
  }
}
