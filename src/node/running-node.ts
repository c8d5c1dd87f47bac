import { systemClock } from '../clock/index.ts'
import { listen } from '../distribution/index.ts'
import { ensureEpmd, isLoopbackHost, loopbackOnly, type Registration, register } from '../epmd/index.ts'
import { type Device, startGroupLeader } from '../io/index.ts'
import { logReports, type Print, printToTerminal, startLoggerProxy } from '../logger/index.ts'
import {
  currentProcess,
  defaultKernel,
  Kernel,
  report,
  runAsNobody,
  setDefaultKernel,
} from '../process/index.ts'
import { type Atom, atom, ExitError, errorToReason } from '../term/index.ts'
import { defineBifs } from './bifs.ts'
import { Cookies, fileCookie } from './cookie.ts'
import { defaultEpmdCommand } from './epmd-command.ts'
import { defineErpc } from './erpc.ts'
import { leaveGlobal, startGlobal } from './global.ts'
import { ownNodeName } from './name.ts'
import { startNetKernel } from './net-kernel.ts'
import { NodeMonitors } from './node-monitors.ts'
import { PeerTable } from './peers.ts'
import { startPg } from './pg.ts'
import { reachByEpmd } from './reach.ts'
import type { CarrySource } from './remote-function.ts'
import { type Rex, startRex } from './rex.ts'
import { standardDevice } from './standard-device.ts'

/** How a node is started. */
export interface NodeOptions {
  /** `alex@localhost`, or `alex` for a node of this machine's name */
  readonly name: string
  /** Whether hosts are fully qualified (`--name`). Nodes with long and short names cannot meet. False unless given. */
  readonly longNames?: boolean
  /** The shared secret. From `~/.erlang.cookie` unless given; the file is made where it is missing. */
  readonly cookie?: string
  /** A hidden node does not show in `Node.list()` of others and takes no part in `global`. False unless given. */
  readonly hidden?: boolean
  /** After how many ms without a sign of life a peer is given up; the same on all nodes. 60,000 unless given. */
  readonly netTickTime?: number
  /** For an attempt to connect, in ms. 7,000 unless given. */
  readonly connectTimeout?: number
  /** Where output goes that no other group leader takes. The terminal, unless given. */
  readonly device?: Device
  /** Where log lines go. Standard error, unless given. */
  readonly log?: Print
  /** Opens shells for other nodes: `remoteShell` of `moebi/shell`. They are refused, unless given. */
  readonly remoteShell?: (kernel: Kernel) => void
  /** How an epmd is brought up where none answers: arguments for Node.js. */
  readonly epmdCommand?: readonly string[]
}

/** What a node is made of. */
export interface NodeParts {
  readonly peers: PeerTable
  readonly cookies: Cookies
  readonly hidden: boolean
  readonly device: Device
  readonly log: Print
  /** Ends what makes others find it. */
  readonly close: () => Promise<void>
}

/**
 * A node that is up: a kernel with a name, its connections, and the system processes that its peers expect.
 *
 * Made by `Node.start`; ended by {@link RunningNode.stop} or `await using`.
 */
export class RunningNode implements AsyncDisposable {
  readonly kernel: Kernel
  readonly peers: PeerTable
  readonly cookies: Cookies
  readonly hidden: boolean
  readonly monitors: NodeMonitors
  readonly rex: Rex
  /** How a function that is not exported travels to another Moebi node; a shell fills it. */
  carrySource: CarrySource | undefined
  readonly #endLog: () => void
  readonly #close: () => Promise<void>
  #stopping: Promise<void> | undefined

  /** @internal */
  constructor({ peers, cookies, hidden, device, log, close }: NodeParts) {
    const { kernel } = peers
    this.kernel = kernel
    this.peers = peers
    this.cookies = cookies
    this.hidden = hidden
    this.#close = close
    kernel.route = peers
    kernel.leave = () => this.stop()
    const leader = startGroupLeader(kernel, device)
    kernel.user = leader.pid
    kernel.register(leader, atom('user') as Atom)
    defineErpc(kernel)
    defineBifs(kernel, { nodes: () => peers.list('visible') })
    startNetKernel(peers)
    this.rex = startRex(peers, { onMoebi: (peer) => peers.setMoebi(peer) })
    startGlobal(peers)
    startPg(peers)
    startLoggerProxy(kernel, log)
    this.#endLog = logReports(kernel, log)
    this.monitors = new NodeMonitors(peers)
    running.set(kernel, this)
  }

