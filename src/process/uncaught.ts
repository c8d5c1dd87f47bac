import { writeSync } from 'node:fs'
import { inspect } from 'node:util'
import { globalSingleton } from '../term/index.ts'
import { currentProcess } from './ambient.ts'

/**
 * What nobody catches (a promise that rejects with nobody waiting, a timer's callback that throws) ends the process of
 * ours whose code it was, and not the program. What belongs to no process goes the way Node.js has for it.
 *
 * Which process it was is known from the asynchronous context: on Node.js 20 and 22 the one that made the promise.
 */
export function containUncaught(): void {
  globalSingleton('uncaught', () => {
    process.on('unhandledRejection', onRejection)
    process.on('uncaughtException', onException)
    return true
  })
}

function onRejection(reason: unknown): void {
  const owner = currentProcess()
  if (owner) return owner.crash(reason)
  // A program that listens itself has decided; otherwise a rejection is an exception, as Node.js has it.
  if (process.listenerCount('unhandledRejection') === 1) throw reason
}

function onException(error: unknown): void {
  const owner = currentProcess()
  if (owner) return owner.crash(error)
  if (process.listenerCount('uncaughtException') > 1) return
  writeSync(2, `Uncaught ${inspect(error)}\n\nNode.js ${process.version}\n`)
  process.exit(1)
}
