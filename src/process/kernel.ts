import { randomInt } from 'node:crypto'
import { type Clock, systemClock } from '../clock/index.ts'
import {
  type Atom,
  hideFields,
  inspect,
  noconnection,
  nonode,
  noproc,
  Pid,
  Reference,
  type Term,
} from '../term/index.ts'
import { LocalProcess } from './local-process.ts'
import { Modules, UndefinedFunction } from './modules.ts'
import { ParkedProcesses } from './parked.ts'
import { RefTable } from './ref-table.ts'
import { RunQueue } from './run-queue.ts'
import type { RemoteName, Route, Signal } from './signal.ts'
import { Spawns } from './spawns.ts'
import { Table } from './table.ts'
import { containUncaught } from './uncaught.ts'

/** How a process is started. */
export interface SpawnOptions {
  /** Who is linked from the first moment on. */
  readonly link?: LocalProcess | undefined
  /** Where its output goes; the starter's, unless said otherwise. */
  readonly groupLeader?: Pid | undefined
  readonly callers?: readonly Pid[] | undefined
  /** What it runs, for people. */
  readonly label?: string | undefined
}

export interface KernelOptions {
  readonly name?: Atom
  /** Tells the lives of a node of the same name apart. 1 to 2^32-1 */
  readonly creation?: number
  readonly clock?: Clock
  /**
   * Whether what nobody catches in a process ends that process instead of the program (the default). The first kernel of
   * the program decides.
   */
  readonly containUncaught?: boolean
}

/** Who takes what is sent to an alias. */
export interface AliasHolder {
  readonly ref: Reference
  receive(message: Term): void
}

const NOBODY: readonly Pid[] = []
const FIRST_PID = 100
const LAST_ID = 2 ** 28
const WORD = 2 ** 32
const REF_LOW = 2 ** 18

/**
 * The processes of one node: who they are, and the one path on which every signal to one of them goes, be it from here
 * or from another node. What is not here goes to the {@link Kernel.route | route}.
 *
 * Several kernels may live in one Node.js process.
 */
