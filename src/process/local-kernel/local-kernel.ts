import { type Clock, systemClock } from '../../clock/index.ts'
import {
  type Atom,
  hideFields,
  inspect,
  nonode,
  noproc,
  Pid,
  Reference,
  type Term,
} from '../../term/index.ts'
import type { AliasHolder, SpawnRequestOptions } from '../kernel.ts'
import { type Kernel, LocalProcess, type SpawnOptions } from '../local-process.ts'
import { callExported, Modules, UndefinedFunction } from '../modules/index.ts'
import { type ExitEvent, exits, reportCrash, type SpawnEvent, spawns } from '../reports/index.ts'
import { RunQueue } from '../scheduler/index.ts'
import {
  noconnectionReply,
  type RemoteName,
  type RemoteRouter,
  type Signal,
  type WhenFull,
} from '../signals/index.ts'
import { RefTable } from '../table/index.ts'
import { ZombieProcesses } from '../zombies.ts'
import { admitMessage } from './admit-message.ts'
import { ExitQueue } from './exit-queue.ts'
import { ProcessTable } from './process-table.ts'
import { References } from './references.ts'
import { RegisteredNames } from './registered-names.ts'
import { SpawnRequests } from './spawn-requests.ts'
import { attributeUncaughtErrors } from './uncaught-errors.ts'

export interface KernelOptions {
  readonly name?: Atom
  /** Distinguishes the incarnations of a node with the same name. 1 to 2^32-1 */
  readonly creation?: number
  readonly clock?: Clock
  /**
   * Whether an error that no code of a process catches ends that process and not the program. Default: true. The first kernel
   * of the program decides.
   */
  readonly attributeUncaughtErrors?: boolean
}

const NO_CALLERS: readonly Pid[] = []

/**
 * Kernel of one node in this Node.js process: the tables of its processes, and the delivery of every signal to one of them,
 * from this node or another one. Signals to other nodes go to the {@link router}.
 *
 * Several kernels may exist in one Node.js process.
 */
export class LocalKernel implements Kernel {
  readonly name: Atom
  readonly creation: number
  readonly clock: Clock
  readonly modules: Modules = new Modules()
  readonly runQueue: RunQueue
  readonly zombies: ZombieProcesses = new ZombieProcesses()
  router: RemoteRouter
  user: Pid
  stopNode: () => Promise<void> = async () => {}
  beforeDefine: Kernel['beforeDefine'] = () => {}
  checkNamed: Kernel['checkNamed'] = undefined
  onDown: ((who: Pid | RemoteName) => void) | undefined = undefined
  undefinedFunction: Kernel['undefinedFunction'] = (module, name, args) => {
    throw new UndefinedFunction(module, name, args)
  }
  readonly #processes: ProcessTable
  readonly #names: RegisteredNames
  readonly #references: References
  readonly #exits = new ExitQueue()
  readonly #spawnRequests: SpawnRequests = new SpawnRequests(this)
  /** The processes that are monitored by a name. The name may belong to another process when the monitor ends. */
  readonly #namedMonitors = new RefTable<{ readonly ref: Reference; readonly process: LocalProcess }>()
  #unlinkId = 0n

  constructor(options: KernelOptions = {}) {
    this.name = options.name ?? nonode
    this.creation = options.creation ?? 0
    this.clock = options.clock ?? systemClock
    this.runQueue = new RunQueue(this.clock)
    this.#processes = new ProcessTable(this.name, this.creation)
    this.#names = new RegisteredNames(this.name)
    this.#references = new References(this.name, this.creation)
    if (options.attributeUncaughtErrors !== false) attributeUncaughtErrors()
    this.router = { route: (signal) => this.rejectSignal(signal) }
    this.user = new Pid(this.name, 0, 0, this.creation)
  }

  // Processes

  spawn(start: () => unknown, options: SpawnOptions = {}): LocalProcess {
    const process = this.create(options)
    process.begin(start)
    return process
  }

