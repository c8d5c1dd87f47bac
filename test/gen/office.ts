import type { Kernel } from '../../src/process/index.ts'
import { ExitError, isTuple, type Term } from '../../src/term/index.ts'

/** A process of those who answer, by its name. */
export interface Desk {
  readonly name: string
  readonly node: string
}

/**
 * Where those are who answer: a server `Counter`, a supervisor of tasks `Tasks`, a supervisor `Pool` whose children are started
 * one by one, an agent `Ledger`, registries `Rooms` (unique keys) and `Topics` (duplicate ones), and the module `Work`.
 */
export interface Office extends AsyncDisposable {
  /** The node of those who ask. */
  readonly here: Kernel
  /** The name of the node of those who answer. */
  readonly node: string
  /** Starts all of them anew; the counter stands at 0, the ledger at 1. */
  open(): Promise<void>
  /** How many processes there are in the other node. */
  processes(): Promise<number>
}

export const counterOf = (node: string): Desk => ({ name: 'Counter', node })
export const tasksOf = (node: string): Desk => ({ name: 'Tasks', node })

export const failure = async (work: PromiseLike<unknown>): Promise<ExitError> => {
  const thrown = await work.then(
    (value) => new Error(`came to ${value}`),
    (error: unknown) => error,
  )
  if (!(thrown instanceof ExitError)) throw thrown
  return thrown
}

/** Why a call or a task has failed. */
export const causeOf = ({ reason }: ExitError): Term =>
  isTuple(reason) ? (reason.elements[0] as Term) : reason

/** What a kernel holds for its processes. */
export const heldBy = (kernel: Kernel) => ({
  processes: kernel.processes().length,
  monitors: kernel.processes().reduce((sum, { monitors }) => sum + monitors.targets.length, 0),
  links: kernel.processes().reduce((sum, { links }) => sum + links.pids.size, 0),
})

/** How a contract of one behaviour does something as a process of those who ask. */
export type AtOffice = <T>(fn: (desk: (name: string) => Desk) => Promise<T>) => Promise<T>

/** The same for a contract of calls and tasks. */
export type AsProcess = <T>(fn: (counter: Desk, tasks: Desk) => Promise<T>) => Promise<T>
