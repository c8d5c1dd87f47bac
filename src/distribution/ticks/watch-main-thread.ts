/**
 * Runs in a thread of its own, from its source text: it may refer to nothing outside of itself. It writes a tick to every connection of
 * the table whose main thread has been silent for too long, and posts what the main thread computes.
 *
 * The rows of the table are those of `TickWatchdog`.
 */
export function watchMainThread(): void {
  const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads')
  const { writeSync } = process.getBuiltinModule('node:fs')
  const { Session } = process.getBuiltinModule('node:inspector')
  const table = new Int32Array(workerData.table as SharedArrayBuffer)
  const { FD, STATE, BEATS, QUARTER, LIMIT, OWED, COLUMNS, CLEAN, WRITING } = workerData.layout as Record<
    string,
    number
  > as Readonly<
    Record<'FD' | 'STATE' | 'BEATS' | 'QUARTER' | 'LIMIT' | 'OWED' | 'COLUMNS' | 'CLEAN' | 'WRITING', number>
  >
  const TICK = new Uint8Array(4)
  /** How long the main thread may take to show its stack, in ms. */
  const STACK_TIMEOUT = 2_000
  const FRAMES = 8

  interface Observation {
    readonly beats: number
    readonly since: number
    tickAt: number
  }
  const observations = new Map<number, Observation>()
  /** What was said since the main thread has last handled events. */
  let said: 'nothing' | 'blocked' | 'over' = 'nothing'
  let timer: NodeJS.Timeout | undefined
  let dueAt = 0

  const step = (): void => {
    const now = performance.now()
    // This thread was stopped too, with the whole program or the machine.
    if (now > dueAt + 1_000) observations.clear()
    let pause = 60_000
    for (let row = 0; row * COLUMNS < table.length; row++) {
      const at = row * COLUMNS
      if (Atomics.load(table, at + FD) < 0) continue
      pause = Math.min(pause, Atomics.load(table, at + QUARTER) / 2)
      observe(row, at, now)
    }
    schedule(pause)
  }

  const observe = (row: number, at: number, now: number): void => {
    const beats = Atomics.load(table, at + BEATS)
    const seen = observations.get(row)
    if (seen?.beats !== beats) {
      observations.set(row, { beats, since: now, tickAt: 0 })
      said = 'nothing'
      return
    }
    const silent = now - seen.since
    const quarter = Atomics.load(table, at + QUARTER)
    if (silent < 1.5 * quarter) return
    const isOver = silent > Atomics.load(table, at + LIMIT)
    if (!isOver && now - seen.tickAt >= quarter && tick(at)) seen.tickAt = now
    if (said === 'over' || (said === 'blocked' && !isOver)) return
    said = isOver ? 'over' : 'blocked'
    takeStack((stack) => parentPort?.postMessage({ row, silent, isOver, stack }))
    if (isOver)
      writeSync(
        2,
        `This program has handled no events for ${Math.round(silent / 1000)} s. Its connections get no more ticks, so other nodes close them.\n`,
      )
  }

  /** Writes a tick, unless bytes of the main thread wait: the tick would stand in the middle of a frame. */
  const tick = (at: number): boolean => {
    if (Atomics.compareExchange(table, at + STATE, CLEAN, WRITING) !== CLEAN) return false
    try {
      const written = writeSync(Atomics.load(table, at + FD), TICK)
      Atomics.store(table, at + OWED, TICK.length - written)
    } catch {
      // The peer does not read, or the connection is closed. The main thread learns of it.
    } finally {
      Atomics.store(table, at + STATE, CLEAN)
    }
    return true
  }

  const takeStack = (done: (stack: string[]) => void): void => {
    // A person who debugs the program has stopped it.
    if (workerData.isDebugged) return done([])
    const session = new Session()
    const scripts = new Map<string, string>()
    let ended = false
    const end = (stack: string[]): void => {
      if (ended) return
      ended = true
      clearTimeout(timeout)
      session.disconnect()
      done(stack)
    }
    const timeout = setTimeout(() => end([]), STACK_TIMEOUT)
    try {
      session.connectToMainThread()
      session.on('Debugger.scriptParsed', ({ params }) => scripts.set(params.scriptId, params.url))
      session.on('Debugger.paused', ({ params }) => {
        const stack = params.callFrames.slice(0, FRAMES).map(({ functionName, location }) => {
          const { scriptId, lineNumber, columnNumber = 0 } = location
          const where = `${scripts.get(scriptId) || '(code)'}:${lineNumber + 1}:${columnNumber + 1}`
          return functionName === '' ? where : `${functionName} (${where})`
        })
        session.post('Debugger.resume', () => session.post('Debugger.disable', () => end(stack)))
      })
      session.post('Debugger.enable', () => session.post('Debugger.pause'))
    } catch {
      end([])
    }
  }

  const schedule = (pause: number): void => {
    clearTimeout(timer)
    dueAt = performance.now() + pause
    timer = setTimeout(step, pause)
  }

  // A connection has been added, perhaps with a shorter tick time.
  parentPort?.on('message', () => schedule(100))
  schedule(100)
}
