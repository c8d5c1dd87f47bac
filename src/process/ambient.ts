import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import { globalSingleton } from '../term/index.ts'
import type { Kernel } from './kernel.ts'
import type { LocalProcess } from './local-process.ts'

/** The process whose code is running, wherever it awaits, and the kernel of code that runs in none. */
interface Ambient {
  readonly storage: AsyncLocalStorage<LocalProcess>
  /** Whose slice this is, until it ends or awaits: known without asking the storage. */
  running: LocalProcess | undefined
  kernel: Kernel | undefined
}

const ambient = globalSingleton<Ambient>('ambient', () => ({
  storage: new AsyncLocalStorage(),
  running: undefined,
  kernel: undefined,
}))

// What other libraries keep in the context of whoever woke a process first is not for all of its life.
const outside = new AsyncResource('moebi.outside')

/** Runs `fn` as code of this process. */
export function runAs<T, A extends readonly unknown[]>(
  process: LocalProcess,
  fn: (...args: A) => T,
  ...args: A
): T {
  const before = ambient.running
  ambient.running = process
  try {
    return ambient.storage.run(process, fn, ...args)
  } finally {
    ambient.running = before
  }
}

/** Runs the first code of a process. What other libraries keep in the context of whoever woke the queue is not for it. */
export function enter<A>(process: LocalProcess, fn: (process: LocalProcess, arg: A) => void, arg: A): void {
  const before = ambient.running
  ambient.running = process
  try {
    outside.runInAsyncScope(runIn<A>, undefined, process, fn, arg)
  } finally {
    ambient.running = before
  }
}

function runIn<A>(process: LocalProcess, fn: (process: LocalProcess, arg: A) => void, arg: A): void {
  ambient.storage.run(process, fn, process, arg)
}

/**
 * Runs `fn` as code of this process, for what happens again and again: to come back into a context takes a tenth of the
 * time of making one on Node.js 24.
 */
export function resume<T, A>(process: LocalProcess, fn: (process: LocalProcess, arg: A) => T, arg: A): T {
  process.scope ??= outside.runInAsyncScope(scopeOf, undefined, process)
  const before = ambient.running
  ambient.running = process
  try {
    return process.scope.runInAsyncScope(fn, undefined, process, arg)
  } finally {
    ambient.running = before
  }
}

function scopeOf(process: LocalProcess): AsyncResource {
  return ambient.storage.run(process, () => new AsyncResource('moebi.process'))
}

/** Runs `fn` as code of no process: for sockets and timers that outlive whoever opened them. */
export function runAsNobody<T>(fn: () => T): T {
  const before = ambient.running
  ambient.running = undefined
  try {
    return ambient.storage.exit(fn)
  } finally {
    ambient.running = before
  }
}

/** The process whose code this is, or undefined outside of processes. */
export function currentProcess(): LocalProcess | undefined {
  return ambient.running ?? ambient.storage.getStore()
}

/** The process whose code this is. Throws an Error that says what to do outside of processes. */
export function requireProcess(word: string): LocalProcess {
  const process = currentProcess()
  if (process) return process
  throw new Error(
    `${word} was called outside of a process. In an event handler, a test or at the top level of a program, ` +
      'wrap the code: await node.run(async () => { … }), or start a process for it with spawn.',
  )
}

/** The kernel for code that runs in no process; a node that starts takes the place. */
export function setDefaultKernel(kernel: Kernel | undefined): void {
  ambient.kernel = kernel
}

export function defaultKernel(): Kernel | undefined {
  return ambient.kernel
}
