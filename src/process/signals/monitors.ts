import { type Atom, atom, noconnection, Pid, type Reference, type Term, tuple } from '../../term/index.ts'
import { RefTable } from '../table/index.ts'
import type { RemoteName, Signal } from './signal.ts'

/** What `erlang:monitor/3` can ask for. */
export interface MonitorExtras {
  /** First element of the message in place of `DOWN`. */
  readonly tag: Term
  /** Whether the message is a priority message. */
  readonly priority: boolean
  /** Called when the monitor has ended. */
  readonly onEnd: (() => void) | undefined
}

/** A monitor that the owner has on another process. */
interface OutgoingMonitor {
  readonly ref: Reference
  readonly target: Pid | RemoteName
  readonly extras: MonitorExtras | undefined
  /** Called in place of a `DOWN` message. */
  readonly onDown: ((reason: Term) => void) | undefined
}

/** A monitor that another process has on the owner. */
interface IncomingMonitor {
  readonly pid: Pid
  readonly ref: Reference
  /** The registered name that was monitored, or undefined for a monitor on the pid. */
  readonly name: Atom | undefined
}

/** The process that has the monitors. */
export interface MonitorOwner {
  readonly pid: Pid
  readonly alive: boolean
  readonly kernel: {
    readonly name: Atom
    makeRef(): Reference
    signal(signal: Signal): void
    forgetNamedMonitor(ref: Reference): void
  }
  deliver(message: Term): void
  deliverPriority(message: Term): void
}

const DOWN = atom('DOWN')
const PROCESS = atom('process')

/** Monitors of one process in both directions: the processes that it monitors, and those that monitor it. */
export class Monitors {
  readonly #owner: MonitorOwner
  #outgoing: RefTable<OutgoingMonitor> | undefined
  #incoming: RefTable<IncomingMonitor> | undefined

  constructor(owner: MonitorOwner) {
    this.#owner = owner
  }

  /** The processes that the owner monitors. */
  get targets(): (Pid | RemoteName)[] {
    return (this.#outgoing?.values() ?? []).map(({ target }) => target)
  }

  /** The processes that monitor the owner. */
  get monitoredBy(): Pid[] {
    return (this.#incoming?.values() ?? []).map(({ pid }) => pid)
  }

  /** Monitors another process. Its end is the message `{:DOWN, ref, :process, who, reason}`, or a call of `onDown`. */
  monitor(
    target: Pid | RemoteName,
    onDown?: (reason: Term) => void,
    ref: Reference = this.#owner.kernel.makeRef(),
    extras?: MonitorExtras,
  ): Reference {
    const { alive, pid, kernel } = this.#owner
    if (!alive || target === pid) return ref
    this.addOutgoing(ref, target, onDown, extras)
    kernel.signal({ type: 'monitor', from: pid, to: target, ref })
    return ref
  }

  /** Removes a monitor. Returns false when it does not exist, or not any more. */
  demonitor(ref: Reference): boolean {
    const monitor = this.#outgoing?.get(ref)
    if (!monitor) return false
    this.#outgoing!.delete(ref)
    monitor.extras?.onEnd?.()
    const { pid, kernel } = this.#owner
    kernel.signal({ type: 'demonitor', from: pid, to: monitor.target, ref })
    return true
  }

  /** Adds a monitor that the target already knows (the reference of a remote spawn). */
  addOutgoing(
    ref: Reference,
    target: Pid | RemoteName,
    onDown?: (reason: Term) => void,
    extras?: MonitorExtras,
  ): void {
    this.#outgoing ??= new RefTable()
    this.#outgoing.set({ ref, target, onDown, extras })
  }

  /** Handles the `down` signal of a monitor. */
  acceptDown(ref: Reference, reason: Term): void {
    const monitor = this.#outgoing?.get(ref)
    if (!monitor) return
    this.#outgoing!.delete(ref)
    if (monitor.onDown) return monitor.onDown(reason)
    const { target, extras } = monitor
    const who = target instanceof Pid ? target : tuple(target.name, target.node)
    extras?.onEnd?.()
    const message = tuple(extras?.tag === undefined ? DOWN : extras.tag, monitor.ref, PROCESS, who, reason)
    if (extras?.priority) this.#owner.deliverPriority(message)
    else this.#owner.deliver(message)
  }

  /** Adds a monitor of another process on the owner. `name` is the registered name, for a monitor on a name. */
  addIncoming(pid: Pid, ref: Reference, name: Atom | undefined): void {
    this.#incoming ??= new RefTable()
    this.#incoming.set({ pid, ref, name })
  }

  removeIncoming(ref: Reference): boolean {
    return this.#incoming?.delete(ref) ?? false
  }

  /** Sends a `down` signal for every incoming monitor and removes every outgoing one: the owner has ended. */
  sendDowns(reason: Term): void {
    const { kernel, pid } = this.#owner
    this.#incoming?.forEach(({ pid: to, ref, name }) => {
      if (name) kernel.forgetNamedMonitor(ref)
      kernel.signal({ type: 'down', from: name ? { name, node: kernel.name, pid } : pid, to, ref, reason })
    })
    this.#outgoing?.forEach(({ ref, target }) => {
      kernel.signal({ type: 'demonitor', from: pid, to: target, ref })
    })
  }

  /** Ends every monitor over the lost connection to this node. */
  nodeDown(node: Atom): void {
    for (const { pid, ref, name } of this.#incoming?.values() ?? [])
      if (pid.node === node) {
        this.#incoming!.delete(ref)
        if (name) this.#owner.kernel.forgetNamedMonitor(ref)
      }
    for (const { ref, target } of this.#outgoing?.values() ?? [])
      if (target.node === node && this.#owner.alive) this.acceptDown(ref, noconnection)
  }
}
