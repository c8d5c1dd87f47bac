import { writeSync } from 'node:fs'
import { inspect } from 'node:util'
import { globalSingleton } from '../../term/index.ts'
import { currentProcess } from '../current-process.ts'

/**
 * Attributes uncaught errors (a rejected promise without a handler, a timer callback that throws) to the process whose
 * code they are from. Such an error ends that process and not the program. An error outside of all processes is handled
 * as Node.js does it.
 *
 * The asynchronous context says which process it is: on Node.js 20 and 22, the process that made the promise.
 */
export function attributeUncaughtErrors(): void {
  globalSingleton('uncaught', () => {
    process.on('unhandledRejection', onRejection)
    process.on('uncaughtException', onException)
    return true
  })
}

function onRejection(reason: unknown): void {
  const owner = currentProcess()
  if (owner) return owner.crash(reason)
  // A program with a listener of its own decides itself. Without one, Node.js makes the rejection an exception.
  if (process.listenerCount('unhandledRejection') === 1) throw reason
}

function onException(error: unknown): void {
  const owner = currentProcess()
  if (owner) return owner.crash(error)
  if (process.listenerCount('uncaughtException') > 1) return
  writeSync(2, `Uncaught ${inspect(error)}\n\nNode.js ${process.version}\n`)
  process.exit(1)
}