export class Kernel {
  readonly name: Atom
  readonly creation: number
  readonly clock: Clock
  readonly modules: Modules = new Modules()
  readonly runQueue: RunQueue
  /** What has ended and still holds something. */
  readonly parked: ParkedProcesses = new ParkedProcesses()
  /** What one node asks another to spawn. */
  readonly spawns: Spawns = new Spawns(this)
  /** Where signals for other nodes go. Until a distribution is there they bounce. */
  route: Route
  /** The group leader of what was started by nobody: filled by whoever owns the terminal. */
  user: Pid
  /** Takes leave of other nodes, before the program ends. Filled by the distribution. */
  leave: () => Promise<void> = async () => {}
  /** Told of every end that a monitor brings to this node, before whoever monitored is. */
  onDown: ((who: Pid | RemoteName) => void) | undefined = undefined
  readonly #processes = new Table<LocalProcess>()
  readonly #names = new Map<Atom, LocalProcess>()
  readonly #aliases = new RefTable<AliasHolder>()
  readonly #refWord = randomInt(WORD)
  #lastId = FIRST_PID
  #serial = 0
  #refLow = 0
  #refHigh = 0
  #unlinkId = 0n
  readonly #watchedByName = new RefTable<{ readonly ref: Reference; readonly process: LocalProcess }>()
  #ends: LocalProcess[] = []
  /** Whether somebody has ended, and not everybody has been told. */
  telling = false
  readonly #forget = (process: LocalProcess): void => {
    this.#processes.delete(numberOf(process.pid))
    Pid.setProcess(process.pid, undefined)
    if (process.registeredName) this.#names.delete(process.registeredName)
  }

  constructor(options: KernelOptions = {}) {
    this.name = options.name ?? nonode
    this.creation = options.creation ?? 0
    this.clock = options.clock ?? systemClock
    this.runQueue = new RunQueue(this.clock)
    if (options.containUncaught !== false) containUncaught()
    this.route = { signal: (signal) => this.bounce(signal) }
    this.user = new Pid(this.name, 0, 0, this.creation)
  }

  // Processes

  /** Starts a process that runs a function. The function runs soon, not at once. */
  spawn(start: () => unknown, options: SpawnOptions = {}): LocalProcess {
    const process = this.create(options)
    process.begin(start)
    return process
  }

  /** Makes a process that nothing runs in yet: for behaviours and for code that is running already. */
  create(options: SpawnOptions = {}): LocalProcess {
    const pid = this.unusedPid()
    const process = new LocalProcess(
      this,
      pid,
      options.groupLeader ?? this.user,
      options.callers ?? NOBODY,
      this.#forget,
    )
    if (options.label) process.label = options.label
    this.#processes.set(numberOf(pid), process)
    Pid.setProcess(pid, process)
    if (options.link) {
      process.ties.addLink(options.link.pid)
      options.link.ties.addLink(pid)
    }
    return process
  }

  /** A pid that no process has had, nor will have unless it is made with it. */
  unusedPid(): Pid {
    if (this.#lastId >= LAST_ID) {
      this.#lastId = FIRST_PID
      this.#serial++
    }
    return new Pid(this.name, ++this.#lastId, this.#serial, this.creation)
  }

  /** Lets a process tell of its end: one after the other, so that a long chain of links is no deep recursion. */
  ended(process: LocalProcess): void {
    if (this.telling) {
      this.#ends.push(process)
      return
    }
    this.telling = true
    this.#tell(process)
    if (this.#ends.length > 0) {
      for (let next = 0; next < this.#ends.length; next++) this.#tell(this.#ends[next]!)
      this.#ends = []
    }
    this.telling = false
  }

  #tell(process: LocalProcess): void {
    try {
      process.tell()
    } catch (error) {
      // A listener of an AbortSignal or a cleanup is at fault, not whoever has ended.
      queueMicrotask(() => {
        throw error
      })
    }
  }

  /** Makes a process for code that runs in none, for as long as it waits for an answer: end it with `exit(normal)`. */
  visitor(label: string): LocalProcess {
    const process = this.create({ label })
    process.handle(() => {})
    return process
  }

  /** The live process with this pid, where it is one of this kernel. */
  process(pid: Pid): LocalProcess | undefined {
    const process = Pid.processOf(pid) as LocalProcess | undefined
    if (process !== undefined && process.kernel === this) return process
    if (pid.node !== this.name || pid.creation !== this.creation) return undefined
    return this.#processes.get(numberOf(pid))
  }

  /** All that are alive, the oldest first. */
  processes(): LocalProcess[] {
    return this.#processes.values().sort((a, b) => numberOf(a.pid) - numberOf(b.pid))
  }

  isLocal(to: { readonly node: Atom }): boolean {
    return to.node === this.name
  }

  inspect(term: Term): string {
    return inspect(term, { self: this.name })
  }

  // Names

  /** Gives a live process a name. @throws TypeError when the name or the process has one already */
  register(process: LocalProcess, name: Atom): void {
    const holder = this.#names.get(name)
    if (holder)
      throw new TypeError(
        `could not register ${this.inspect(process.pid)} as ${this.inspect(name)}: ` +
          `the name is taken by ${this.inspect(holder.pid)}. Choose another name, or unregister that one first.`,
      )
    if (process.registeredName)
      throw new TypeError(
        `could not register ${this.inspect(process.pid)} as ${this.inspect(name)}: ` +
          `it is registered as ${this.inspect(process.registeredName)} already, and a process has one name.`,
      )
    if (!process.alive)
      throw new TypeError(
        `could not register ${this.inspect(process.pid)} as ${this.inspect(name)}: it is not alive.`,
      )
    process.registeredName = name
    this.#names.set(name, process)
  }

  unregister(name: Atom): boolean {
    const process = this.#names.get(name)
    if (!process) return false
    process.registeredName = undefined
    return this.#names.delete(name)
  }

  whereis(name: Atom): LocalProcess | undefined {
    return this.#names.get(name)
  }

  registered(): Atom[] {
    return [...this.#names.keys()]
  }

  // References

  makeRef(): Reference {
    this.#refLow++
    if (this.#refLow === REF_LOW) {
      this.#refLow = 0
      this.#refHigh = (this.#refHigh + 1) % WORD
    }
    return new Reference(this.name, this.creation, [this.#refLow, this.#refHigh, this.#refWord])
  }

  /** Makes the reference of a holder an address: what is sent to it goes to the holder, until it is dropped. */
  alias(holder: AliasHolder): void {
    this.#aliases.set(holder)
  }

  dropAlias(ref: Reference): void {
    this.#aliases.delete(ref)
  }

  nextUnlinkId(): bigint {
    this.#unlinkId = (this.#unlinkId + 1n) % 2n ** 63n || 1n
    return this.#unlinkId
  }

  // Signals

  /** Sends a message to a pid, a name here or elsewhere, or an alias. Without an error when nobody is there. */
  send(from: Pid, to: Pid | RemoteName | Reference, message: Term): void {
    if (to.node !== this.name) this.route.signal({ type: 'message', from, to, message })
    else this.#message(to, message)
  }

  /** Puts a signal on its way to whichever node its receiver is on. */
  signal(signal: Signal): void {
    const node = signal.type === 'spawnRequest' ? signal.node : signal.to.node
    if (node === this.name) this.deliver(signal)
    else this.route.signal(signal)
  }

  /** Takes a signal to a receiver that is here. */
  deliver(signal: Signal): void {
    switch (signal.type) {
      case 'message':
        return this.#message(signal.to, signal.message)
      case 'link':
        return this.#link(signal.from, signal.to)
      case 'unlink':
        this.process(signal.to)?.ties.unlinkedBy(signal.from)
        return this.signal({ type: 'unlinkAck', from: signal.to, to: signal.from, id: signal.id })
      case 'unlinkAck':
        return this.process(signal.to)?.ties.unlinkAcknowledged(signal.from, signal.id)
      case 'exit':
        return this.process(signal.to)?.exitSignal(signal.from, signal.reason, true)
      case 'exit2':
        return this.process(signal.to)?.exitSignal(signal.from, signal.reason, false)
      case 'monitor':
        return this.#monitor(signal.from, signal.to, signal.ref)
      case 'demonitor':
        return this.#demonitor(signal.to, signal.ref)
      case 'down':
        this.onDown?.(signal.from)
        return this.process(signal.to)?.ties.down(signal.ref, signal.reason)
      case 'groupLeader': {
        const process = this.process(signal.to)
        if (process) process.groupLeader = signal.leader
        return
      }
      case 'spawnRequest':
        return this.spawns.requested(signal)
      case 'spawnReply':
        return this.spawns.answered(signal)
    }
  }

  /** What the sender of a signal hears when the receiver's node cannot be reached. */
  bounce(signal: Signal): void {
    switch (signal.type) {
      case 'link':
        return this.deliver({ type: 'exit', from: signal.to, to: signal.from, reason: noconnection })
      case 'monitor':
        return this.deliver({
          type: 'down',
          from: signal.to,
          to: signal.from,
          ref: signal.ref,
          reason: noconnection,
        })
      case 'spawnRequest':
        return this.deliver({
          type: 'spawnReply',
          ref: signal.ref,
          node: signal.node,
          to: signal.from,
          link: false,
          monitor: false,
          result: noconnection,
        })
      default:
    }
  }

  /** The connection to a node is gone: whoever is linked to something there, monitors it or waits for it hears so. */
  nodeDown(node: Atom): void {
    this.spawns.nodeDown(node)
    for (const process of this.processes()) process.nodeDown(node)
  }

  #message(to: Pid | RemoteName | Reference, message: Term): void {
    if (to instanceof Reference) this.#aliases.get(to)?.receive(message)
    else this.#receiver(to)?.deliver(message)
  }

  #receiver(to: Pid | RemoteName): LocalProcess | undefined {
    return to instanceof Pid ? this.process(to) : this.#names.get(to.name)
  }

  #link(from: Pid, to: Pid): void {
    const process = this.process(to)
    if (process) process.ties.linkedBy(from)
    else this.signal({ type: 'exit', from: to, to: from, reason: noproc })
  }

  #monitor(from: Pid, to: Pid | RemoteName, ref: Reference): void {
    const process = this.#receiver(to)
    if (!process) return this.signal({ type: 'down', from: to, to: from, ref, reason: noproc })
    process.ties.addWatcher(from, ref, to instanceof Pid ? undefined : to.name)
    if (!(to instanceof Pid)) this.#watchedByName.set({ ref, process })
  }

  // By then the name may be another process's.
  #demonitor(to: Pid | RemoteName, ref: Reference): void {
    if (to instanceof Pid) {
      this.process(to)?.ties.removeWatcher(ref)
      return
    }
    this.#watchedByName.get(ref)?.process.ties.removeWatcher(ref)
    this.#watchedByName.delete(ref)
  }

  /** A process that was monitored by its name has no such watcher any more. */
  forgetWatcher(ref: Reference): void {
    this.#watchedByName.delete(ref)
  }

  /** Calls an exported function. Ends the process with `undef` where there is none. */
  apply(module: Atom, name: Atom, args: readonly Term[]): unknown {
    const exported = this.modules.find(module, name, args.length)
    if (!exported) throw new UndefinedFunction(module, name, args)
    return (exported.fn as (...args: readonly Term[]) => unknown)(...args)
  }
}

hideFields(Kernel)

/** Different for every process of a kernel. */
function numberOf(pid: Pid): number {
  return pid.serial * LAST_ID + pid.id
}
