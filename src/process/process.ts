import { type Atom, nameToAtom, type Pid, type Reference, type Term } from '../term/index.ts'
import { currentProcess, requireProcess } from './ambient.ts'
import type { Busy } from './busy.ts'
import { currentKernel, type Destination, reasonTerm, resolve } from './current-kernel.ts'
import type { LocalProcess } from './local-process.ts'
import type { Parked } from './parked.ts'
import { cancelTimer, readTimer, startTimer, timersFor } from './timers.ts'

/** What is known of a live process of this node. */
export interface ProcessInfo {
  readonly pid: Pid
  readonly registeredName: Atom | undefined
  readonly status: 'running' | 'waiting' | 'exiting'
  readonly messageQueueLen: number
  readonly messages: readonly Term[]
  readonly links: readonly Pid[]
  readonly monitors: readonly (Pid | { readonly name: Atom; readonly node: Atom })[]
  readonly monitoredBy: readonly Pid[]
  /** How many timers of `Process.sendAfter` run for its pid. */
  readonly timers: number
  readonly trapExit: boolean
  readonly groupLeader: Pid
  /** What it was started with. */
  readonly label: string
  /** What it is at, and for how long; undefined for one that waits. */
  readonly busy: Busy | undefined
}

/** A live process that has been at one thing for long, and what it holds meanwhile. */
export type Hung = ProcessInfo & { readonly busy: Busy }

function infoOf(process: LocalProcess): ProcessInfo {
  const { pid, registeredName, status, mailbox, ties, trapExit, groupLeader, label } = process
  return {
    pid,
    registeredName,
    status,
    messageQueueLen: mailbox.length,
    messages: mailbox.toArray(),
    links: [...ties.links],
    monitors: ties.monitors,
    monitoredBy: ties.monitoredBy,
    timers: timersFor(process),
    trapExit,
    groupLeader,
    label,
    busy: process.busy(),
  }
}

function local(pid: Pid): LocalProcess | undefined {
  const kernel = currentKernel()
  if (!kernel.isLocal(pid))
    throw new TypeError(
      `${kernel.inspect(pid)} is a process of ${pid.node.name}, expected one of this node, ${kernel.name.name}. ` +
        'Ask that node: :erpc.call, or a monitor.',
    )
  return kernel.process(pid)
}

/** What can be done to and asked of processes. The words follow Elixir's module `Process`. */
export const Process = {
  /**
   * Sends an exit signal to a process on whichever node.
   *
   * @param reason `'kill'` ends it in any case, and its reason becomes `killed`; `'normal'` is ignored by a process that
   *   does not trap exits
   * @see `Process.exit/2`
   */
  exit(pid: Pid, reason: Term): true {
    const process = currentProcess()
    const kernel = currentKernel()
    if (process?.alive !== false)
      kernel.signal({ type: 'exit2', from: process?.pid ?? kernel.user, to: pid, reason: reasonTerm(reason) })
    return true
  },

  /**
   * Gives a process of this node a name. @see `Process.register/2`
   * @throws TypeError when the name or the process is taken, or the process is not alive
   */
  register(pid: Pid, name: string | Atom): true {
    const process = local(pid)
    if (!process)
      throw new TypeError(
        `could not register ${currentKernel().inspect(pid)} as ${String(name)}: it is not alive.`,
      )
    currentKernel().register(process, nameToAtom(name))
    return true
  },

  /** Takes a name away. @throws TypeError when nobody has it. @see `Process.unregister/1` */
  unregister(name: string | Atom): true {
    const kernel = currentKernel()
    if (!kernel.unregister(nameToAtom(name)))
      throw new TypeError(
        `could not unregister ${kernel.inspect(nameToAtom(name))}: no process has that name.`,
      )
    return true
  },

  /** The process with a name of this node. @see `Process.whereis/1` */
  whereis(name: string | Atom): Pid | undefined {
    return currentKernel().whereis(nameToAtom(name))?.pid
  },

  /** All registered names. @see `Process.registered/0` */
  registered(): Atom[] {
    return currentKernel().registered()
  },

  /**
   * Sets a flag of the process whose code this is, and returns what it was.
   *
   * `trapExit`: exit signals become messages `{:EXIT, pid, reason}` (all but `kill`).
   * @see `Process.flag/2`
   */
  flag(flag: 'trapExit', value: boolean): boolean {
    const process = requireProcess('Process.flag()')
    if (flag !== 'trapExit')
      throw new TypeError(`unknown process flag ${JSON.stringify(flag)}, expected 'trapExit'`)
    const before = process.trapExit
    process.trapExit = value
    return before
  },

  /**
   * Sends a message later. A timer ends with the process of this node that it is for.
   *
   * @param ms milliseconds
   * @throws TypeError when `ms` is no number of 0 or more
   * @returns a timer for {@link Process.cancelTimer}
   * @see `Process.send_after/3`
   */
  sendAfter(to: Destination, message: Term, ms: number): Reference {
    const kernel = currentKernel()
    const process = currentProcess()
    if (process?.alive === false) return kernel.makeRef()
    return startTimer(kernel, process?.pid ?? kernel.user, resolve(to, kernel), message, ms)
  },

  /**
   * Ends a timer.
   *
   * @returns how many milliseconds were left, or false when it has fired or was ended before
   * @see `Process.cancel_timer/1`
   */
  cancelTimer(timer: Reference): number | false {
    return cancelTimer(currentKernel(), timer)
  },

  /**
   * How many milliseconds a timer has left, or false when it has fired or was ended.
   *
   * @see `Process.read_timer/1`
   */
  readTimer(timer: Reference): number | false {
    return readTimer(currentKernel(), timer)
  },

  /** Whether a process of this node is alive. @throws TypeError for one of another node. @see `Process.alive?/1` */
  alive(pid: Pid): boolean {
    return local(pid) !== undefined
  },

  /** What is known of a process of this node; undefined when it is not alive. @see `Process.info/1` */
  info(pid: Pid): ProcessInfo | undefined {
    const process = local(pid)
    return process && infoOf(process)
  },

  /** The pids of all processes of this node. @see `Process.list/0` */
  list(): Pid[] {
    return currentKernel()
      .processes()
      .map((process) => process.pid)
  },

  /**
   * The processes of this node that have ended while their code waits for something that Moebi does not know of (a socket, a
   * timer, a promise of a library): it and what it holds stay until that comes. Give such things `signal()`, and they end
   * with their process.
   */
  parked(): Parked[] {
    return currentKernel().parked.list()
  },

  /**
   * The live processes of this node that have been at one thing for more than `ms` milliseconds, the longest first: a callback
   * that has not returned, or a function that waits for something other than `receive` and `sleep`. What {@link ProcessInfo}
   * says of each is what it holds. A function counts from the first time that somebody asks, so ask again.
   *
   * When not to use it: to end what takes too long, which is the timeout of a call, a task or a `Task.await`.
   */
  hung(ms: number): Hung[] {
    const asking = currentProcess()
    return currentKernel()
      .processes()
      .flatMap((process) => {
        const busy = process === asking ? undefined : process.busy()
        return busy && busy.ms > ms ? [{ ...infoOf(process), busy }] : []
      })
      .sort((a, b) => b.busy.ms - a.busy.ms)
  },

  /**
   * Where the output of the process whose code this is goes, or (with an argument) where it is to go from now on.
   *
   * @see `Process.group_leader/0`
   */
  groupLeader(leader?: Pid): Pid {
    const process = requireProcess('Process.groupLeader()')
    if (leader) process.groupLeader = leader
    return process.groupLeader
  },
} as const
