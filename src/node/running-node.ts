import { type Device, startGroupLeader } from '../io/index.ts'
import { logReports, type Print, startLoggerProxy } from '../logger/index.ts'
import {
  currentProcess,
  defaultKernel,
  type Kernel,
  runOutsideProcesses,
  setDefaultKernel,
} from '../process/index.ts'
import { type Atom, atom, ExitError, errorToReason, hideFields } from '../term/index.ts'
import { dumpAtFatalError } from './crash-dump.ts'
import { announceGlobalShutdown, type GlobalOptions, startGlobal } from './global/index.ts'
import { serveLibrary } from './library.ts'
import { defineModules, type Halt } from './modules/index.ts'
import { NodeMonitors, NodeSubscriptions, startNetKernel } from './net-kernel/index.ts'
import { defineObserved } from './observed/index.ts'
import type { Cookies, PeerTable } from './peers/index.ts'
import { definePgFunctions, startPg } from './pg/index.ts'
import {
  type Health,
  healthOf,
  metricsOf,
  type Readiness,
  type ReadyOptions,
  readinessOf,
} from './probes/index.ts'
import {
  type ClosureCaller,
  defineClosureCall,
  defineErpc,
  type FunCaller,
  type RequestGuard,
  type Rex,
  refuseClosure,
  refuseFun,
  startRex,
} from './rpc/index.ts'
import { defineRuntimeTools } from './runtime-tools/index.ts'
import type { FunctionSerializer, SpawningNode } from './spawn/index.ts'

/** Parts of a {@link RunningNode} that depend on how the node is reached: over TCP, or as a worker over a port. */
export interface NodeParts {
  readonly peers: PeerTable
  readonly cookies: Cookies
  readonly hidden: boolean
  readonly device: Device
  readonly log: Print
  /** Whether other nodes can call functions of the libraries of Erlang and Elixir. Default: true. */
  readonly library: boolean
  readonly global?: GlobalOptions | undefined
  /** Decides what peers may ask `rex` for. Default: everything. */
  readonly guard?: RequestGuard | undefined
  /** Ends the program for another node. Default: such a request is refused. */
  readonly halt?: Halt | undefined
  /** Ends everything that makes the node reachable for others. */
  readonly close: () => Promise<void>
}

/**
 * A node that is running: a kernel with a name, its connections, and the system processes that its peers expect.
 *
 * Created by `Node.start`, ended by {@link RunningNode.stop} or `await using`.
 */
export class RunningNode implements AsyncDisposable, SpawningNode {
  readonly kernel: Kernel
  readonly peers: PeerTable
  readonly cookies: Cookies
  readonly hidden: boolean
  readonly monitors: NodeMonitors
  readonly subscriptions: NodeSubscriptions
  readonly rex: Rex
  /** Serializes functions that are not exported, for another Moebi node. Set by a shell. */
  serializeFunction: FunctionSerializer | undefined
  /** Turns a function into a call that a BEAM node can run. Set by a shell. */
  translateFunction: FunctionSerializer | undefined
  /** Calls a fun that was typed at the prompt of another node. Set by a shell, and by a program that allows it. */
  callFun: FunCaller | undefined
  /** Calls a function that was typed at the prompt of another Moebi node. Set in the same way. */
  callClosure: ClosureCaller | undefined
  readonly #stopLog: () => void
  readonly #stopDump: () => void
  readonly #close: () => Promise<void>
  #stopping: Promise<void> | undefined