  /** `alex@localhost` */
  get name(): string {
    return this.kernel.name.name
  }

  /** Whether a node is a Moebi node. Connects where that is needed; a node counts as a BEAM until it has said otherwise. */
  async isMoebi(node: Atom): Promise<boolean> {
    return node === this.kernel.name || ((await this.peers.connect(node)) && this.rex.isMoebi(node))
  }

  static async start(options: NodeOptions): Promise<RunningNode> {
    const { longNames = false, hidden = false, connectTimeout = 7_000 } = options
    const name = ownNodeName(options.name, longNames)
    const cookies = new Cookies(options.cookie ?? fileCookie())
    const loopback = isLoopbackHost(name.host)
    let ready: (node: RunningNode) => void
    const node = new Promise<RunningNode>((resolve) => {
      ready = resolve
    })
    return runAsNobody(async () => {
      const listener = await listen({ host: loopback ? '127.0.0.1' : '0.0.0.0' }, (socket) => {
        void node.then(({ peers }) => peers.accept(socket))
      })
      const ownDevice = options.device ? undefined : standardDevice()
      let tell: (text: string) => void = () => {}
      try {
        const registration = await registerName(name.alive, listener.port, loopback, options, (text) =>
          tell(text),
        )
        const kernel = new Kernel({
          name: atom(name.full) as Atom,
          creation: registration.creation,
          clock: systemClock,
        })
        const peers = new PeerTable({
          kernel,
          hidden,
          cookies,
          reach: reachByEpmd(name.full, longNames, connectTimeout),
          tickTime: options.netTickTime ?? 60_000,
          connectTimeout,
        })
        const made = new RunningNode({
          peers,
          cookies,
          hidden,
          device: options.device ?? ownDevice!,
          log: options.log ?? printToTerminal,
          close: () => {
            ownDevice?.close()
            listener.close()
            return registration.close()
          },
        })
        tell = (text) => report({ kernel, level: 'warning', text })
        setDefaultKernel(kernel)
        options.remoteShell?.(kernel)
        ready(made)
        if (!loopback) void made.#adviseOnEpmd(name.host)
        return made
      } catch (error) {
        listener.close()
        throw error
      }
    })
  }

  /** Runs a function as a process of this node and resolves with what it returns: for tests, handlers, top-level code. */
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

  /** Ends the node: its processes with `shutdown`, its connections, its name. */
  stop(): Promise<void> {
    this.#stopping ??= runAsNobody(() => this.#stop())
    return this.#stopping
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #stop(): Promise<void> {
    await leaveGlobal(this.kernel)
    const left = this.peers.stop()
    for (const process of this.kernel.processes()) process.exit(atom('shutdown'))
    if (defaultKernel() === this.kernel) setDefaultKernel(undefined)
    running.delete(this.kernel)
    this.#endLog()
    await this.#close()
    await left
  }

  async #adviseOnEpmd(host: string): Promise<void> {
    const advice = await loopbackOnly(host).catch(() => undefined)
    if (advice) report({ kernel: this.kernel, level: 'warning', text: advice })
  }
}

const running = new WeakMap<Kernel, RunningNode>()

/** The node whose code this is, if it is one with a name. */
export function currentNode(): RunningNode | undefined {
  const kernel = currentProcess()?.kernel ?? defaultKernel()
  return kernel && running.get(kernel)
}

/** The node whose code this is. @throws Error when it has no name */
export function requireNode(word: string): RunningNode {
  const node = currentNode()
  if (node) return node
  throw new Error(
    `${word} needs a node with a name, and this one has none. Start it with await Node.start({ name: 'alex@localhost' }), ` +
      'or the shell with moebi shell --sname alex@localhost.',
  )
}

function registerName(
  name: string,
  port: number,
  loopback: boolean,
  { hidden = false, epmdCommand = defaultEpmdCommand() }: NodeOptions,
  tell: (text: string) => void,
): Promise<Registration> {
  return register({
    name,
    port,
    hidden,
    onLost: ({ message }) => tell(message),
    bringUp: () => ensureEpmd({ loopback, command: epmdCommand }),
  })
}
