import type { Atom, Pid, Term } from '../../term/index.ts'
import type { LocalProcess } from '../local-process.ts'
import type { CurrentActivity } from '../process-execution.ts'
import { countTimers } from './timers.ts'

/** Information about a live process of this node. */
export interface ProcessInfo {
  readonly pid: Pid
  readonly registeredName: Atom | undefined
  readonly status: 'running' | 'waiting' | 'suspended' | 'exiting'
  readonly messageQueueLen: number
  readonly messages: readonly Term[]
  readonly links: readonly Pid[]
  readonly monitors: readonly (Pid | { readonly name: Atom; readonly node: Atom })[]
  readonly monitoredBy: readonly Pid[]
  /** Number of running `Process.sendAfter` timers whose receiver is the pid. */
  readonly timers: number
  readonly trapExit: boolean
  readonly groupLeader: Pid
  /** Name of what the process runs. */
  readonly label: string
  /** Current activity of the process and its duration; undefined when the process waits. */
  readonly currentActivity: CurrentActivity | undefined
}

/** Information about a live process whose current activity has taken long. */
export type HungProcess = ProcessInfo & { readonly currentActivity: CurrentActivity }

/** Returns the information about a process. */
export function infoOf(process: LocalProcess): ProcessInfo {
  const { pid, registeredName, status, mailbox, links, monitors, trapExit, groupLeader, label } = process
  return {
    pid,
    registeredName,
    status,
    messageQueueLen: mailbox.length,
    messages: mailbox.toArray(),
    links: [...links.pids],
    monitors: monitors.targets,
    monitoredBy: monitors.monitoredBy,
    timers: countTimers(process),
    trapExit,
    groupLeader,
    label,
    currentActivity: process.currentActivity(),
  }
}
