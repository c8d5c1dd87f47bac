import { writeSync } from 'node:fs'
import { inspect } from 'node:util'
import { globalSingleton } from '../../term/index.ts'
import { currentProcess } from '../current-process.ts'

/**
 * Attributes uncaught errors (a rejected promise without a handler, a callback of a timer, an event or a stream that throws) to
 * the process whose code they are from. Such an error ends that process and not the program. An error outside of all processes
 * is handled as Node.js does it.
 *
 * The asynchronous context says which process it is: on Node.js 20 and 22, the process that made the promise. Before Node.js 24
 * the handler for a callback of `queueMicrotask` runs outside of that context, so `queueMicrotask` is replaced there.
 */
export function attributeUncaughtErrors(): void {
  globalSingleton('uncaught', () => {
    process.on('unhandledRejection', onRejection)
    process.on('uncaughtException', onException)
    if (Number(process.versions.node.split('.')[0]) < 24) guardMicrotasks()
    return true
  })
}

/** Functions that are called with an error that ends the program. */
const fatalErrorListeners: Set<(error: unknown) => void> = globalSingleton('fatal-error', () => new Set())

/**
 * Calls a function with an error outside of all processes that was not caught, before the program ends with the exit code 1. The function
 * cannot wait for anything.
 *
 * @returns function that removes the listener
 */
export function onFatalError(listener: (error: unknown) => void): () => void {
  fatalErrorListeners.add(listener)
  return () => void fatalErrorListeners.delete(listener)
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
  for (const listener of fatalErrorListeners)
    try {
      listener(error)
    } catch (thrown) {
      writeSync(2, `${inspect(thrown)}\n`)
    }
  process.exit(1)
}

/** Replaces `queueMicrotask` by a function that does the same, and ends the process whose callback throws. */
function guardMicrotasks(): void {
  const enqueue = globalThis.queueMicrotask
  globalThis.queueMicrotask = function queueMicrotask(callback) {
    const owner = typeof callback === 'function' ? currentProcess() : undefined
    if (owner === undefined) return enqueue(callback)
    enqueue(() => {
      try {
        callback()
      } catch (error) {
        owner.crash(error)
      }
    })
  }
}
