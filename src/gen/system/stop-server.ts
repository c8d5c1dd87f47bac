import { type LocalProcess, type RemoteName, timeoutTerm } from '../../process/index.ts'
import {
  atom,
  identical,
  type Pid,
  type Reference,
  type Term,
  timeout as timeoutAtom,
  tuple,
} from '../../term/index.ts'
import { callError, callFrom, destinationTerm } from '../call/index.ts'

const STOP = ['GenServer', 'stop'] as const

/**
 * Tells a server to end and waits for its exit. The server acknowledges the request before it ends, so its exit is
 * monitored.
 */
export async function stopServer(
  process: LocalProcess,
  target: Pid | RemoteName,
  reason: Term,
  timeout: number,
  shownServer: Term = destinationTerm(target, process),
): Promise<void> {
  const started = process.kernel.clock.now()
  let ref: Reference | undefined
  const ended = new Promise<Term>((resolve) => {
    ref = process.monitors.monitor(target, resolve)
  })
  try {
    const request = tuple(atom('terminate'), reason)
    await callFrom(
      process,
      target,
      atom('system'),
      request,
      { timeout, shownServer, shownArgs: [reason, timeoutTerm(timeout)] },
      STOP,
    )
    const left = timeout - (process.kernel.clock.now() - started)
    const exit = await within(process, ended, left)
    if (exit && identical(exit.reason, reason)) return
    const args = [shownServer, reason, timeoutTerm(timeout)]
    throw callError(exit ? exit.reason : timeoutAtom, STOP, args, process)
  } finally {
    process.monitors.demonitor(ref!)
  }
}

function within(
  { kernel }: LocalProcess,
  ended: Promise<Term>,
  ms: number,
): Promise<{ readonly reason: Term } | undefined> {
  return new Promise((resolve) => {
    const cancel =
      ms === Number.POSITIVE_INFINITY ? undefined : kernel.clock.schedule(ms, () => resolve(undefined))
    void ended.then((reason) => {
      cancel?.()
      resolve({ reason })
    })
  })
}
