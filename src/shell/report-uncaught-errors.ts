import { currentProcess, type Kernel, report } from '../process/index.ts'

/**
 * Errors that nobody catches end the process whose code threw them, not the program: promises that reject with nobody
 * waiting, and callbacks of timers and sockets that throw.
 *
 * @returns what ends it
 */
export function reportUncaughtErrors(kernel: Kernel): () => void {
  const crash = (thrown: unknown): void => {
    const owner = currentProcess()
    if (owner) return owner.crash(thrown)
    const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
    report({ kernel, level: 'error', text: `An error outside of any process was not caught\n${text}` })
  }
  process.on('unhandledRejection', crash)
  process.on('uncaughtException', crash)
  return () => {
    process.off('unhandledRejection', crash)
    process.off('uncaughtException', crash)
  }
}
