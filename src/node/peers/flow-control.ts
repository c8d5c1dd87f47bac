import { inspect } from 'node:util'
import { BUSY_LIMIT } from '../../distribution/index.ts'
import {
  BusyDistPortError,
  currentProcess,
  type Kernel,
  type LocalProcess,
  type Resendable,
  report,
  type Signal,
  type WhenFull,
} from '../../process/index.ts'
import { type Atom, atom, ExitError, type Pid, tuple } from '../../term/index.ts'
import type { ConnectionEntry } from './connection-entry.ts'
import { PendingSignals } from './pending-signals.ts'

/** What happens to a message that is not accepted: the sender gets an error, or ends too. */
export type DistBufferFull = 'refuse' | 'exit'

export interface FlowControlOptions {
  /** Bytes that may wait for a node before the processes that send to it are suspended. */
  readonly distBufferBusyLimit: number
  /** Bytes of code that does not wait. */
  readonly distBufferLimit: number
  readonly distBufferFull: DistBufferFull
}

/**
 * Reads the options of a node.
 *
 * @throws TypeError for an invalid value
 */
export function flowControlOptions(options: Partial<FlowControlOptions> = {}): FlowControlOptions {
  const {
    distBufferBusyLimit = BUSY_LIMIT,
    distBufferLimit = 32 * 2 ** 20,
    distBufferFull = 'refuse',
  } = options
  for (const [name, bytes] of Object.entries({ distBufferBusyLimit, distBufferLimit }))
    if (typeof bytes !== 'number' || !(bytes > 0))
      throw new TypeError(
        `Node.start: ${name} is ${inspect(bytes)}, expected a number of bytes, such as 2 ** 20.`,
      )
  if (distBufferFull !== 'refuse' && distBufferFull !== 'exit')
    throw new TypeError(
      `Node.start: distBufferFull is ${inspect(distBufferFull)}, expected 'refuse' or 'exit'.`,
    )
  return { distBufferBusyLimit, distBufferLimit, distBufferFull }
}

/** A connection may be busy for so many ms before that is logged. */
const LOGGED_AFTER = 5_000
const MONITOR = atom('monitor')
const BUSY_DIST_PORT = atom('busy_dist_port')

type FromProcess = Exclude<Signal, { type: 'spawnReply' | 'down' }>

/**
 * Flow control of the connections of a node: suspends the processes that send to a connection that is busy, and limits what code that
 * does not wait can add to its queue. The rules are in docs/flow-control.md.
 */
export class FlowControl {
  readonly #kernel: Kernel
  readonly #options: FlowControlOptions

  constructor(kernel: Kernel, options: FlowControlOptions) {
    this.#kernel = kernel
    this.#options = options
  }

  /** Bytes that may wait for a node before its connection is busy. */
  get busyLimit(): number {
    return this.#options.distBufferBusyLimit
  }

  isBusy({ connection, pendingSignals }: ConnectionEntry): boolean {
    if (connection) return connection.busy && !connection.closed
    return pendingSignals.bytes > this.#options.distBufferBusyLimit
  }

