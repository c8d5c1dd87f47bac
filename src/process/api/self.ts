import { ExitError, type Pid, type Reference } from '../../term/index.ts'
import { currentProcess, requireProcess } from '../current-process.ts'
import { type ExitReason, reasonTerm } from '../exit-reason.ts'
import { currentKernel } from './current-kernel.ts'

/**
 * Returns the pid of the current process: the one whose code runs.
 *
 * @throws Error outside of processes
 * @see `self/0`
 */
export function self(): Pid<never> {
  return requireProcess('self()').pid
}

/**
 * Ends the current process with a reason. It throws an error, so `finally` blocks run.
 *
 * When not to use it: to end another process (`Process.exit`), or to end with the reason `normal` (return).
 *
 * @param reason `'normal'`, `'shutdown'`, … stand for the atoms; anything else is the term itself. A term that may be a text is passed as
 *   `asReason(term)`
 * @see `exit/1`
 */
export function exit(reason: ExitReason): never {
  throw new ExitError(reasonTerm(reason))
}

/**
 * Waits. The promise never settles when the process ends first.
 *
 * @param ms milliseconds; Infinity waits without end
 * @see `Process.sleep/1`
 */
export function sleep(ms: number): Promise<void> {
  const process = currentProcess()
  const { clock } = currentKernel()
  return new Promise((resolve) => {
    if (process?.alive === false) return
    process?.addSleep(1)
    if (ms === Number.POSITIVE_INFINITY) return
    const cancel = clock.schedule(ms, () => {
      process?.addSleep(-1)
      process?.offExit(cancel)
      if (process) process.whenResumed(resolve)
      else resolve()
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
 * Returns an AbortSignal that is aborted when the current process ends: for `fetch`, streams and other operations that can
 * be stopped.
 *
 * @throws Error outside of processes
 */
export function signal(): AbortSignal {
  return requireProcess('signal()').signal
}