  /** @internal */
  constructor({ peers, cookies, hidden, device, log, library, guard, global, halt, close }: NodeParts) {
    const { kernel } = peers
    this.kernel = kernel
    this.peers = peers
    this.cookies = cookies
    this.hidden = hidden
    this.#close = close
    kernel.router = peers
    kernel.stopNode = () => this.stop()
    const leader = startGroupLeader(kernel, device)
    kernel.user = leader.pid
    kernel.register(leader, atom('user') as Atom)
    defineErpc(kernel)
    const callFun: FunCaller = (fun, args) => (this.callFun ?? refuseFun)(fun, args)
    this.monitors = new NodeMonitors(peers)
    this.subscriptions = new NodeSubscriptions(peers)
    const { monitors, subscriptions } = this
    defineModules({ kernel, peers, cookies, monitors, subscriptions, halt, callFun })
    defineRuntimeTools({ kernel, peers })
    defineObserved(peers)
    if (library) serveLibrary(kernel, callFun)
    defineClosureCall(kernel, (...call) => (this.callClosure ?? refuseClosure)(...call))
    startNetKernel(peers)
    this.rex = startRex(peers, { onMoebi: (peer) => peers.setMoebi(peer), guard })
    startGlobal(peers, global)
    startPg(peers)
    definePgFunctions(kernel)
    startLoggerProxy(kernel, log)
    this.#stopLog = logReports(kernel, log)
    this.#stopDump = dumpAtFatalError(this)
    runningNodes.set(kernel, this)
  }

  /** `alex@localhost` */
  get name(): string {
    return this.kernel.name.name
  }

  /** Whether a node is a Moebi node. Connects if necessary. A node that cannot be reached is not. */
  async isMoebi(node: Atom): Promise<boolean> {
    return node === this.kernel.name || ((await this.peers.connect(node)) && this.rex.isMoebi(node))
  }

  /** Runs a function as a process of this node and resolves with its result. For tests, handlers and top-level code. */
  run<T>(fn: () => T): Promise<Awaited<T>> {
    return new Promise((resolve, reject) => {
      const process = this.kernel.create({ label: fn.name || 'run' })
      process.onExit(() => reject(new ExitError(atom('killed'))))
      process.begin(async () => {
        try {
          resolve(await fn())
        } catch (error) {
          reject(error)
          throw error instanceof ExitError ? error : new ExitError(errorToReason(error))
        }
      })
    })
  }

  /** Measures how the node is, for a probe that ends a program which does not answer. */
  health(): Promise<Health> {
    return healthOf(this.kernel, this.peers, this.#stopping === undefined)
  }

  /** Whether the node can take work: it does not stop, and what `options` names is there. */
  ready(options: ReadyOptions = {}): Readiness {
    return readinessOf(this.kernel, this.peers, this.#stopping === undefined, options)
  }

  /** Returns the figures of the node in the text format of Prometheus. */
  metrics(): string {
    return metricsOf(this.kernel, this.peers)
  }

  /** Stops the node: ends its processes with `shutdown`, closes its connections and unregisters its name. */
  stop(): Promise<void> {
    this.#stopping ??= runOutsideProcesses(() => this.#stop())
    return this.#stopping
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #stop(): Promise<void> {
    await announceGlobalShutdown(this.kernel)
    const connectionsClosed = this.peers.stop()
    for (const process of this.kernel.processes()) process.exit(atom('shutdown'))
    if (defaultKernel() === this.kernel) setDefaultKernel(undefined)
    runningNodes.delete(this.kernel)
    this.#stopDump()
    this.#stopLog()
    await this.#close()
    await connectionsClosed
  }
}

hideFields(RunningNode)

const runningNodes = new WeakMap<Kernel, RunningNode>()

/** Returns the node of the current process, else the default node of the program; undefined if it has no name. */
export function currentNode(): RunningNode | undefined {
  const kernel = currentProcess()?.kernel ?? defaultKernel()
  return kernel && runningNodes.get(kernel)
}

/**
 * Like {@link currentNode}, but throws an Error when the node has no name.
 *
 * @param caller name of the function that needs the node, for the message
 */
export function requireNode(caller: string): RunningNode {
  const node = currentNode()
  if (node) return node
  throw new Error(
    `${caller} needs a node with a name, and this one has none. Start it with await Node.start({ name: 'alex@localhost' }), ` +
      'or the shell with moebi shell --sname alex@localhost.',
  )
}