  create(options: SpawnOptions = {}): LocalProcess {
    const pid = this.#processes.unusedPid()
    const process = new LocalProcess(
      this,
      pid,
      options.groupLeader ?? this.user,
      options.callers ?? NO_CALLERS,
    )
    if (options.label) process.label = options.label
    if (options.asyncDist) process.asyncDist = true
    this.#processes.add(process)
    if (options.link) {
      process.links.add(options.link.pid)
      options.link.links.add(pid)
    }
    if (spawns.hasSubscribers) spawns.publish({ kernel: this, process } satisfies SpawnEvent)
    return process
  }

  createEphemeral(label: string): LocalProcess {
    const process = this.create({ label })
    process.handle(() => {})
    return process
  }

  unusedPid(): Pid {
    return this.#processes.unusedPid()
  }

  process(pid: Pid): LocalProcess | undefined {
    const process = Pid.processOf(pid) as LocalProcess | undefined
    if (process !== undefined && process.kernel === this) return process
    if (pid.node !== this.name || pid.creation !== this.creation) return undefined
    return this.#processes.get(pid)
  }

  processes(): LocalProcess[] {
    return this.#processes.list()
  }

  get notifyingExits(): boolean {
    return this.#exits.notifying
  }

  processExited(process: LocalProcess): void {
    if (exits.hasSubscribers)
      exits.publish({ kernel: this, process, reason: process.reason } satisfies ExitEvent)
    this.#processes.delete(process)
    this.#names.delete(process)
    this.#exits.add(process)
  }

  reportCrash(process: LocalProcess, reason: Term): void {
    reportCrash(process, reason)
  }

  // Names and references

  register(process: LocalProcess, name: Atom): void {
    this.#names.register(process, name)
  }

  unregister(name: Atom): boolean {
    return this.#names.unregister(name)
  }

  whereis(name: Atom): LocalProcess | undefined {
    return this.#names.whereis(name)
  }

  registered(): Atom[] {
    return this.#names.list()
  }

  makeRef(): Reference {
    return this.#references.make()
  }

  get refCount(): number {
    return this.#references.count
  }

  refNumber(ref: Reference): number | undefined {
    return this.#references.numberOf(ref)
  }

  alias(holder: AliasHolder): void {
    this.#references.alias(holder)
  }

  dropAlias(ref: Reference): void {
    this.#references.dropAlias(ref)
  }

  aliasHolder(ref: Reference): AliasHolder | undefined {
    return this.#references.holder(ref)
  }

  nextUnlinkId(): bigint {
    this.#unlinkId = (this.#unlinkId + 1n) % 2n ** 63n || 1n
    return this.#unlinkId
  }

  // Signals

  isLocal(to: { readonly node: Atom }): boolean {
    return to.node === this.name
  }

  send(from: Pid, to: Pid | RemoteName | Reference, message: Term, whenFull?: WhenFull): void {
    if (to.node !== this.name) this.router.route({ type: 'message', from, to, message }, whenFull)
    else this.#message(to, message, false, whenFull === undefined, true)
  }

  sendPriority(from: Pid, to: Pid | RemoteName | Reference, message: Term): void {
    this.signal({ type: 'message', from, to, message, priority: true })
  }

  signal(signal: Signal, whenFull?: WhenFull): void {
    const node = signal.type === 'spawnRequest' ? signal.node : signal.to.node
    if (node === this.name) this.deliver(signal)
    else this.router.route(signal, whenFull)
  }

