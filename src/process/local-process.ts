import { LinkedList, type ListNode } from '../clock/index.ts'
import {
  type Atom,
  atom,
  ExitError,
  hideFields,
  kill,
  killed,
  noproc,
  normal,
  type Pid,
  type Term,
  tuple,
} from '../term/index.ts'
import { exitReason } from './exit-reason.ts'
import type { KernelOf, SpawnOptionsOf } from './kernel.ts'
import { LONG_QUEUE, type MaxQueue } from './mailbox/index.ts'
import { ProcessExecution } from './process-execution.ts'
import { functionText, type ProcessOrigin } from './process-origin.ts'
import { Links, Monitors } from './signals/index.ts'

/** The kernel of a node. `LocalKernel` implements it. */
export type Kernel = KernelOf<LocalProcess>
/** Options of a new process. */
export type SpawnOptions = SpawnOptionsOf<LocalProcess>

/** Listener that is called at the exit of a process of this kernel, without a monitor. */
export interface ExitListener {
  onProcessExit(process: LocalProcess, reason: Term): void
}

const EXIT = atom('EXIT')

/**
 * Process of this kernel: it handles signals, links, monitors and the exit. The code that it runs is in
 * {@link ProcessExecution}.
 */
export class LocalProcess extends ProcessExecution<Kernel> {
  /** Exit reason of a process that has ended. */
  reason: Term = undefined
  groupLeader: Pid
  /** The processes for which this one works, the nearest first (`$callers`). */
  callers: readonly Pid[]
  trapExit = false
  /** Whether the process is never suspended, see `SpawnOptions`. */
  asyncDist = false
  registeredName: Atom | undefined = undefined
  /** The behaviour that runs in the process. It decides what an uncaught error does. */
  behaviour: { onCrash(thrown: unknown): void } | undefined = undefined
  /** How the process was started. */
  origin: ProcessOrigin | undefined = undefined
  /** The label that the process has given itself, see `Process.setLabel`. */
  givenLabel: Term = undefined
  /** Returns what evaluated code of Erlang keeps in the process dictionary. */
  evaluatedDictionary: (() => readonly (readonly [key: Term, value: Term])[]) | undefined = undefined
  #maxQueue: MaxQueue | undefined
  /** Number of messages that did not enter the full mailbox. */
  droppedMessages = 0
  #label: string | (() => string) = ''
  #lineage: readonly Term[] | undefined
  #links: Links | undefined
  #monitors: Monitors | undefined
  #exitListeners: LinkedList<ExitListener> | undefined
  #cleanups: Set<(reason: Term) => void> | undefined
  #controller: AbortController | undefined
  #dictionary: Map<unknown, unknown> | undefined

  constructor(kernel: Kernel, pid: Pid, groupLeader: Pid, callers: readonly Pid[]) {
    super(kernel, pid)
    this.groupLeader = groupLeader
    this.callers = callers
  }

  /** Name of what the process runs, for people. A function is called when the label is read, since few are. */
  get label(): string {
    const label = typeof this.#label === 'string' ? this.#label : this.#label()
    return label === '' && this.origin ? functionText(this.origin) : label
  }

  set label(label: string | (() => string)) {
    this.#label = label
  }

