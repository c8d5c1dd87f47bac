import { type LocalProcess, traceReceive } from '../../process/index.ts'
import type { ShellContext } from './shell-context.ts'

const LONGEST_MS = 60_000

/** Parts of the shell that traces use. */
type TraceContext = Pick<ShellContext, 'kernel' | 'print' | 'show' | 'onEnd'>

/** Traces of the messages that processes receive. They print at the prompt and end with the shell. */
export class MessageTraces {
  readonly #context: TraceContext
  /** Functions that end the traces, which they are told why. */
  readonly #ends = new Set<(why: string) => void>()

  constructor(context: TraceContext) {
    this.#context = context
    context.onEnd(() => this.#endAll('the shell has ended'))
  }

  /** Ends all traces of this shell. */
  stop(): void {
    if (this.#ends.size === 0) this.#context.print('This shell traces no process.\n')
    this.#endAll('trace() was called')
  }

  /**
   * Prints the messages that a process receives, until it has printed `count` messages, a minute has passed, or the process ends.
   *
   * @throws Error when the process is traced already
   */
  start(target: LocalProcess, count: number): void {
    const { kernel, print, show } = this.#context
    const who = kernel.inspect(target.pid)
    let left = count
    const stop = traceReceive(target, (message) => {
      if (left <= 0) return
      print(`${who} received ${show(message)}\n`)
      // A trace must not be ended while one of the traced methods runs.
      if (--left === 0) queueMicrotask(() => end(`it has printed ${messages(count)}`))
    })
    if (!stop) throw new Error(`${who} is traced already. trace() stops the traces of this shell.`)
    const end = (why: string): void => {
      if (!this.#ends.delete(end)) return
      cancel()
      target.offExit(onExit)
      stop()
      print(`The trace of ${who} has ended: ${why}.\n`)
    }
    const onExit = (): void => end('the process has ended')
    const cancel = kernel.clock.schedule(LONGEST_MS, () => end('a minute has passed'))
    target.onExit(onExit)
    this.#ends.add(end)
    print(`At most ${messages(count)} to ${who} will be printed, for 60 s. trace() stops it.\n`)
  }

  #endAll(why: string): void {
    for (const end of this.#ends) end(why)
  }
}

function messages(count: number): string {
  return count === 1 ? '1 message' : `${count} messages`
}
