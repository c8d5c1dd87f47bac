import { url as inspectorUrl } from 'node:inspector'
import { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { Worker } from 'node:worker_threads'
import { watchMainThread } from './watch-main-thread.ts'

/** What the main thread has computed while it handled no events. */
export interface BlockedReport {
  /** For how long at least, in ms. */
  readonly silent: number
  /** Whether the connections get no more ticks. */
  readonly isOver: boolean
  /** Functions and their places, the innermost first; empty when the main thread runs no JavaScript, or is being debugged. */
  readonly stack: readonly string[]
}

export interface TickWatchdogOptions {
  /** A quarter of `net_ticktime`, in ms. */
  readonly quarter: number
  /** How long ticks are sent for a main thread that computes, in ms. */
  readonly limit: number
  /** Called when the main thread handles events again. */
  readonly onBlocked: (report: BlockedReport) => void
}

/** The columns of a row, one row for each connection, and the values of its state. */
const layout = {
  /** Descriptor of the connection, -1 for a free row. */
  FD: 0,
  STATE: 1,
  /** Increases with each quarter of the tick time in which the main thread handles events. */
  BEATS: 2,
  QUARTER: 3,
  LIMIT: 4,
  /** Bytes of a tick that the system has not taken, which the next write of the main thread begins with. */
  OWED: 5,
  COLUMNS: 6,
  /** Every byte that was written has been taken by the system. */
  CLEAN: 0,
  /** The main thread writes, or bytes of it wait. */
  BUSY: 1,
  /** The watching thread writes a tick. */
  WRITING: 2,
} as const

const MAX_CONNECTIONS = 1_024
/** How long a connection must be up before its thread is started, in ms: many programs connect, do their work and end. */
const START_DELAY = 1_000

/** Keeps one connection up while the main thread computes. */
export interface TickWatchdog {
  /** Must be called at least once in each quarter of the tick time. */
  beat(): void
  /** Ends the ticks. The last bytes of the main thread may still wait. */
  stop(): void
}

/**
 * Sends ticks on a connection while the main thread computes: a thread writes them to the connection's descriptor. Returns undefined
 * for a connection that such a thread cannot write to: over TLS, to a worker, and on Windows.
 *
 * The system's descriptor must not be closed while the thread writes, and a tick must not stand in the middle of a frame. The state of
 * each connection is therefore a lock: the main thread holds it while it writes, while bytes wait, and when it closes the socket.
 */
export function watchTicks(socket: unknown, options: TickWatchdogOptions): TickWatchdog | undefined {
  const fd = socket instanceof Socket && !(socket instanceof TLSSocket) ? descriptorOf(socket) : -1
  if (fd < 0 || process.platform === 'win32') return undefined
  const row = freeRow()
  if (row < 0) return undefined
  const at = row * layout.COLUMNS
  Atomics.add(table, at + layout.BEATS, 1)
  Atomics.store(table, at + layout.STATE, layout.CLEAN)
  Atomics.store(table, at + layout.OWED, 0)
  Atomics.store(table, at + layout.QUARTER, options.quarter)
  Atomics.store(table, at + layout.LIMIT, Math.min(options.limit, 2 ** 31 - 1))
  Atomics.store(table, at + layout.FD, fd)
  reports.set(row, options.onBlocked)
  const starting = setTimeout(startThread, START_DELAY).unref()
  guard(socket as Socket, at, () => {
    clearTimeout(starting)
    Atomics.store(table, at + layout.FD, -1)
    reports.delete(row)
    if (reports.size === 0) stopThread()
  })
  return {
    beat: () => void Atomics.add(table, at + layout.BEATS, 1),
    stop: () => void Atomics.store(table, at + layout.FD, -1),
  }
}

const table = new Int32Array(
  new SharedArrayBuffer(MAX_CONNECTIONS * layout.COLUMNS * Int32Array.BYTES_PER_ELEMENT),
).fill(-1)
/** By row, of the connections that are watched. */
const reports = new Map<number, (report: BlockedReport) => void>()
let thread: Worker | undefined

function freeRow(): number {
  for (let row = 0; row < MAX_CONNECTIONS; row++) if (!reports.has(row)) return row
  return -1
}

function startThread(): void {
  if (reports.size === 0) return
  if (thread) return thread.postMessage('added')
  const isDebugged = inspectorUrl() !== undefined
  thread = new Worker(`(${watchMainThread})()`, {
    eval: true,
    workerData: { table: table.buffer, layout, isDebugged },
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
    execArgv: [],
    env: {},
  })
  thread.unref()
  thread.on('message', ({ row, ...report }: BlockedReport & { readonly row: number }) =>
    reports.get(row)?.(report),
  )
  thread.on('error', () => {
    thread = undefined
  })
}

function stopThread(): void {
  void thread?.terminate()
  thread = undefined
}

function descriptorOf(socket: Socket): number {
  const { _handle: handle } = socket as unknown as { readonly _handle?: { readonly fd?: number } }
  return handle?.fd ?? -1
}

/** Takes the lock. The watching thread holds it for one system call at most. */
function hold(at: number): void {
  const state = at + layout.STATE
  while (Atomics.compareExchange(table, state, layout.CLEAN, layout.BUSY) === layout.WRITING) {
    // The watching thread writes four bytes.
  }
}

type Done = (error?: Error | null) => void

/**
 * Lets every write of a socket take the lock.
 *
 * @param onClose called with the lock, before the descriptor is closed
 */
function guard(socket: Socket, at: number, onClose: () => void): void {
  const write = socket._write.bind(socket)
  const writev = socket._writev!.bind(socket)
  const destroy = socket._destroy.bind(socket)
  let isOpen = true
  const released = (done: Done): Done => {
    return (error) => {
      if (isOpen) Atomics.store(table, at + layout.STATE, layout.CLEAN)
      done(error)
    }
  }
  socket._write = (chunk, encoding, done) => {
    hold(at)
    write(withOwedBytes(chunk, at), encoding, released(done))
  }
  socket._writev = (chunks, done) => {
    hold(at)
    const [first] = chunks
    if (first) first.chunk = withOwedBytes(first.chunk, at)
    writev(chunks, released(done))
  }
  socket._destroy = (error, done) => {
    hold(at)
    isOpen = false
    onClose()
    destroy(error, done)
  }
}

function withOwedBytes(chunk: Uint8Array, at: number): Uint8Array {
  const owed = Atomics.exchange(table, at + layout.OWED, 0)
  return owed > 0 ? Buffer.concat([new Uint8Array(owed), chunk]) : chunk
}
