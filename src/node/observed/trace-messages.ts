import { type LocalProcess, traceReceive } from '../../process/index.ts'
import { type Atom, atom, normal, type Pid, type Reference, type Term, tuple } from '../../term/index.ts'
import { shownText } from './shown-text.ts'

const OBSERVER = atom('moebi_observer') as Atom
const TRACE = atom('trace')
const ALREADY = atom('already_traced') as Atom
const CHARACTERS = 500
const LONGEST_MS = 60_000

/**
 * Sends `{moebi_observer, trace, Target, received, Text}` to an alias of an observer for each message that a process gets, at
 * most `count`, for a minute, then `{moebi_observer, trace, Target, ended, Why}`.
 *
 * @returns the process that sends them: its exit ends the trace. `already_traced` when there is a trace of the target
 */
export function traceMessages(target: LocalProcess, observer: Pid, to: Reference, count: number): Pid | Atom {
  const { kernel } = target
  let left = count
  const note = (message: Term): void => {
    if (left <= 0) return
    tell('received', shownText(kernel, message, CHARACTERS))
    // The traced process must not end its own trace while it is in one of the methods.
    if (--left === 0) queueMicrotask(() => end('it has received as many messages as are traced'))
  }
  const restore = traceReceive(target, note)
  if (!restore) return ALREADY
  const tracer = kernel.create({ label: 'moebi_observer: trace' })
  tracer.handle(() => {})
  const tell = (kind: string, text: string): void =>
    kernel.send(tracer.pid, to, tuple(OBSERVER, TRACE, target.pid, atom(kind), text))
  const end = (why: string): void => {
    if (!tracer.alive) return
    tell('ended', why)
    tracer.exit(normal)
  }
  const cancel = kernel.clock.schedule(LONGEST_MS, () => end('a minute has passed'))
  const onTargetExit = (): void => end('the process has ended')
  target.onExit(onTargetExit)
  tracer.onExit(() => {
    cancel()
    target.offExit(onTargetExit)
    restore()
  })
  tracer.monitors.monitor(observer, () => tracer.exit(normal))
  return tracer.pid
}