  deliver(signal: Signal): void {
    switch (signal.type) {
      case 'message':
        return this.#message(
          signal.to,
          signal.message,
          signal.priority === true,
          true,
          signal.from.node === this.name,
        )
      case 'link':
        return this.#link(signal.from, signal.to)
      case 'unlink':
        this.process(signal.to)?.links.acceptUnlink(signal.from)
        return this.signal({ type: 'unlinkAck', from: signal.to, to: signal.from, id: signal.id })
      case 'unlinkAck':
        return this.process(signal.to)?.links.acceptUnlinkAck(signal.from, signal.id)
      case 'exit':
        return this.process(signal.to)?.exitSignal(signal.from, signal.reason, true)
      case 'exit2':
        if (signal.to instanceof Reference)
          return this.#references
            .holder(signal.to)
            ?.exit?.(signal.from, signal.reason, signal.priority === true)
        return this.process(signal.to)?.exitSignal(signal.from, signal.reason, false)
      case 'monitor':
        return this.#monitor(signal.from, signal.to, signal.ref)
      case 'demonitor':
        return this.#demonitor(signal.to, signal.ref)
      case 'down':
        this.onDown?.(signal.from)
        return this.process(signal.to)?.monitors.acceptDown(signal.ref, signal.reason)
      case 'groupLeader': {
        const process = this.process(signal.to)
        if (process) process.groupLeader = signal.leader
        return
      }
      case 'spawnRequest':
        return this.#spawnRequests.handleRequest(signal)
      case 'spawnReply':
        return this.#spawnRequests.handleReply(signal)
    }
  }

  admitsMessage(process: LocalProcess, local: boolean): boolean {
    return admitMessage(process, local)
  }

  rejectSignal(signal: Signal): void {
    const reply = noconnectionReply(signal)
    if (reply) this.deliver(reply)
  }

  nodeDown(node: Atom): void {
    this.#spawnRequests.nodeDown(node)
    for (const process of this.processes()) process.nodeDown(node)
  }

  countRelations(node: Atom): { links: number; monitors: number } {
    const counts = { links: 0, monitors: 0 }
    for (const process of this.processes()) process.addRelations(node, counts)
    return counts
  }

  forgetNamedMonitor(ref: Reference): void {
    this.#namedMonitors.delete(ref)
  }

  requestSpawn(
    process: LocalProcess,
    node: Atom,
    module: Atom,
    name: Atom,
    args: readonly Term[],
    options: SpawnRequestOptions = {},
  ): { ref: Reference; result: Promise<Pid | Atom> } {
    return this.#spawnRequests.request(process, node, module, name, args, options)
  }

  abandonSpawn(process: LocalProcess, ref: Reference): boolean {
    return this.#spawnRequests.abandon(process, ref)
  }

  apply(module: Atom, name: Atom, args: readonly Term[]): unknown {
    const exported = this.modules.find(module, name, args.length)
    if (!exported) return this.undefinedFunction(module, name, args)
    return callExported(exported, args)
  }

  applyNamed(module: Atom, name: Atom, args: readonly Term[]): unknown {
    this.checkNamed?.(module, name, args)
    return this.apply(module, name, args)
  }

  inspect(term: Term): string {
    return inspect(term, { self: this.name })
  }

  hasReceiver(to: Pid | RemoteName | Reference): boolean {
    if (to instanceof Reference) return this.#references.holder(to) !== undefined
    return this.#receiver(to) !== undefined
  }

  /**
   * @param limited whether a full mailbox does not take the message
   * @param local whether the sender is on this node
   */
  #message(
    to: Pid | RemoteName | Reference,
    message: Term,
    priority: boolean,
    limited: boolean,
    local: boolean,
  ): void {
    if (to instanceof Reference) return this.#references.deliver(to, message, priority)
    const receiver = this.#receiver(to)
    if (receiver === undefined) return
    if (receiver.mailbox.length >= receiver.queueLimit && limited && !admitMessage(receiver, local)) return
    receiver.deliver(message)
  }

  #receiver(to: Pid | RemoteName): LocalProcess | undefined {
    return to instanceof Pid ? this.process(to) : this.#names.whereis(to.name)
  }

  #link(from: Pid, to: Pid): void {
    const process = this.process(to)
    if (process) process.links.acceptLink(from)
    else this.signal({ type: 'exit', from: to, to: from, reason: noproc })
  }

  #monitor(from: Pid, to: Pid | RemoteName, ref: Reference): void {
    const process = this.#receiver(to)
    if (!process) return this.signal({ type: 'down', from: to, to: from, ref, reason: noproc })
    process.monitors.addIncoming(from, ref, to instanceof Pid ? undefined : to.name)
    if (!(to instanceof Pid)) this.#namedMonitors.set({ ref, process })
  }

  #demonitor(to: Pid | RemoteName, ref: Reference): void {
    if (to instanceof Pid) {
      this.process(to)?.monitors.removeIncoming(ref)
      return
    }
    this.#namedMonitors.get(ref)?.process.monitors.removeIncoming(ref)
    this.#namedMonitors.delete(ref)
  }
}

hideFields(LocalKernel)