  /** The process and its ancestors, each by its registered name or pid: the ancestors of a process that it starts. */
  get lineage(): readonly Term[] {
    const self = this.registeredName ?? this.pid
    if (this.#lineage?.[0] !== self) this.#lineage = [self, ...(this.origin?.ancestors ?? [])]
    return this.#lineage
  }

  get links(): Links {
    this.#links ??= new Links(this)
    return this.#links
  }

  get monitors(): Monitors {
    this.#monitors ??= new Monitors(this)
    return this.#monitors
  }

  /** Values of the process, as in the process dictionary. */
  get dictionary(): Map<unknown, unknown> {
    this.#dictionary ??= new Map()
    return this.#dictionary
  }

  /** Aborted when the process ends: for `fetch`, timers, streams and other operations that can be stopped. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (!this.alive) this.#controller.abort(new ExitError(noproc))
    return this.#controller.signal
  }

  /** Limit of the messages in the mailbox that code has sent. Answers, exits and `DOWN` messages are always accepted. */
  get maxQueue(): MaxQueue | undefined {
    return this.#maxQueue
  }

  set maxQueue(limit: MaxQueue | undefined) {
    this.#maxQueue = limit
    this.queueLimit = limit?.size ?? LONG_QUEUE
  }

  // Exit

  /**
   * Handles an exit signal: from a broken link (`linked`), or from `Process.exit`.
   *
   * @param priority whether its message is a priority message
   */
  exitSignal(from: Pid, reason: Term, linked: boolean, priority = false): void {
    if (!this.alive) return
    if (!linked && reason === kill) return this.exit(killed)
    if (!linked || this.#links?.remove(from)) {
      const first = linked ? this.#links!.takePriority(from) : priority
      if (this.trapExit) {
        if (first) this.deliverPriority(tuple(EXIT, from, reason))
        else this.deliver(tuple(EXIT, from, reason))
      } else if (reason !== normal || (!linked && from === this.pid)) return this.exit(reason)
    }
    if (linked) this.#links?.listener(from)?.onExit(reason)
  }

  /** Handles an error that the code of the process threw and did not catch: it is the exit reason. */
  crash(thrown: unknown): void {
    if (!this.alive) return
    if (this.behaviour) return this.behaviour.onCrash(thrown)
    const reason = exitReason(thrown)
    if (!(thrown instanceof ExitError)) this.kernel.reportCrash(this, reason)
    this.exit(reason)
  }

  /** Ends the process. Links and monitors get the reason. Code that still waits makes the process a zombie. */
  exit(reason: Term): void {
    if (!this.alive) return
    this.reason = reason
    const { kernel } = this
    if (this.stopExecution()) kernel.zombies.add(this, reason, kernel.clock.now())
    kernel.processExited(this)
  }

  /** Informs everything that depends on the process about its end. Called once, by the kernel. */
  notifyExit(): void {
    const { reason } = this
    const links = this.#links
    const monitors = this.#monitors
    const cleanups = this.#cleanups
    this.#links = this.#monitors = this.#cleanups = undefined
    this.dropIoReplies()
    links?.sendExits(reason)
    monitors?.sendDowns(reason)
    if (cleanups) for (const cleanup of cleanups) cleanup(reason)
    if (this.#exitListeners)
      for (const listener of this.#exitListeners.drain()) listener.onProcessExit(this, reason)
    this.#controller?.abort(new ExitError(reason))
  }

  /** Calls `cleanup` when the process ends, unless {@link offExit} removes it before. At once for an ended process. */
  onExit(cleanup: (reason: Term) => void): void {
    if (!this.alive) return cleanup(noproc)
    this.#cleanups ??= new Set()
    this.#cleanups.add(cleanup)
  }

  offExit(cleanup: (reason: Term) => void): void {
    if (this.#cleanups?.delete(cleanup) && this.#cleanups.size === 0) this.#cleanups = undefined
  }

  /**
   * Adds a listener for the end of the process, which must be alive. For listeners that are added and removed often, such as that
   * of a call.
   *
   * @returns the node with which `LinkedList.remove` removes the listener
   */
  addExitListener(listener: ExitListener): ListNode<ExitListener> {
    this.#exitListeners ??= new LinkedList()
    return this.#exitListeners.add(listener)
  }

  /** Breaks every link and monitor over the lost connection to this node. */
  nodeDown(node: Atom): void {
    if (!this.alive) return
    this.#monitors?.nodeDown(node)
    this.#links?.nodeDown(node)
  }

  /** Adds the links with processes of a node, and the monitors that these have on this process. */
  addRelations(node: Atom, counts: { links: number; monitors: number }): void {
    for (const pid of this.#links?.pids ?? []) if (pid.node === node) counts.links++
    for (const pid of this.#monitors?.monitoredBy ?? []) if (pid.node === node) counts.monitors++
  }
}

hideFields(LocalProcess)
