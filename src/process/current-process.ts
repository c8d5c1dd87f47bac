import type { LocalProcess } from './local-process.ts'
import { contextOwner } from './scheduler/index.ts'

/** Returns the process whose code runs, or undefined outside of processes. */
export function currentProcess(): LocalProcess | undefined {
  return contextOwner() as LocalProcess | undefined
}

/** Returns the process whose code runs. Throws an Error that says what to do outside of processes. */
export function requireProcess(functionName: string): LocalProcess {
  const process = currentProcess()
  if (process) return process
  throw new Error(
    `${functionName} was called outside of a process. In an event handler, a test or at the top level of a program, ` +
      'wrap the code: await node.run(async () => { … }), or start a process for it with spawn.',
  )
}
