import type { Clock } from '../clock/index.ts'
import type { Atom, Pid, Reference, Term } from '../term/index.ts'
import type { Modules } from './modules/index.ts'
import type { RunQueue } from './scheduler/index.ts'
import type { MonitorExtras, RemoteName, RemoteRouter, Signal, WhenFull } from './signals/index.ts'
import type { ZombieProcesses } from './zombies.ts'

/** Options of a new process. `P`: the class of processes. */
export interface SpawnOptionsOf<P> {
  /** The process that the new one is linked to before it runs. */
  readonly link?: P | undefined
  /** Where the process writes its output. Default: `Kernel.user`. */
  readonly groupLeader?: Pid | undefined
  readonly callers?: readonly Pid[] | undefined
  /** Name of what the process runs, for people. */
  readonly label?: string | undefined
  /**
   * Whether the process is never suspended, and its messages to a busy connection are always accepted: for the processes of the
   * runtime. Default: false. @see `process_flag(async_dist, true)`
   */
  readonly asyncDist?: boolean
}

/** Options of a spawn request to another node. */
export interface SpawnRequestOptions {
  readonly link?: boolean
  /** Whether to monitor the new process. The reference of the request is that of the monitor. */
  readonly monitor?: boolean | MonitorExtras
  /** Called in place of a `DOWN` message. */
  readonly onDown?: (reason: Term) => void
  /** Default: the group leader of the process that asks. */
  readonly groupLeader?: Pid
  /** The reference of the request. Default: a new one. */
  readonly ref?: Reference
  /** Called with the result before any later signal of the new process is handled. */
  readonly onResult?: (result: Pid | Atom) => void
}

/** Receives the messages that are sent to an alias. */
export interface AliasHolder {
  /** The alias. */
  readonly ref: Reference
  /** @param priority whether the message was sent as a priority message */
  receive(message: Term, priority?: boolean): void
  /** Handles an exit signal to the alias. Without this method, exit signals are dropped. */
  exit?(from: Pid, reason: Term, priority: boolean): void
}

/**
 * Kernel of one node, as its processes and the rest of the runtime see it: the processes, their names, and the one path of
 * every signal between processes. `P`: the class of processes.
 */
export interface KernelOf<P> {
  readonly name: Atom
  /** Distinguishes the incarnations of a node with the same name. */
  readonly creation: number
  readonly clock: Clock
  readonly modules: Modules
  readonly runQueue: RunQueue
  readonly zombies: ZombieProcesses
  /** Whether a process has ended and its links and monitors are being informed. */
  readonly notifyingExits: boolean
  /** Takes the signals for other nodes. Without a distribution they are answered by {@link rejectSignal}. */
  router: RemoteRouter
  /** Group leader of the processes that no process has started. Set by the owner of the terminal. */
  user: Pid
  /** Stops the node in an orderly way before the program ends. Set by the node. */
  stopNode: () => Promise<void>
  /**
   * Calls a function that no module exports, like OTP's `error_handler:undefined_function/3`. Throws an error with the reason
   * `undef`. Set by the node.
   */
  undefinedFunction: (module: Atom, name: Atom, args: readonly Term[]) => unknown
  /**
   * Called before a program defines functions of these modules. A node loads the functions that it has itself, so that a second
   * definition is noticed.
   */
  beforeDefine: (modules: readonly string[]) => void | Promise<void>
  /** Called for each `down` signal, before the process that monitors gets it. */
  onDown: ((who: Pid | RemoteName) => void) | undefined

  /** Starts a process that runs a function. The function does not run before this returns. */
  spawn(start: () => unknown, options?: SpawnOptionsOf<P>): P
  /** Makes a process that runs nothing yet: for behaviours, and for code that already runs. */
  create(options?: SpawnOptionsOf<P>): P
  /** Makes a process for code outside of processes that waits for a reply. The caller ends it with `exit(normal)`. */
  createEphemeral(label: string): P
  /** Returns a pid that no process has had. */
  unusedPid(): Pid
  /** Returns the live process with this pid, or undefined. */
  process(pid: Pid): P | undefined
  /** Returns the live processes, the oldest first. */
  processes(): P[]
  /** Removes a process that has ended from the tables, and informs its links and monitors. */
  processExited(process: P): void
  /** Reports that the code of a process threw. */
  reportCrash(process: P, reason: Term): void