  /**
   * Whether a signal is sent now, over a connection that is busy. Otherwise it is sent later.
   *
   * @throws BusyDistPortError, or ExitError, for a message that is not accepted
   */
  admits(entry: ConnectionEntry, signal: Signal, whenFull: WhenFull | undefined): boolean {
    if (!isOfCode(signal)) return true
    const sender = this.#senderOf(signal)
    if (sender?.asyncDist) return true
    const deferred = sender && entry.suspended.get(sender)
    const always = whenFull === 'accept' || !isMessage(signal)
    // What is always accepted does not overtake what was deferred.
    if (always && deferred && deferred.length > 0) {
      deferred.push(this.#later(entry, PendingSignals.copy(signal).signal))
      return false
    }
    if (always) return true
    if (sender) {
      // A process that is not suspended may always send one signal.
      if (deferred === undefined) return true
      if (deferred.length === 0 && this.#hasRoom(entry)) return true
      if (whenFull) {
        deferred.push(whenFull)
        return false
      }
    } else if (this.#hasRoom(entry)) return true
    return this.#refuse(entry, sender)
  }

  /**
   * Suspends the sender of a signal, which has gone to a connection that is busy.
   *
   * @param before number of bytes that waited before the signal; 0 when the connection was not busy
   */
  onSent(entry: ConnectionEntry, signal: Signal, before: number): void {
    entry.cancelBusyReport ??= this.#kernel.clock.schedule(LOGGED_AFTER, () => this.#report(entry))
    if (!isOfCode(signal)) return
    const sender = this.#senderOf(signal)
    if (!sender || sender.asyncDist || entry.suspended.has(sender)) return
    entry.suspended.set(sender, [])
    entry.unlimited += entry.queued - before
    sender.suspend()
  }

  /** Sends what was deferred, and resumes the processes: the connection of the entry is not busy, or is down. */
  release(entry: ConnectionEntry): void {
    for (const [sender, deferred] of entry.suspended) {
      while (deferred.length > 0) {
        if (this.isBusy(entry)) return
        const signal = deferred.shift()!
        if (sender.alive || signal.outlivesSender) this.#resend(signal)
      }
      entry.suspended.delete(sender)
      sender.resume()
    }
    if (this.isBusy(entry)) return
    entry.unlimited = 0
    for (const fn of entry.idleCallbacks.splice(0)) fn()
    entry.cancelBusyReport?.()
    entry.cancelBusyReport = undefined
    if (!entry.busyReported) return
    entry.busyReported = false
    this.#log('info', entry.peer, `The connection to ${entry.peer.name} is no longer busy.`)
  }

  #hasRoom({ queued, unlimited }: ConnectionEntry): boolean {
    return queued - unlimited < this.#options.distBufferLimit
  }

  /** Returns the process whose code sends; undefined outside of processes. */
  #senderOf({ from }: FromProcess): LocalProcess | undefined {
    if (from === this.#kernel.user && currentProcess() === undefined) return undefined
    return this.#kernel.process(from as Pid)
  }

  /** A signal that follows signals that were deferred. It concerns this connection, or this attempt to connect, only. */
  #later(entry: ConnectionEntry, signal: Signal): Resendable {
    return {
      // Nothing else ends a link or monitor of the peer that its process has removed.
      outlivesSender: signal.type === 'unlink' || signal.type === 'demonitor' || signal.type === 'exit2',
      resend: () => {
        if (entry.connection) entry.connection.signal(signal)
        else this.#kernel.rejectSignal(signal)
      },
    }
  }

  #resend(signal: Resendable): void {
    try {
      signal.resend()
    } catch (error) {
      setImmediate(() => {
        throw error
      })
    }
  }

  #refuse({ peer, queued }: ConnectionEntry, sender: LocalProcess | undefined): never {
    if (!sender || this.#options.distBufferFull === 'refuse')
      throw new BusyDistPortError(peer, queued, this.#options.distBufferLimit)
    const reason = tuple(BUSY_DIST_PORT, peer)
    // The error ends a process that does not catch it.
    setImmediate(() => sender.exit(reason))
    throw new ExitError(reason, { self: this.#kernel.name })
  }

  #report(entry: ConnectionEntry): void {
    const { peer, queued, suspended } = entry
    entry.busyReported = true
    const processes = suspended.size === 1 ? '1 process waits' : `${suspended.size} processes wait`
    this.#log(
      'warning',
      peer,
      `The connection to ${peer.name} has been busy for ${LOGGED_AFTER / 1_000} s: ${queued} bytes wait for that node, and ${processes} to send more.`,
      suspended.keys().next().value,
    )
  }

  #log(level: 'info' | 'warning', peer: Atom, text: string, first?: LocalProcess): void {
    const event = first && { label: tuple(MONITOR, BUSY_DIST_PORT), report: { pid: first.pid, node: peer } }
    report({ kernel: this.#kernel, level, text, ...(event && { event }) })
  }
}

/** Whether the code of a process sends the signal. Other signals are replies to a peer, or those of a process that has ended. */
function isOfCode(signal: Signal): signal is FromProcess {
  return !['exit', 'down', 'unlinkAck', 'spawnReply'].includes(signal.type)
}

function isMessage({ type }: Signal): boolean {
  return type === 'message' || type === 'spawnRequest'
}
