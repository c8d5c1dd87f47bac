import { inspect } from 'node:util'
import { type Atom, atom, nameToAtom, ok, type Pid, type Reference, type Term } from '../../term/index.ts'
import { currentProcess, requireProcess } from '../current-process.ts'
import { type ExitReason, reasonTerm } from '../exit-reason.ts'
import type { LocalProcess } from '../local-process.ts'
import type { MaxQueue } from '../mailbox/index.ts'
import type { ZombieProcess } from '../zombies.ts'
import { currentKernel } from './current-kernel.ts'
import { type Destination, nodeAtom, resolveDestination } from './destination.ts'
import { type HungProcess, infoOf, type ProcessInfo } from './process-info.ts'
import { type PriorityOption, send } from './send.ts'
import type { Sendable } from './sendable.ts'
import { cancelTimer, readTimer, startTimer } from './timers.ts'

function local(pid: Pid): LocalProcess | undefined {
  const kernel = currentKernel()
  if (!kernel.isLocal(pid))
    throw new TypeError(
      `${kernel.inspect(pid)} is a process of ${pid.node.name}, expected one of this node, ${kernel.name.name}. ` +
        'Ask that node: :erpc.call, or a monitor.',
    )
  return kernel.process(pid)
}

function groupLeader(leader?: Pid): Pid
function groupLeader(pid: Pid, leader: Pid): true
function groupLeader(first?: Pid, leader?: Pid): Pid | true {
  const process = requireProcess('Process.groupLeader()')
  if (first && leader) {
    process.kernel.signal({ type: 'groupLeader', from: process.pid, to: first, leader })
    return true
  }
  if (first) process.groupLeader = first
  return process.groupLeader
}

function list(): Pid[]
function list(node: string | Atom): Promise<Pid[]>
function list(node?: string | Atom): Pid[] | Promise<Pid[]> {
  const kernel = currentKernel()
  if (node === undefined) return kernel.processes().map(({ pid }) => pid)
  const name = nodeAtom(node)
  if (kernel.isLocal({ node: name })) return Promise.resolve(list())
  return kernel.apply(ERPC, CALL, [name, ERLANG, PROCESSES, []]) as Promise<Pid[]>
}

/** Options of {@link Process.send}. */
export interface SendOptions extends PriorityOption {
  readonly noconnect?: boolean
  readonly nosuspend?: boolean
}

export type SendResult = Atom<'ok'> | Atom<'noconnect'> | Atom<'nosuspend'>

const ACTIONS: readonly unknown[] = ['warn', 'drop', 'exit', 'refuse']
const NOCONNECT = atom('noconnect')
const NOSUSPEND = atom('nosuspend')
const ERPC = atom('erpc') as Atom
const CALL = atom('call') as Atom
const ERLANG = atom('erlang') as Atom
const PROCESSES = atom('processes') as Atom

