import { type Cancel, type Clock, systemClock } from '../../clock/index.ts'
import { type BlockedReport, type TickWatchdog, watchTicks } from './tick-watchdog.ts'

/** As OTP's `net_tickintensity`: after a quarter of `net_ticktime` without a byte from this node, it sends a tick. */
const TICKS_PER_PERIOD = 4

/** Reason for the end of a connection whose peer has sent nothing for `net_ticktime`. */
export const NET_TICK_TIMEOUT = 'net tick timeout'

/** The connection whose ticks a {@link Ticker} sends and expects. */
export interface TickingConnection {
  readonly stats: { readonly bytesIn: number; readonly bytesOut: number }
  /** Whether bytes wait for the peer. */
  hasWaiting(): boolean
  sendTick(): void
  /** Called in each quarter of `net_ticktime`. Returns whether it has ended the connection, since fragments of a message are missing. */
  checkFragments(): boolean
  /** Called when the peer has been silent for too long. */
  onSilence(): void
}

export interface TickerOptions {
  /**
   * `net_ticktime` in ms: a peer that has sent nothing for about this time is down. Default: 60,000. Infinity turns ticks off,
   * for a stream that always reports the end of the peer.
   */
  readonly tickTime?: number
  /**
   * How long, in ms, the connection gets ticks while this program computes and handles no events. Not over TLS, nor on Windows.
   * Default: 0.
   */
  readonly tickWhileBlocked?: number
  /** Called when the program has computed for long, as soon as it handles events again. */
  readonly onBlocked?: (report: BlockedReport) => void
  readonly clock?: Clock
}

/**
 * Ticks of one connection, in both directions.
 *
 * A peer is down after four quarters of `net_ticktime` without a byte, not counting the quarter of its last byte: 60 to 75 s. Quarters are
 * counted, not time, because after a pause of this process the peer's ticks still wait to be read.
 */
export class Ticker {
  readonly #connection: TickingConnection
  readonly #clock: Clock
  /** A quarter of `net_ticktime`, in ms. */
  readonly quarter: number
  readonly #watchdog: TickWatchdog | undefined
  #cancel: Cancel = () => {}
  #silentQuarters = 0
  #bytesIn = 0
  #bytesOut = 0

  /** @param socket the socket of the connection, on which another thread writes ticks while this one computes */
  constructor(connection: TickingConnection, socket: unknown, options: TickerOptions) {
    const {
      tickTime = 60_000,
      clock = systemClock,
      tickWhileBlocked: limit = 0,
      onBlocked = () => {},
    } = options
    this.#connection = connection
    this.#clock = clock
    this.quarter = tickTime / TICKS_PER_PERIOD
    if (limit > 0 && Number.isFinite(this.quarter))
      this.#watchdog = watchTicks(socket, { quarter: this.quarter, limit, onBlocked })
    this.#schedule()
  }

  stop(): void {
    this.#cancel()
    this.#watchdog?.stop()
  }

  #schedule(): void {
    if (this.quarter !== Number.POSITIVE_INFINITY)
      this.#cancel = this.#clock.schedule(this.quarter, () => this.#onQuarter())
  }

  #onQuarter(): void {
    this.#watchdog?.beat()
    if (this.#connection.checkFragments()) return
    const { stats } = this.#connection
    this.#silentQuarters = stats.bytesIn === this.#bytesIn ? this.#silentQuarters + 1 : 0
    if (this.#silentQuarters >= TICKS_PER_PERIOD) return this.#connection.onSilence()
    if (stats.bytesOut === this.#bytesOut && !this.#connection.hasWaiting()) this.#connection.sendTick()
    this.#bytesIn = stats.bytesIn
    this.#bytesOut = stats.bytesOut
    this.#schedule()
  }
}
