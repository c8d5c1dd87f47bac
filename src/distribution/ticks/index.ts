/** Ticks between two nodes: when they are sent, when a silent peer is down, and the thread that sends them while the program computes. */
export type { BlockedReport } from './tick-watchdog.ts'
export { NET_TICK_TIMEOUT, Ticker, type TickerOptions } from './ticker.ts'
