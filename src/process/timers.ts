import type { Cancel } from '../clock/index.ts'
import { Pid, type Reference, type Term } from '../term/index.ts'
import type { Kernel } from './kernel.ts'
import type { LocalProcess } from './local-process.ts'
import { RefTable } from './ref-table.ts'
import type { RemoteName } from './signal.ts'

interface Timer {
  readonly ref: Reference
  readonly at: number
  readonly receiver: LocalProcess | undefined
  readonly cancel: Cancel
}

const timersOf = new WeakMap<Kernel, RefTable<Timer>>()

/** Sends a message later, and returns a reference to the timer. */
export function startTimer(
  kernel: Kernel,
  from: Pid,
  to: Pid | RemoteName | Reference,
  message: Term,
  ms: number,
): Reference {
  if (!(ms >= 0)) throw new TypeError(`a timer runs for 0 milliseconds or more, got ${ms}`)
  const timers = timersOf.get(kernel) ?? new RefTable<Timer>()
  timersOf.set(kernel, timers)
  const ref = kernel.makeRef()
  // A timer whose receiver is gone would only keep the program alive.
  const receiver = to instanceof Pid ? kernel.process(to) : undefined
  if (to instanceof Pid && kernel.isLocal(to) && !receiver) return ref
  const stop = (): void => {
    timers.delete(ref)
    receiver?.noCleanup(cancel)
  }
  const cancelClock = kernel.clock.schedule(ms, () => {
    stop()
    try {
      kernel.send(from, to, message)
    } catch (thrown) {
      // No term, for another node: whoever has sent it hears so now, as if they had only just sent it.
      const sender = kernel.process(from)
      if (!sender) throw thrown
      sender.crash(thrown)
    }
  })
  const cancel = (): void => {
    stop()
    cancelClock()
  }
  timers.set({ ref, at: kernel.clock.now() + ms, receiver, cancel })
  receiver?.onExit(cancel)
  return ref
}

/** Returns how many milliseconds are left of a timer, or false when it has fired or was ended. */
export function readTimer(kernel: Kernel, ref: Reference): number | false {
  const timer = find(kernel, ref)
  return timer ? Math.max(0, Math.round(timer.at - kernel.clock.now())) : false
}

/** Ends a timer, and returns what was left of it. */
export function cancelTimer(kernel: Kernel, ref: Reference): number | false {
  const left = readTimer(kernel, ref)
  find(kernel, ref)?.cancel()
  return left
}

/** How many timers run for a process that is known by its pid. */
export function timersFor(process: LocalProcess): number {
  const timers = timersOf.get(process.kernel)?.values() ?? []
  return timers.filter(({ receiver }) => receiver === process).length
}

function find(kernel: Kernel, ref: Reference): Timer | undefined {
  return timersOf.get(kernel)?.get(ref)
}