  /** Registers a live process. @throws TypeError when the name is taken, or the process has a name */
  register(process: P, name: Atom): void
  /** Removes a name. Returns whether it was registered. */
  unregister(name: Atom): boolean
  whereis(name: Atom): P | undefined
  registered(): Atom[]

  makeRef(): Reference
  /** Number of references that this kernel has made. */
  readonly refCount: number
  /** Returns which reference of this kernel it is, the first one being 1, or undefined for one of another kernel. */
  refNumber(ref: Reference): number | undefined
  /** Creates an alias: a reference of the holder to which messages can be sent. */
  alias(holder: AliasHolder): void
  dropAlias(ref: Reference): void
  aliasHolder(ref: Reference): AliasHolder | undefined
  nextUnlinkId(): bigint

  isLocal(to: { readonly node: Atom }): boolean
  /**
   * Sends a message to a pid, a registered name on any node, or an alias. A message to a receiver that does not exist is dropped.
   */
  send(from: Pid, to: Pid | RemoteName | Reference, message: Term, whenFull?: WhenFull): void
  /** Sends a priority message. It is an ordinary message to everything but a priority alias. */
  sendPriority(from: Pid, to: Pid | RemoteName | Reference, message: Term): void
  /** Sends a signal to a receiver on any node. */
  signal(signal: Signal, whenFull?: WhenFull): void
  /** Delivers a signal to a receiver on this node. */
  deliver(signal: Signal): void
  /** Whether a process of this node has this pid, registered name or alias. */
  hasReceiver(to: Pid | RemoteName | Reference): boolean
  /**
   * Whether a message of code enters the mailbox of a process, whose length has reached its `queueLimit`.
   *
   * @param local whether the sender is on this node
   * @throws MailboxFullError
   */
  admitsMessage(process: P, local: boolean): boolean
  /** Answers a signal whose receiver's node cannot be reached: the sender sees `noconnection`. */
  rejectSignal(signal: Signal): void
  /** Handles the loss of a connection: links and monitors over it break, spawn requests to the node fail. */
  nodeDown(node: Atom): void
  /** Counts the links with processes of a node, and the monitors that these have on processes of this node. Visits all processes. */
  countRelations(node: Atom): { readonly links: number; readonly monitors: number }
  /** Removes the entry of a monitor on a registered name, after the end of the monitor. */
  forgetNamedMonitor(ref: Reference): void
  /**
   * Asks another node to spawn a process (`SPAWN_REQUEST`).
   *
   * @returns the reference of the request, and the pid or an atom that says why there is none (`noconnection`, `notsup`, …)
   */
  requestSpawn(
    process: P,
    node: Atom,
    module: Atom,
    name: Atom,
    args: readonly Term[],
    options?: SpawnRequestOptions,
  ): { readonly ref: Reference; readonly result: Promise<Pid | Atom> }
  /**
   * Abandons a spawn request of a process: it gets no result, the new process is not monitored, and a linked one gets an exit signal.
   *
   * @returns false when the process has no such request that waits for its result
   * @see `erlang:spawn_request_abandon/1`
   */
  abandonSpawn(process: P, ref: Reference): boolean
  /** Calls an exported function, or {@link undefinedFunction} when it does not exist. */
  apply(module: Atom, name: Atom, args: readonly Term[]): unknown
  /** Like {@link apply}, for a function that a message has named: the node may refuse it. */
  applyNamed(module: Atom, name: Atom, args: readonly Term[]): unknown
  /** Throws for a function that may not be called by its name. Set by a node that does not allow everything. */
  checkNamed: ((module: Atom, name: Atom, args: readonly Term[]) => void) | undefined

  /** Returns a term as Elixir writes it, with local pids. */
  inspect(term: Term): string
}
