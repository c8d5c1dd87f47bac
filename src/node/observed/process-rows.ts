import {
  type CurrentActivity,
  initialCallOf,
  type Kernel,
  type LocalProcess,
  systemDictionary,
} from '../../process/index.ts'
import { atom, type Pid, type Term, tuple } from '../../term/index.ts'
import { shownText } from './shown-text.ts'

const UNDEFINED = atom('undefined')
const INITIAL_CALL = atom('$initial_call')
/** Longest list of links, monitors or ancestors of a process. */
const MOST_LINKS = 200
const MOST_ANCESTORS = 10
const MOST_MESSAGES = 20
const MESSAGE_CHARACTERS = 1_000

/**
 * Returns `{Pid, Name, InitialCall, Label, Status, Queue, Memory, Reductions, Ancestors, Current}`, or `{Pid, undefined}` for a process
 * that has ended. A process of Moebi has no memory and no reductions of its own: these are `undefined`.
 */
export function processRow(kernel: Kernel, pid: Pid): Term {
  const process = kernel.process(pid)
  if (!process) return tuple(pid, UNDEFINED)
  const initialCall = systemDictionary(process).find(([key]) => key === INITIAL_CALL)
  const activity = process.currentActivity()
  return tuple(
    pid,
    process.registeredName ?? UNDEFINED,
    initialCall?.[1] ?? initialCallOf(process),
    labelText(process),
    atom(process.status),
    process.mailbox.length,
    UNDEFINED,
    UNDEFINED,
    (process.origin?.ancestors ?? []).slice(0, MOST_ANCESTORS),
    activity ? activity.ms : UNDEFINED,
  )
}

function labelText({ givenLabel, label, kernel }: LocalProcess): string {
  if (givenLabel === undefined) return label
  return typeof givenLabel === 'string' ? givenLabel.slice(0, 200) : shownText(kernel, givenLabel, 200)
}

/** Returns a map with the links, monitors and first messages of a process, or `undefined` when it has ended. */
export function processDetail(kernel: Kernel, pid: Pid): Term {
  const process = kernel.process(pid)
  if (!process) return UNDEFINED
  const { links, monitors, mailbox } = process
  const activity = process.currentActivity()
  return {
    row: processRow(kernel, pid),
    links: [...links.pids].slice(0, MOST_LINKS),
    monitors: monitors.targets
      .slice(0, MOST_LINKS)
      .map((to) => ('id' in to ? to : tuple(to.name, to.node))) as readonly Term[],
    monitored_by: monitors.monitoredBy.slice(0, MOST_LINKS),
    trap_exit: process.trapExit,
    group_leader: process.groupLeader,
    stack: activity ? [activityText(kernel, activity)] : [],
    messages: Array.from({ length: Math.min(mailbox.length, MOST_MESSAGES) }, (_, index) =>
      shownText(kernel, mailbox.at(index), MESSAGE_CHARACTERS),
    ),
  }
}

function activityText(kernel: Kernel, { ms, message }: CurrentActivity): string {
  const what =
    message === undefined
      ? 'Its function'
      : `Its callback for ${shownText(kernel, message, MESSAGE_CHARACTERS)}`
  return `${what} has not returned for ${Math.round(ms)} ms.`
}
