import { type Cancel, LinkedList, type ListNode } from '../../clock/index.ts'
import type { Kernel, LocalProcess, RemoteName } from '../../process/index.ts'
import { type Atom, normal, Pid, type Reference, type Term } from '../../term/index.ts'

/** A call that waits for a server on another node. */
export interface MonitorWaiter {
  /** Whether it waited at the last look already. */
  waitedBefore: boolean
  /** The server, or the connection to it, is gone. */
  down(reason: Term): void
  /** The call takes long: it had better look after itself. */
  waitsLong(): void
}

interface SharedMonitor {
  readonly target: Pid | RemoteName
  ref: Reference | undefined
  readonly waiters: LinkedList<MonitorWaiter>
  idleChecks: number
}

/** How often the table is looked at, in milliseconds, */
const CHECK_INTERVAL = 1_000
/** and at how many looks nobody has to wait for a monitor to be ended. */
const MAX_IDLE_CHECKS = 30
/** More monitors than these stand only while somebody waits. */
const MAX_IDLE_MONITORS = 10_000

const tables = new WeakMap<Kernel, SharedMonitors>()

/** The monitors of a kernel that stand for the calls to other nodes. */
export function sharedMonitors(kernel: Kernel): SharedMonitors {
  let table = tables.get(kernel)
  if (!table) {
    table = new SharedMonitors(kernel)
    tables.set(kernel, table)
  }
  return table
}

/**
 * One monitor for each server on another node that is being called, shared by all callers: a call is then one message,
 * where a BEAM sends three (monitor, request, demonitor).
 *
 * A process of the kernel's own holds the monitors. When one fires, every call that waits there hears the reason at once;
 * the next call monitors anew. A monitor that nobody needed for half a minute is ended.
 *
 * What differs from a monitor for each call: a call to a *name* hears the end of whoever had the name when the monitor
 * was made, even if that had happened already when the call was made, unknown to this node. Where the name has moved on to
 * another process, and that one is gone too, nobody would tell; so a call that takes longer than a second or two gets a
 * monitor of its own.
 */
export class SharedMonitors {
  readonly #kernel: Kernel
  #owner: LocalProcess | undefined
  readonly #pids = new Map<Pid, SharedMonitor>()
  readonly #names = new Map<Atom, Map<Atom, SharedMonitor>>()
  /** About to fire, as somebody else's monitor tells: for those who wait, but for no new call. */
  readonly #stale = new Set<SharedMonitor>()
  #size = 0
  #cancel: Cancel | undefined

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    kernel.onDown = (who) => {
      const standing = this.#find(who)
      if (!standing) return
      this.#remove(standing)
      this.#stale.add(standing)
    }
  }

  /** How many monitors stand. */
  get size(): number {
    return this.#size
  }

  /**
   * Waits at a server, until what is returned is taken out of its chain. The call may hear of the server's absence
   * before this returns.
   */
  wait(target: Pid | RemoteName, call: MonitorWaiter): ListNode<MonitorWaiter> {
    const standing = this.#find(target) ?? this.#add(target)
    const link = standing.waiters.add(call)
    standing.idleChecks = 0
    if (!standing.ref) {
      const owner = this.#process()
      standing.ref = this.#kernel.makeRef()
      owner.monitors.monitor(target, (reason) => this.#down(standing, reason), standing.ref)
    }
    return link
  }

  #find(target: Pid | RemoteName): SharedMonitor | undefined {
    return target instanceof Pid ? this.#pids.get(target) : this.#names.get(target.node)?.get(target.name)
  }

  #add(target: Pid | RemoteName): SharedMonitor {
    const standing: SharedMonitor = { target, ref: undefined, waiters: new LinkedList(), idleChecks: 0 }
    if (target instanceof Pid) this.#pids.set(target, standing)
    else {
      const names = this.#names.get(target.node) ?? new Map<Atom, SharedMonitor>()
      names.set(target.name, standing)
      this.#names.set(target.node, names)
    }
    this.#size++
    this.#cancel ??= this.#kernel.clock.schedule(CHECK_INTERVAL, () => this.#check())
    return standing
  }

  #process(): LocalProcess {
    if (!this.#owner?.alive) this.#owner = this.#kernel.createEphemeral('GenServer.call: standing monitors')
    return this.#owner
  }

  #down(standing: SharedMonitor, reason: Term): void {
    this.#forget(standing)
    for (const call of standing.waiters.drain()) call.down(reason)
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

  #forget(standing: SharedMonitor): void {
    if (!this.#stale.delete(standing)) this.#remove(standing)
    this.#size--
    if (this.#size > 0) return
    this.#cancel?.()
    this.#cancel = undefined
    this.#owner?.exit(normal)
    this.#owner = undefined
  }

  #check(): void {
    this.#cancel = undefined
    for (const standing of this.#all()) {
      for (const call of standing.waiters)
        if (call.waitedBefore) call.waitsLong()
        else call.waitedBefore = true
      if (standing.waiters.first) continue
      standing.idleChecks++
      if (standing.idleChecks < MAX_IDLE_CHECKS && this.#size <= MAX_IDLE_MONITORS) continue
      this.#owner!.monitors.demonitor(standing.ref!)
      this.#forget(standing)
    }
    if (this.#size > 0) this.#cancel = this.#kernel.clock.schedule(CHECK_INTERVAL, () => this.#check())
  }

  #all(): SharedMonitor[] {
    const named = [...this.#names.values()].flatMap((names) => [...names.values()])
    return [...this.#pids.values(), ...named, ...this.#stale]
  }
}
