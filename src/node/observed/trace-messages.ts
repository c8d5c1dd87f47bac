import type { InlineRequest, LocalProcess } from '../../process/index.ts'
import { type Atom, atom, normal, type Pid, type Reference, type Term, tuple } from '../../term/index.ts'
import { shownText } from './shown-text.ts'

const OBSERVER = atom('moebi_observer') as Atom
const TRACE = atom('trace')
const ALREADY = atom('already_traced') as Atom
const CHARACTERS = 500
const LONGEST_MS = 60_000

const traced = new WeakSet<LocalProcess>()

/**
 * Sends `{moebi_observer, trace, Target, received, Text}` to an alias of an observer for each message that a process gets, at
 * most `count`, for a minute, then `{moebi_observer, trace, Target, ended, Why}`.
 *
 * Methods of the traced object take the place of those of its class, so a process that is not traced pays nothing.
 *
 * @returns the process that sends them: its exit ends the trace. `already_traced` when there is a trace of the target
 */
export function traceMessages(target: LocalProcess, observer: Pid, to: Reference, count: number): Pid | Atom {
  if (traced.has(target)) return ALREADY
  const { kernel } = target
  const tracer = kernel.create({ label: 'moebi_observer: trace' })
  tracer.handle(() => {})
  const tell = (kind: string, text: string): void =>
    kernel.send(tracer.pid, to, tuple(OBSERVER, TRACE, target.pid, atom(kind), text))
  let left = count
  const note = (message: Term): void => {
    if (left <= 0) return
    tell('received', shownText(kernel, message, CHARACTERS))
    // The traced process must not end its own trace while it is in one of the methods.
    if (--left === 0) queueMicrotask(() => end('it has received as many messages as are traced'))
  }
  const restore = replaceMethods(target, note)
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

/** Calls `note` with each message of the process. Returns a function that restores its methods. */
function replaceMethods(target: LocalProcess, note: (message: Term) => void): () => void {
  const { deliver, deliverPriority } = target
  traced.add(target)
  const replaced = {
    deliver(message: Term): void {
      note(message)
      deliver.call(target, message)
    },
    deliverPriority(message: Term): void {
      note(message)
      deliverPriority.call(target, message)
    },
    // A server that is traced gets a message for every request.
    handleInline: (_request: InlineRequest<LocalProcess>): boolean => false,
  }
  Object.assign(target, replaced)
  return () => {
    traced.delete(target)
    for (const name of Object.keys(replaced).reverse()) Reflect.deleteProperty(target, name)
  }
}
