import { type Cancel, LinkedList, type ListNode } from '../../clock/index.ts'
import type { Kernel, LocalProcess, RemoteName } from '../../process/index.ts'
import { type Atom, normal, Pid, type Reference, type Term } from '../../term/index.ts'

/** Call that waits for a server on another node. */
export interface MonitorWaiter {
  /** Whether the call waited at the last check. */
  waitedBefore: boolean
  /** Called when the server has ended, or the connection to its node is lost. */
  down(reason: Term): void
  /** Called when the call has waited at two checks. It then needs a monitor of its own. */
  waitsLong(): void
}

interface SharedMonitor {
  readonly target: Pid | RemoteName
  ref: Reference | undefined
  readonly waiters: LinkedList<MonitorWaiter>
  idleChecks: number
}

/** Milliseconds between two checks of the table. */
const CHECK_INTERVAL = 1_000
/** Number of checks without a waiting call after which a monitor is removed. */
const MAX_IDLE_CHECKS = 30
/** Number of monitors above which a monitor without a waiting call is removed at the next check. */
const MAX_IDLE_MONITORS = 10_000

const tables = new WeakMap<Kernel, SharedMonitors>()

/** Returns the shared monitors of a kernel. */
export function sharedMonitors(kernel: Kernel): SharedMonitors {
  let table = tables.get(kernel)
  if (!table) {
    table = new SharedMonitors(kernel)
    tables.set(kernel, table)
  }
  return table
}

/**
 * Monitors of servers on other nodes, one for each server, shared by all calls to it. A call is then one message, where a
 * BEAM sends three (monitor, request, demonitor).
 *
 * A process of the kernel owns the monitors. When a monitor fires, every waiting call fails with its reason, and the next
 * call monitors the server again. A monitor is removed after 30 seconds without a waiting call, and one that new calls do not
 * use at the next check.
 *
 * A shared monitor of a *name* differs from one for each call. It reports the exit of the process that had the name when
 * the monitor was made, even if that process ended before the call, unknown to this node. If another process then took the
 * name and ended too, no monitor would report it. Therefore a call that waits longer than one or two seconds gets a monitor
 * of its own.
 */
export class SharedMonitors {
  readonly #kernel: Kernel
  #owner: LocalProcess | undefined
  readonly #pids = new Map<Pid, SharedMonitor>()
  readonly #names = new Map<Atom, Map<Atom, SharedMonitor>>()
  /**
   * Monitors that may be about to fire, since another monitor of the same server has fired. Waiting calls keep them; new calls
   * do not use them. One that was made after the server had restarted does not fire, and is removed without a waiting call.
   */
  readonly #stale = new Set<SharedMonitor>()
  #size = 0
  #cancel: Cancel | undefined

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    kernel.onDown = (target) => {
      const shared = this.#find(target)
      if (!shared) return
      this.#remove(shared)
      this.#stale.add(shared)
    }
  }

  /** Number of monitors. */
  get size(): number {
    return this.#size
  }

  /**
   * Adds a waiting call to the monitor of a server, until the returned link is removed from its list. The call may fail
   * before this returns.
   */
  wait(target: Pid | RemoteName, call: MonitorWaiter): ListNode<MonitorWaiter> {
    const shared = this.#find(target) ?? this.#add(target)
    const link = shared.waiters.add(call)
    shared.idleChecks = 0
    if (!shared.ref) {
      const owner = this.#process()
      shared.ref = this.#kernel.makeRef()
      owner.monitors.monitor(target, (reason) => this.#down(shared, reason), shared.ref)
    }
    return link
  }

  #find(target: Pid | RemoteName): SharedMonitor | undefined {
    return target instanceof Pid ? this.#pids.get(target) : this.#names.get(target.node)?.get(target.name)
  }

  #add(target: Pid | RemoteName): SharedMonitor {
    const shared: SharedMonitor = { target, ref: undefined, waiters: new LinkedList(), idleChecks: 0 }
    if (target instanceof Pid) this.#pids.set(target, shared)
    else {
      const names = this.#names.get(target.node) ?? new Map<Atom, SharedMonitor>()
      names.set(target.name, shared)
      this.#names.set(target.node, names)
    }
    this.#size++
    this.#cancel ??= this.#kernel.clock.schedule(CHECK_INTERVAL, () => this.#check())
    return shared
  }

  #process(): LocalProcess {
    if (!this.#owner?.alive) this.#owner = this.#kernel.createEphemeral('GenServer.call: shared monitors')
    return this.#owner
  }

  #down(shared: SharedMonitor, reason: Term): void {
    this.#forget(shared)
    for (const call of shared.waiters.drain()) call.down(reason)
  }

  #remove({ target }: SharedMonitor): void {
    if (target instanceof Pid) {
      this.#pids.delete(target)
      return
    }
    const names = this.#names.get(target.node)
    names?.delete(target.name)
    if (names?.size === 0) this.#names.delete(target.node)
  }

  #forget(shared: SharedMonitor): void {
    if (!this.#stale.delete(shared)) this.#remove(shared)
    this.#size--
    if (this.#size > 0) return
    this.#cancel?.()
    this.#cancel = undefined
    this.#owner?.exit(normal)
    this.#owner = undefined
  }

  #check(): void {
    this.#cancel = undefined
    for (const shared of this.#all()) {
      for (const call of shared.waiters)
        if (call.waitedBefore) call.waitsLong()
        else call.waitedBefore = true
      if (shared.waiters.first) continue
      shared.idleChecks++
      const kept = shared.idleChecks < MAX_IDLE_CHECKS && this.#size <= MAX_IDLE_MONITORS
      if (kept && !this.#stale.has(shared)) continue
      this.#owner!.monitors.demonitor(shared.ref!)
      this.#forget(shared)
    }
    if (this.#size > 0) this.#cancel = this.#kernel.clock.schedule(CHECK_INTERVAL, () => this.#check())
  }

  #all(): SharedMonitor[] {
    const named = [...this.#names.values()].flatMap((names) => [...names.values()])
    return [...this.#pids.values(), ...named, ...this.#stale]
  }
}
