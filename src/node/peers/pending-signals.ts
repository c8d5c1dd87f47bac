import { decode, encode } from '../../etf/index.ts'
import type { Signal } from '../../process/index.ts'
import type { Term } from '../../term/index.ts'

/** A signal as it was when it was sent, and how many bytes of terms it carries. */
export interface PendingSignal {
  readonly signal: Signal
  readonly size: number
}

const MAX_SIGNALS = 100_000
const MAX_BYTES = 2 ** 29

/** Signals that wait for a connection that is on its way, in the order in which they were sent. */
export class PendingSignals {
  #signals: PendingSignal[] = []
  #bytes = 0

  /**
   * Takes a signal down as it is now: what its sender changes afterwards is not seen, as on a connection that is there.
   *
   * @throws EncodeError where something in it is no term, for the sender to hear of it now
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

  /** Returns why there is no room for it, in words, where there is none. */
  add(waiting: PendingSignal): string | undefined {
    this.#signals.push(waiting)
    this.#bytes += waiting.size
    if (this.#signals.length <= MAX_SIGNALS && this.#bytes <= MAX_BYTES) return undefined
    return `${this.#signals.length} signals of ${this.#bytes} bytes wait for the connection, more than are kept.`
  }

  get empty(): boolean {
    return this.#signals.length === 0
  }

  take(): PendingSignal[] {
    const signals = this.#signals
    this.#signals = []
    this.#bytes = 0
    return signals
  }
}

function copyOf(term: unknown, name: string): [Term, number] {
  const bytes = encode(term, { moebi: true, name })
  return [decode(bytes, { exact: true }), bytes.length]
}