/** Functions on processes. The names follow Elixir's module `Process`. */
export const Process = {
  /**
   * Sends an exit signal to a process on any node, or to the process of an alias.
   *
   * @param reason `'kill'` ends the process in any case, with the reason `killed`. A process that does not trap exits
   *   ignores `'normal'`. A reason that came from elsewhere is passed as `asReason(term)`
   * @param options `priority` lets the `EXIT` message overtake the ordinary messages of a process that traps exits, when it is sent to
   *   an alias that takes priority messages
   * @see `Process.exit/2`, `erlang:exit/3`
   */
  exit(to: Pid | Reference, reason: ExitReason, { priority = false }: PriorityOption = {}): true {
    const process = currentProcess()
    const kernel = currentKernel()
    const from = process?.pid ?? kernel.user
    if (process?.alive !== false)
      kernel.signal({ type: 'exit2', from, to, reason: reasonTerm(reason), priority })
    return true
  },

  /**
   * Sends a message, unless an option forbids that. Returns `:ok`, or the option that did.
   *
   * @param options `noconnect`: not to a node without a connection. `nosuspend`: not to a node that is behind, so that the process would be
   *   suspended
   * @throws as {@link send} does
   * @see `Process.send/3`, `erlang:send/3`
   */
  send<T>(to: Destination<never>, message: T & Sendable<T>, options: SendOptions = {}): SendResult {
    const kernel = currentKernel()
    const target = resolveDestination(to, kernel)
    const { links } = kernel.router
    if (!kernel.isLocal(target)) {
      if (options.noconnect && !links?.isConnected(target.node)) return NOCONNECT
      if (options.nosuspend && links?.isBusy(target.node)) return NOSUSPEND
    }
    send(target as Destination<never>, message, options)
    return ok
  },

  /**
   * Registers a process of this node under a name. @see `Process.register/2`
   * @throws TypeError when the name is taken, the process has a name, or it is not alive
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

  /** Removes a registered name. @throws TypeError when it is not registered. @see `Process.unregister/1` */
  unregister(name: string | Atom): true {
    const kernel = currentKernel()
    if (!kernel.unregister(nameToAtom(name)))
      throw new TypeError(
        `could not unregister ${kernel.inspect(nameToAtom(name))}: no process has that name.`,
      )
    return true
  },

  /** Returns the process with this name. @see `Process.whereis/1` */
  whereis(name: string | Atom): Pid | undefined {
    return currentKernel().whereis(nameToAtom(name))?.pid
  },

  /** Returns the registered names. @see `Process.registered/0` */
  registered(): Atom[] {
    return currentKernel().registered()
  },

  /**
   * Sets a flag of the current process, and returns the previous value.
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
   * Sets the most messages of code that may wait in the mailbox of the current process, and returns the previous limit. Answers, exits and
   * `DOWN` messages are always accepted.
   *
   * @param limit undefined removes the limit. The action says what happens to one message more: `'warn'`, a report at each doubling;
   *   `'drop'`, it is dropped, and reports have the number of them; `'exit'`, the process ends with the reason `{max_queue, size}`;
   *   `'refuse'`, the sender on this node gets a `MailboxFullError`, and a caller the reason `{max_queue, size}`; from other nodes
   *   as `'drop'`
   * @throws TypeError for an invalid limit
   */
  maxQueue(limit: MaxQueue | undefined): MaxQueue | undefined {
    const process = requireProcess('Process.maxQueue()')
    if (limit !== undefined && !(limit.size > 0 && ACTIONS.includes(limit.action)))
      throw new TypeError(
        `Process.maxQueue: the limit is ${inspect(limit)}, expected a size greater than 0 and the action 'warn', 'drop', 'exit' or ` +
          "'refuse', such as { size: 1_000, action: 'drop' }.",
      )
    const before = process.maxQueue
    process.maxQueue = limit
    return before
  },

  /**
   * Sends a message after a delay. The timer is cancelled when its receiver is a pid of this node and ends.
   *
   * @param ms milliseconds
   * @throws TypeError when `ms` is negative or not a number
   * @returns a timer for {@link Process.cancelTimer}
   * @see `Process.send_after/3`
   */
  sendAfter(to: Destination, message: Term, ms: number): Reference {
    const kernel = currentKernel()
    const process = currentProcess()
    if (process?.alive === false) return kernel.makeRef()
    return startTimer(kernel, process?.pid ?? kernel.user, resolveDestination(to, kernel), message, ms)
  },

  /**
   * Cancels a timer.
   *
   * @returns the milliseconds that were left, or false when it has fired or was cancelled before
   * @see `Process.cancel_timer/1`
   */
  cancelTimer(timer: Reference): number | false {
    return cancelTimer(currentKernel(), timer)
  },

  /**
   * Returns the milliseconds that are left of a timer, or false when it has fired or was cancelled.
   *
   * @see `Process.read_timer/1`
   */
  readTimer(timer: Reference): number | false {
    return readTimer(currentKernel(), timer)
  },

  /** Returns whether a process is alive. @throws TypeError for a process of another node. @see `Process.alive?/1` */
  alive(pid: Pid): boolean {
    return local(pid) !== undefined
  },

  /**
   * Gives the current process a label, which tools show: `Process.info(pid).label`, `observer`, a crash report of another node.
   *
   * @see `Process.set_label/1`, `proc_lib:set_label/1`
   */
  setLabel(label: Term): void {
    requireProcess('Process.setLabel()').givenLabel = label
  },

  /** Returns information about a process of this node; undefined when it is not alive. @see `Process.info/1` */
  info(pid: Pid): ProcessInfo | undefined {
    const process = local(pid)
    return process && infoOf(process)
  },

  /**
   * Returns the pids of all processes of this node, or a promise of those of another node.
   *
   * @param node asks that node, with `erpc`
   * @throws ErlangError `{erpc, noconnection}` when the node cannot be reached
   * @see `Process.list/0`
   */
  list: list as typeof list,

  /**
   * Returns the processes of this node that have ended while their code waits for something outside of Moebi (a socket, a
   * timer, a promise of a library). The code and what it references stay in memory until that settles. Pass `signal()` to
   * such operations: then they stop when the process ends.
   */
  zombies(): ZombieProcess[] {
    return currentKernel().zombies.list()
  },

  /**
   * Returns the live processes of this node whose current activity has taken more than `ms` milliseconds, the longest first. An
   * activity is a callback that has not returned, or a function that waits for something other than `receive` and `sleep`. The
   * time of a function starts with the first call of `hung` or `info`, so call `hung` twice.
   *
   * When not to use it: to end what takes too long. Use the timeout of a call, a task or `Task.await`.
   */
  hung(ms: number): HungProcess[] {
    const current = currentProcess()
    return currentKernel()
      .processes()
      .flatMap((process) => {
        const currentActivity = process === current ? undefined : process.currentActivity()
        return currentActivity && currentActivity.ms > ms ? [{ ...infoOf(process), currentActivity }] : []
      })
      .sort((a, b) => b.currentActivity.ms - a.currentActivity.ms)
  },

  /**
   * Returns the group leader of the current process: where its output goes. With one argument, sets it first. With two arguments,
   * sets the group leader of another process, on any node, and returns true.
   *
   * @see `Process.group_leader/0`, `Process.group_leader/2`
   */
  groupLeader: groupLeader as typeof groupLeader,

  /**
   * Returns the processes for which the current process works, the nearest first: the owner of a task, then the owner's callers.
   *
   * @see `Process.get(:"$callers")`
   */
  callers(): readonly Pid[] {
    return requireProcess('Process.callers()').callers
  },
} as const
