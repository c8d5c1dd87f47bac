import type { Cancel } from '../../clock/index.ts'
import { atom, Pid, type Reference, type Term, tuple } from '../../term/index.ts'
import type { Kernel, LocalProcess } from '../local-process.ts'
import type { RemoteName } from '../signals/index.ts'
import { RefTable } from '../table/index.ts'

interface Timer {
  readonly ref: Reference
  readonly at: number
  readonly receiver: LocalProcess | undefined
  readonly cancel: Cancel
}

const timersOf = new WeakMap<Kernel, RefTable<Timer>>()

const TIMEOUT = atom('timeout')

/**
 * Starts a timer that sends a message after `ms` milliseconds. Returns its reference.
 *
 * @param asTimeout whether the message is sent as `{timeout, Ref, Message}`, as `erlang:start_timer/3` does
 */
export function startTimer(
  kernel: Kernel,
  from: Pid,
  to: Pid | RemoteName | Reference,
  message: Term,
  ms: number,
  asTimeout = false,
): Reference {
  if (!(ms >= 0)) throw new TypeError(`a timer runs for 0 milliseconds or more, got ${ms}`)
  const timers = timersOf.get(kernel) ?? new RefTable<Timer>()
  timersOf.set(kernel, timers)
  const ref = kernel.makeRef()
  // A timer without a receiver would keep the program running without a purpose.
  const receiver = to instanceof Pid ? kernel.process(to) : undefined
  if (to instanceof Pid && kernel.isLocal(to) && !receiver) return ref
  const stop = (): void => {
    timers.delete(ref)
    receiver?.offExit(cancel)
  }
  const cancelClock = kernel.clock.schedule(ms, () => {
    stop()
    try {
      kernel.send(from, to, asTimeout ? tuple(TIMEOUT, ref, message) : message, 'accept')
    } catch (thrown) {
      // The message for another node is not a term. The error belongs to the sender, as with `send`.
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

/** Returns the milliseconds that are left of a timer, or false when it has fired or was cancelled. */
export function readTimer(kernel: Kernel, ref: Reference): number | false {
  const timer = find(kernel, ref)
  return timer ? Math.max(0, Math.round(timer.at - kernel.clock.now())) : false
}

/** Cancels a timer. Returns the milliseconds that were left, or false. */
export function cancelTimer(kernel: Kernel, ref: Reference): number | false {
  const left = readTimer(kernel, ref)
  find(kernel, ref)?.cancel()
  return left
}

/** Returns the number of running timers whose receiver is the pid of this process. */
export function countTimers(process: LocalProcess): number {
  const timers = timersOf.get(process.kernel)?.values() ?? []
  return timers.filter(({ receiver }) => receiver === process).length
}

function find(kernel: Kernel, ref: Reference): Timer | undefined {
  return timersOf.get(kernel)?.get(ref)
}
