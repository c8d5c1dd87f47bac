import type { Pid, Reference } from '../../term/index.ts'
import { currentProcess, requireProcess } from '../current-process.ts'
import type { LocalProcess } from '../local-process.ts'
import type { RemoteName } from '../signals/index.ts'
import { type MonitorOptions, monitorWith } from './alias.ts'
import { currentKernel } from './current-kernel.ts'
import { type Destination, resolveDestination } from './destination.ts'
import type { PriorityOption } from './send.ts'

type Start<A extends readonly unknown[]> = (...args: A) => unknown

/**
 * Starts a process on this node that runs a function, and returns its pid at once. When the function returns, the process
 * ends with the reason `normal`; when it throws, with what was thrown.
 *
 * When not to use it: for work whose result or failure matters. Use a `Task`.
 *
 * @see `spawn/1`
 */
export function spawn<A extends readonly unknown[]>(fn: Start<A>, ...args: A): Pid {
  return start(fn, args)
}

/**
 * Starts a process that is linked to the current one: when one of the two fails, so does the other.
 *
 * @throws Error outside of processes
 * @see `spawn_link/1`
 */
export function spawnLink<A extends readonly unknown[]>(fn: Start<A>, ...args: A): Pid {
  return start(fn, args, requireProcess('spawnLink()'))
}

/**
 * Starts a process and monitors it. Its end sends the message `{:DOWN, ref, :process, pid, reason}`.
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
  return { pid, ref: owner.monitors.monitor(pid) }
}

function start<A extends readonly unknown[]>(fn: Start<A>, args: A, link?: LocalProcess): Pid {
  const parent = currentProcess()
  const kernel = currentKernel()
  // The code of an ended process may still run. It starts nothing: the pid is of no process.
  if (parent?.alive === false) return kernel.unusedPid()
  return kernel.spawn(() => fn(...args), { link, groupLeader: parent?.groupLeader, label: fn.name }).pid
}

/**
 * Links the current process to another one, on any node. When that process does not exist, an exit signal with the reason
 * `noproc` (or `noconnection`) comes back.
 *
 * @param options `priority` lets the `EXIT` message overtake the ordinary messages of the mailbox, for a process that traps exits
 * @see `Process.link/1`, `erlang:link/2`
 */
export function link(pid: Pid, { priority = false }: PriorityOption = {}): true {
  requireProcess('link()').links.link(pid, priority)
  return true
}

/**
 * Removes a link. Its exit signals no longer arrive.
 *
 * @see `Process.unlink/1`
 */
export function unlink(pid: Pid): true {
  requireProcess('unlink()').links.unlink(pid)
  return true
}

/**
 * Monitors a process, on any node. The message `{:DOWN, ref, :process, who, reason}` arrives when it ends or does not exist;
 * `who` is the pid, or `{name, node}` for a monitor on a name.
 *
 * @returns the reference in that message, for {@link demonitor}
 * @see `Process.monitor/2`, `erlang:monitor/3`
 */
export function monitor(target: Exclude<Destination, Reference>, options?: MonitorOptions): Reference {
  const process = requireProcess('monitor()')
  const resolved = resolveDestination(target, process.kernel) as Pid | RemoteName
  return options ? monitorWith(process, resolved, options) : process.monitors.monitor(resolved)
}

/**
 * Removes a monitor.
 *
 * @param options `flush` also removes its `DOWN` message from the mailbox
 * @returns whether the monitor existed
 * @see `Process.demonitor/2`
 */
export function demonitor(ref: Reference, options: { readonly flush?: boolean } = {}): boolean {
  const process = requireProcess('demonitor()')
  const found = process.monitors.demonitor(ref)
  if (!found && options.flush) process.mailbox.flushDown(ref)
  return found
}
