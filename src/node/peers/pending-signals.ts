import { decode, encode } from '../../etf/index.ts'
import type { Signal } from '../../process/index.ts'
import type { Term } from '../../term/index.ts'

/** Copy of a signal, made when it was sent, and the size of its terms in bytes. */
export interface PendingSignal {
  readonly signal: Signal
  readonly size: number
}

/** Bytes that a signal takes in addition to its terms. */
const SIGNAL_SIZE = 200
const MAX_BYTES = 2 ** 29

/** Signals that wait for a connection that is being set up, in the order in which they were sent. */
export class PendingSignals {
  #signals: Signal[] = []
  #bytes = 0

  /**
   * Copies a signal, so that later changes by the sender are not seen, as on a connection that is up.
   *
   * @throws EncodeError to the sender, where something in the signal is not a term
   */
  static copy(signal: Signal): PendingSignal {
    switch (signal.type) {
      case 'message': {
        const [message, size] = copyOf(signal.message, 'message')
        return { signal: { ...signal, message }, size }
      }
      case 'exit2': {
        const [reason, size] = copyOf(signal.reason, 'reason')
        return { signal: { ...signal, reason }, size }
      }
      case 'spawnRequest': {
        const [args, size] = copyOf(signal.args, 'args')
        return { signal: { ...signal, args: args as readonly Term[] }, size }
      }
      default:
        return { signal, size: 0 }
    }
  }

  /** Returns undefined, or, when the limits are exceeded, a sentence that says so. */
  add({ signal, size }: PendingSignal): string | undefined {
    this.#signals.push(signal)
    this.#bytes += SIGNAL_SIZE + size
    if (this.#bytes <= MAX_BYTES) return undefined
    return `${this.#signals.length} signals wait for the connection. They take ${this.#bytes} bytes, at most ${MAX_BYTES} are allowed.`
  }

  /** Number of bytes that the signals take. */
  get bytes(): number {
    return this.#bytes
  }

  get empty(): boolean {
    return this.#signals.length === 0
  }

  /** Removes and returns all signals. */
  take(): Signal[] {
    const signals = this.#signals
    this.#signals = []
    this.#bytes = 0
    return signals
  }
}

function copyOf(term: unknown, name: string): [Term, number] {
  const bytes = encode(term, { moebi: true, name })
  return [decode(bytes), bytes.length]
}
