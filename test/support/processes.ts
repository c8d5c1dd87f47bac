import { type Kernel, LocalKernel, type LocalProcess, runInProcess } from '../../src/process/index.ts'
import type { Pid, Term } from '../../src/term/index.ts'

/** Runs a function as a process of this kernel, and returns (or throws) what it does. For tests. */
export function inProcess<T>(kernel: Kernel, fn: () => T | Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    kernel.spawn(async () => {
      try {
        resolve(await fn())
      } catch (error) {
        reject(error as Error)
      }
    })
  })
}

/** A process that keeps its messages and does nothing, until it is told to end. */
export class Idle {
  readonly process: LocalProcess
  readonly messages: Term[] = []

  constructor(kernel: Kernel = new LocalKernel()) {
    this.process = kernel.create()
    this.process.handle((message) => {
      this.messages.push(message)
    })
  }

  get pid(): Pid {
    return this.process.pid
  }

  get alive(): boolean {
    return this.process.alive
  }

  /** Does something as this process. */
  as<T>(fn: () => T): T {
    return runInProcess(this.process, fn)
  }
}

/** Waits until a condition holds; throws after half a minute. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const end = performance.now() + 30_000
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** Lets everything run that can run now. */
export async function settled(turns = 5): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
}
