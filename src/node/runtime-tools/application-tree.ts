import type { Kernel, LocalProcess } from '../../process/index.ts'
import { Atom, charlist, type Pid, type Term, tuple } from '../../term/index.ts'

/** Registered processes that are in no tree, as in `appmon_info`. */
const AVOIDED: ReadonlySet<string> = new Set(['application_controller', 'init', 'appmon_info'])

/**
 * Returns the processes of an application as `appmon_info` finds them, by links from its master:
 * `{Name, [{Pid, Name}], [{Parent, Child}], [{Process, Linked}]}` with names as charlists. The second list has the links between
 * parent and child, the third has other links.
 */
export function applicationTree(kernel: Kernel, master: Pid): Term {
  const nameOf = (pid: Pid): Term => charlist(processName(kernel, pid))
  const seen = new Set<Pid>()
  const links: [Pid, Pid][] = []
  const others: [Pid, Pid][] = []
  const queue = [master]
  const queued = new Set(queue)
  const root = kernel.process(master)
  for (let at = 0; at < queue.length; at++) {
    const parent = queue[at]!
    const process = kernel.process(parent)
    seen.add(parent)
    if (!process) continue
    for (const child of process.links.pids) {
      if (seen.has(child)) continue
      const kind = childKind(kernel, process, child, root, queued)
      if (kind === undefined) continue
      const isTree = kind === 'child'
      ;(isTree ? links : others).push([parent, child])
      if ((isTree || !kernel.isLocal(child)) && !queued.has(child)) {
        queue.push(child)
        queued.add(child)
      }
    }
  }
  const named = (pairs: readonly [Pid, Pid][]): Term =>
    pairs.map(([from, to]) => tuple(nameOf(from), nameOf(to)))
  return tuple(
    nameOf(master),
    [...seen].map((pid) => tuple(pid, nameOf(pid))),
    named(links),
    named(others),
  )
}

/** Returns how a linked process belongs to the tree; undefined for one that does not. */
function childKind(
  kernel: Kernel,
  parent: LocalProcess,
  pid: Pid,
  root: LocalProcess | undefined,
  queued: ReadonlySet<Pid>,
): 'child' | 'linked' | undefined {
  if (!kernel.isLocal(pid)) return 'linked'
  const child = kernel.process(pid)
  if (!child || AVOIDED.has(child.registeredName?.name ?? '')) return undefined
  const [ancestor] = child.origin?.ancestors ?? []
  if (ancestor !== undefined) {
    const pid = ancestor instanceof Atom ? kernel.whereis(ancestor)?.pid : ancestor
    // The ancestor of the top supervisor may be the process that started the application. It is linked to the master only.
    return pid === parent.pid || parent === root ? 'child' : 'linked'
  }
  if (child.groupLeader !== root?.groupLeader) return undefined
  return queued.has(pid) ? 'linked' : 'child'
}

/** Returns the registered name of a process, or its label and pid. A name stands for one process in the tree. */
export function processName(kernel: Kernel, pid: Pid): string {
  if (!kernel.isLocal(pid)) return `<${pid.id}.${pid.serial}> ${pid.node.name}`
  const process = kernel.process(pid)
  const text = `<0.${pid.id}.${pid.serial}>`
  if (process?.registeredName) return process.registeredName.name
  return process?.label ? `${process.label} ${text}` : text
}
