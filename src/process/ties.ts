import { type Atom, atom, noconnection, Pid, type Reference, type Term, tuple } from '../term/index.ts'
import type { LocalProcess } from './local-process.ts'
import { RefTable } from './ref-table.ts'
import type { RemoteName } from './signal.ts'

/** What a process monitors, and who hears of its end instead of the mailbox. */
interface Monitor {
  readonly ref: Reference
  readonly target: Pid | RemoteName
  readonly onDown: ((reason: Term) => void) | undefined
}

interface Watcher {
  readonly pid: Pid
  readonly ref: Reference
  /** The name by which the watcher knows this process, where it used one. */
  readonly name: Atom | undefined
}

/** Waits for the end of a process that this one is linked to: the link tells, and no monitor is needed. */
export interface LinkWatcher {
  /** The other process has ended, or the connection to it has. Not called for a process that the end took with it. */
  exited(reason: Term): void
  /** The link is no more; only an end that was under way is still heard of. */
  unlinked(): void
}

const NONE: ReadonlySet<Pid> = new Set()
const DOWN = atom('DOWN')
const process_ = atom('process')

/**
 * What ties a process to others: its links, its monitors, and those who monitor it.
 *
 * https://www.erlang.org/doc/apps/erts/erl_dist_protocol.html#link-protocol
 */
export class Ties {
  readonly #process: LocalProcess
  #links: Set<Pid> | undefined
  #unlinking: Map<Pid, bigint> | undefined
  #linkWatchers: Map<Pid, LinkWatcher> | undefined
  #monitors: RefTable<Monitor> | undefined
  #watchers: RefTable<Watcher> | undefined

  constructor(process: LocalProcess) {
    this.#process = process
  }

  // Links

  get links(): ReadonlySet<Pid> {
    return this.#links ?? NONE
  }

  /** Notes a link; the other side is told by whoever asks for it. */
  addLink(pid: Pid): void {
    this.#links ??= new Set()
    this.#links.add(pid)
  }

  /**
   * The other side made a link. While it has not confirmed that ours is gone, what it made is gone as well when it hears
   * of that, so there is nothing to note.
   */
  linkedBy(pid: Pid): void {
    if (!this.#unlinking?.has(pid)) this.addLink(pid)
  }

  removeLink(pid: Pid): boolean {
    return this.#links?.delete(pid) ?? false
  }

  /** The other side ended a link. */
  unlinkedBy(pid: Pid): void {
    if (this.removeLink(pid)) this.watcherOf(pid)?.unlinked()
  }

  /** Links the process to another one. Where that one is not, an exit signal says so. */
  link(to: Pid): void {
    const { alive, pid, kernel } = this.#process
    if (!alive || to === pid || this.#links?.has(to)) return
    this.#unlinking?.delete(to)
    this.addLink(to)
    kernel.signal({ type: 'link', from: pid, to })
  }

  unlink(to: Pid): void {
    if (!this.removeLink(to)) return
    const { pid, kernel } = this.#process
    if (kernel.isLocal(to)) kernel.process(to)?.ties.unlinkedBy(pid)
    else {
      const id = kernel.nextUnlinkId()
      this.#unlinking ??= new Map()
      this.#unlinking.set(to, id)
      kernel.signal({ type: 'unlink', from: pid, to, id })
    }
    this.watcherOf(to)?.unlinked()
  }

  unlinkAcknowledged(from: Pid, id: bigint): void {
    if (this.#unlinking?.get(from) === id) this.#unlinking.delete(from)
  }

  watchLink(pid: Pid, watcher: LinkWatcher): void {
    this.#linkWatchers ??= new Map()
    this.#linkWatchers.set(pid, watcher)
  }

  unwatchLink(pid: Pid): void {
    this.#linkWatchers?.delete(pid)
  }

  watcherOf(pid: Pid): LinkWatcher | undefined {
    return this.#linkWatchers?.get(pid)
  }

  // Monitors

  /** Monitors another process. Its end comes as `{:DOWN, ref, :process, who, reason}`, or to `onDown`. */
  monitor(
    target: Pid | RemoteName,
    onDown?: (reason: Term) => void,
    ref: Reference = this.#process.kernel.makeRef(),
  ): Reference {
    const { alive, pid, kernel } = this.#process
    if (!alive || target === pid) return ref
    this.addMonitor(ref, target, onDown)
    kernel.signal({ type: 'monitor', from: pid, to: target, ref })
    return ref
  }

  /** Notes a monitor that the other side knows already (the reference of a remote spawn). */
  addMonitor(ref: Reference, target: Pid | RemoteName, onDown?: (reason: Term) => void): void {
    this.#monitors ??= new RefTable()
    this.#monitors.set({ ref, target, onDown })
  }

  /** Ends a monitor. False when it was not there (any more). */
  demonitor(ref: Reference): boolean {
    const monitor = this.#monitors?.get(ref)
    if (!monitor) return false
    this.#monitors!.delete(ref)
    const { pid, kernel } = this.#process
    kernel.signal({ type: 'demonitor', from: pid, to: monitor.target, ref })
    return true
  }

  /** What was monitored under this reference has ended. */
  down(ref: Reference, reason: Term): void {
    const monitor = this.#monitors?.get(ref)
    if (!monitor) return
    this.#monitors!.delete(ref)
    if (monitor.onDown) return monitor.onDown(reason)
    const { target } = monitor
    const who = target instanceof Pid ? target : tuple(target.name, target.node)
    this.#process.deliver(tuple(DOWN, monitor.ref, process_, who, reason))
  }

  /** Notes who is to hear of the end of this process; `name` is what the watcher knows it by, where it used a name. */
  addWatcher(pid: Pid, ref: Reference, name: Atom | undefined): void {
    this.#watchers ??= new RefTable()
    this.#watchers.set({ pid, ref, name })
  }

  removeWatcher(ref: Reference): boolean {
    return this.#watchers?.delete(ref) ?? false
  }

  get monitors(): (Pid | RemoteName)[] {
    return (this.#monitors?.values() ?? []).map(({ target }) => target)
  }

  get monitoredBy(): Pid[] {
    return (this.#watchers?.values() ?? []).map(({ pid }) => pid)
  }

  // The end

  /** Tells everyone that the process has ended. */
  tell(reason: Term): void {
    const { kernel, pid } = this.#process
    for (const to of this.links) kernel.signal({ type: 'exit', from: pid, to, reason })
    this.#watchers?.forEach(({ pid: to, ref, name }) => {
      if (name) kernel.forgetWatcher(ref)
      kernel.signal({ type: 'down', from: name ? { name, node: kernel.name } : pid, to, ref, reason })
    })
    this.#monitors?.forEach(({ ref, target }) => {
      kernel.signal({ type: 'demonitor', from: pid, to: target, ref })
    })
  }

  /** Every link and monitor over the connection to this node is cut. */
  nodeDown(node: Atom): void {
    const { kernel } = this.#process
    if (this.#unlinking)
      for (const pid of this.#unlinking.keys()) if (pid.node === node) this.#unlinking.delete(pid)
    for (const { pid, ref, name } of this.#watchers?.values() ?? [])
      if (pid.node === node) {
        this.#watchers!.delete(ref)
        if (name) kernel.forgetWatcher(ref)
      }
    for (const { ref, target } of this.#monitors?.values() ?? [])
      if (target.node === node && this.#process.alive) this.down(ref, noconnection)
    for (const pid of [...this.links])
      if (pid.node === node) this.#process.exitSignal(pid, noconnection, true)
  }
}
