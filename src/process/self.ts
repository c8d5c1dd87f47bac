import { ExitError, type Pid, type Reference, type Term } from '../term/index.ts'
import { currentProcess, requireProcess } from './ambient.ts'
import { currentKernel, reasonTerm } from './current-kernel.ts'

/**
 * Returns the pid of the process whose code this is.
 *
 * @throws Error outside of processes
 * @see `self/0`
 */
export function self(): Pid<never> {
  return requireProcess('self()').pid
}

/**
 * Ends the process whose code this is, with a reason. It is thrown, so that `finally` blocks run.
 *
 * When not to use it: to end another process (`Process.exit`), or for a plain end, which is returning.
 *
 * @param reason `'normal'`, `'shutdown'`, … are the atoms; anything else is the term itself
 * @see `exit/1`
 */
export function exit(reason: Term): never {
  throw new ExitError(reasonTerm(reason))
}

/**
 * Waits. A process that is ended meanwhile never wakes up.
 *
 * @param ms milliseconds; Infinity waits for ever
 * @see `Process.sleep/1`
 */
export function sleep(ms: number): Promise<void> {
  const process = currentProcess()
  const { clock } = currentKernel()
  return new Promise((resolve) => {
    if (process?.alive === false) return
    process?.sleeping(1)
    if (ms === Number.POSITIVE_INFINITY) return
    const cancel = clock.schedule(ms, () => {
      process?.sleeping(-1)
      process?.noCleanup(cancel)
      resolve()
    })
    process?.onExit(cancel)
  })
}

/**
 * Returns a reference that is unique in the cluster.
 *
 * @see `make_ref/0`
 */
export function makeRef(): Reference {
  return currentKernel().makeRef()
}

/**
 * Returns an AbortSignal that fires when the process whose code this is ends: for `fetch`, streams and whatever else
 * can be stopped.
 *
 * @throws Error outside of processes
 */
export function signal(): AbortSignal {
  return requireProcess('signal()').signal
}
