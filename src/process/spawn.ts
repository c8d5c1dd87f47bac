import type { Pid, Reference } from '../term/index.ts'
import { currentProcess, requireProcess } from './ambient.ts'
import { currentKernel, type Destination, resolve } from './current-kernel.ts'
import type { LocalProcess } from './local-process.ts'
import type { RemoteName } from './signal.ts'

type Start<A extends readonly unknown[]> = (...args: A) => unknown

/**
 * Starts a process on this node that runs a function, and returns its pid at once. The process ends when the function
 * does: with `normal`, or with what was thrown as its reason.
 *
 * When not to use it: for work whose result or failure matters to somebody, which is a `Task`.
 *
 * @see `spawn/1`
 */
export function spawn<A extends readonly unknown[]>(fn: Start<A>, ...args: A): Pid {
  return start(fn, args)
}

/**
 * Starts a process that is linked to the one whose code this is: when one of the two fails, so does the other.
 *
 * @throws Error outside of processes
 * @see `spawn_link/1`
 */
export function spawnLink<A extends readonly unknown[]>(fn: Start<A>, ...args: A): Pid {
  return start(fn, args, requireProcess('spawnLink()'))
}

/**
 * Starts a process and monitors it: its end comes as the message `{:DOWN, ref, :process, pid, reason}`.
 *
 * @throws Error outside of processes
 * @see `spawn_monitor/1`
 */
export function spawnMonitor<A extends readonly unknown[]>(
  fn: Start<A>,
  ...args: A
): { readonly pid: Pid; readonly ref: Reference } {
  const owner = requireProcess('spawnMonitor()')
  const pid = start(fn, args)
  return { pid, ref: owner.ties.monitor(pid) }
}

function start<A extends readonly unknown[]>(fn: Start<A>, args: A, link?: LocalProcess): Pid {
  const parent = currentProcess()
  const kernel = currentKernel()
  // The code of a process that was ended may still be running; what it starts is no more than a name.
  if (parent?.alive === false) return kernel.unusedPid()
  return kernel.spawn(() => fn(...args), { link, groupLeader: parent?.groupLeader, label: fn.name }).pid
}

/**
 * Links the process whose code this is to another one, on whichever node. Where that one is not there, an exit signal
 * with the reason `noproc` (or `noconnection`) says so.
 *
 * @see `Process.link/1`
 */
export function link(pid: Pid): true {
  requireProcess('link()').ties.link(pid)
  return true
}

/**
 * Ends a link. No exit signal of that process comes over it any more.
 *
 * @see `Process.unlink/1`
 */
export function unlink(pid: Pid): true {
  requireProcess('unlink()').ties.unlink(pid)
  return true
}

/**
 * Monitors a process, on whichever node: its end, or that it is not there, comes as the message
 * `{:DOWN, ref, :process, who, reason}`, where `who` is the pid, or `{name, node}` for a name.
 *
 * @returns the reference in that message, for {@link demonitor}
 * @see `Process.monitor/1`
 */
export function monitor(target: Exclude<Destination, Reference>): Reference {
  const process = requireProcess('monitor()')
  return process.ties.monitor(resolve(target, process.kernel) as Pid | RemoteName)
}

/**
 * Ends a monitor.
 *
 * @param options `flush` also takes its message out of the mailbox, where it has come already
 * @returns whether the monitor was still there
 * @see `Process.demonitor/2`
 */
export function demonitor(ref: Reference, options: { readonly flush?: boolean } = {}): boolean {
  const process = requireProcess('demonitor()')
  const found = process.ties.demonitor(ref)
  if (!found && options.flush) process.dropDown(ref)
  return found
}
