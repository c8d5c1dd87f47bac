import { currentProcess, type Kernel, report } from '../process/index.ts'

/**
 * Reports uncaught errors that do not belong to a process, such as an error of a timer's callback, and lets the program continue.
 * An
 * uncaught error that belongs to a process ends that process.
 *
 * @returns function that removes the listeners
 */
export function reportUncaughtErrors(kernel: Kernel): () => void {
  const onUncaught = (thrown: unknown): void => {
    const owner = currentProcess()
    if (owner) return owner.crash(thrown)
    const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
    report({ kernel, level: 'error', text: `An error outside of any process was not caught\n${text}` })
  }
  process.on('unhandledRejection', onUncaught)
  process.on('uncaughtException', onUncaught)
  return () => {
    process.off('unhandledRejection', onUncaught)
    process.off('uncaughtException', onUncaught)
  }
}
