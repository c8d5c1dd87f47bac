import { inspect } from 'node:util'
import { systemClock } from '../clock/index.ts'
import {
  type ConnectionSocket,
  hostMismatch,
  requestName,
  type TlsOption,
  TlsSettings,
} from '../distribution/index.ts'
import { isLoopbackHost, loopbackOnlyWarning } from '../epmd/index.ts'
import type { Device } from '../io/index.ts'
import { type Print, printToTerminal } from '../logger/index.ts'
import { explaining, requireNetwork } from '../permission/index.ts'
import { type Kernel, LocalKernel, report, runOutsideProcesses, setDefaultKernel } from '../process/index.ts'
import { type Atom, atom, type Floats, floatsOption } from '../term/index.ts'
import {
  announce,
  checkDiscoveryOptions,
  type DiscoveryOptions,
  isReachable,
  tcpDialer,
} from './discovery/index.ts'
import type { GlobalOptions } from './global/index.ts'
import {
  Cookies,
  type DistBufferFull,
  type FlowControlOptions,
  fileCookie,
  flowControlOptions,
  type NodeName,
  ownNodeName,
  PeerTable,
  RefusalLog,
} from './peers/index.ts'
import { type Allow, checkLimits, Guard, isProfile, type Limits, type Profile } from './policy/index.ts'
import { RunningNode } from './running-node.ts'
import { standardDevice } from './standard-device.ts'

/** Lets a node run functions that were typed at other nodes. */
export type ClosureServer = (node: RunningNode) => void

/** Options of `Node.start`. */
export interface NodeOptions extends DiscoveryOptions, GlobalOptions {
  /**
   * `alex@localhost`, or `alex` for a node with the name of this machine as its host. `dynamic` and `undefined`: the node that
   * `contact` names gives this one a name; `dynamic@HOST` also sets the host.
   */
  readonly name: string
  /**
   * The node that gives this one a name, for a `name` of `dynamic`. The name comes with the connection to it, which must succeed. A
   * node with such a name is hidden, is not registered at epmd, and other nodes cannot connect to it.
   */
  readonly contact?: string
  /** Whether hosts are fully qualified (`--name`). Nodes with long names and nodes with short names cannot connect. Default: false. */
  readonly longNames?: boolean
  /** The shared secret. Default: the content of `~/.erlang.cookie`, which is created if it does not exist. */
  readonly cookie?: string
  /** Whether the node is left out of `Node.list()` of other nodes and takes no part in `global`. Default: false. */
  readonly hidden?: boolean
  /** A peer that sent nothing for this many ms is down. Must be the same on all nodes. Default: 60,000. */
  readonly netTickTime?: number
  /**
   * Bytes that may wait for another node before the processes that send to it are suspended, see docs/flow-control.md. `+zdbbl` of
   * `erl`. Default: 1 MiB.
   */
  readonly distBufferBusyLimit?: number
  /** Bytes that code that does not wait can add. Default: 32 MiB. */
  readonly distBufferLimit?: number
  /**
   * What happens to such code: `'refuse'`, its send throws a `BusyDistPortError`, or `'exit'`, its process also ends with the reason
   * `{busy_dist_port, node}`. Default: `'refuse'`.
   */
  readonly distBufferFull?: DistBufferFull
  /**
   * How long, in ms, connections get ticks while the program computes and handles no events: other nodes close a connection that was
   * silent for `netTickTime`. A thread writes the ticks, and a warning in the log has the code that ran. The thread takes 8 MiB; it
   * starts with the first connection. Not over TLS, nor on Windows. Default: 0.
   */
  readonly tickWhileBlocked?: number
  /**
   * Longest time in ms to connect to another node: `Node.connect`, a message or a spawn request that waits for the connection
   * has failed after that time in any case. Default: 7,000.
   */
  readonly connectTimeout?: number
  /**
   * What a float without a fraction is that arrives from a BEAM node: `'exact'`, a `Float`, which is sent on as a float, or
   * `'number'`, a number, which is sent on as an integer. Default: `'exact'`.
   */
  readonly floats?: Floats
  /** Takes the output of processes that have no other group leader. Default: standard input and output. */
  readonly device?: Device
  /** Takes the lines of the log. Default: standard error. */
  readonly log?: Print
  /** Opens shells for other nodes: `remoteShell` of `moebi/shell`. Default: remote shells are refused. */
  readonly remoteShell?: (kernel: Kernel) => void
  /**
   * Runs functions that were typed at other nodes: `serveFuns` of `moebi/erl-eval` for nodes of Erlang and Elixir,
   * `serveClosures` of `moebi/closure` for Moebi shells, or both in an array. Default: such functions are refused.
   */
  readonly closures?: ClosureServer | readonly ClosureServer[]
  /**
   * Whether other nodes can call functions of the libraries of Erlang and Elixir here by name, such as `lists:reverse/1`, as on
   * every BEAM node. The remote shell of iex needs them too. Default: true.
   */
  readonly library?: boolean
  /**
   * What other nodes may do here: the name of a profile, or a function that decides for each request. Default: `'exports'`, the functions
   * and registered names of the program, and the processes whose pids it has sent. A shell has `'open'`.
   */
  readonly allow?: Allow | Profile
  /** Limits for what other nodes send. A node that exceeds one is disconnected, and the log names the limit. Default: see {@link Limits}. */
  readonly limits?: Limits
  /**
   * Whether other nodes may end this program with `erlang:halt`, `init:stop` or `System.halt`. Default: false.
   */
  readonly allowHalt?: boolean
  /**
   * Encrypts the connections and verifies the nodes: a folder with `node.pem`, `node.key` and `ca.pem`, as `moebi cert` writes it, or
   * the paths and rules. All nodes of a cluster need it: `-proto_dist inet_tls` on a BEAM. Default: no TLS.
   */
  readonly tls?: TlsOption
}

/** Longest time in ms of a timer of Node.js. */
const MAX_TIMEOUT = 2 ** 31 - 1

/** Returns the kernel of a node that starts. */
export type KernelFactory = (name: Atom, creation: number) => Kernel

const newKernel: KernelFactory = (name, creation) => new LocalKernel({ name, creation, clock: systemClock })

/**
 * Starts a node: opens its port, registers its name at epmd and starts its system processes.
 *
 * @param kernelFor called when the name is registered; a kernel that it returns may have processes already, and must have the name
 * @throws TypeError for an invalid name, cookie or option; Error when the name is in use, or there is no usable cookie
 */
export async function startNode(
  options: NodeOptions,
  kernelFor: KernelFactory = newKernel,
): Promise<RunningNode> {
  requireNetwork('Node.start needs the network')
  const { connectTimeout = 7_000 } = options
  if (!isTimeout(connectTimeout))
    throw new TypeError(
      `Node.start: connectTimeout is ${inspect(connectTimeout)}, expected milliseconds: a number greater than 0 and at most ` +
        `${MAX_TIMEOUT}. Leave it out for 7000.`,
    )
  checkDiscoveryOptions(options)
  checkAllow(options.allow)
  checkLimits(options.limits)
  if ('globalGroups' in options)
    throw new TypeError(
      'Node.start: Moebi nodes cannot be members of a global group. Leave out globalGroups; connectAll: false keeps the node ' +
        'out of the network of its peers.',
    )
  const { tickWhileBlocked = 0 } = options
  if (typeof tickWhileBlocked !== 'number' || !(tickWhileBlocked >= 0))
    throw new TypeError(
      `Node.start: tickWhileBlocked is ${inspect(tickWhileBlocked)}, expected milliseconds, such as 300_000, or 0.`,
    )
  const reachable = !isDynamic(options.name) && isReachable(options, nodeNameOf(options).host)
  const settings = {
    ...options,
    connectTimeout,
    flow: flowControlOptions(options),
    floats: floatsOption(options.floats, 'Node.start'),
    cookies: new Cookies(options.cookie ?? fileCookie(), { reachable }),
    tls:
      options.tls === undefined
        ? undefined
        : explaining(() => new TlsSettings(options.tls!), 'Node.start reads the files of TLS'),
  }
  return runOutsideProcesses(() =>
    isDynamic(options.name) ? startDynamicNode(settings, kernelFor) : startNamedNode(settings, kernelFor),
  )
}

function checkAllow(allow: unknown): void {
  if (allow === undefined || typeof allow === 'function' || isProfile(allow)) return
  throw new TypeError(
    `Node.start: allow is ${inspect(allow)}, expected 'open', 'exports', 'observe', or a function of { peer, operation, target } ` +
      'that returns whether the peer may do it.',
  )
}

interface Settings extends Omit<NodeOptions, 'floats' | 'tls'> {
  readonly connectTimeout: number
  readonly flow: FlowControlOptions
  readonly floats: ReturnType<typeof floatsOption>
  readonly cookies: Cookies
  readonly tls: TlsSettings | undefined
}

async function startNamedNode(settings: Settings, kernelFor: KernelFactory): Promise<RunningNode> {
  const name = nodeNameOf(settings)
  const hidden = settings.hidden === true || settings.distListen === false
  const { promise: started, resolve: onStarted } = promiseWithResolver<RunningNode>()
  const presence = await announce({
    ...settings,
    name,
    hidden,
    onSocket: (socket) => void started.then(({ peers }) => peers.accept(socket)),
    onTlsError: (...refused) => void started.then(({ peers }) => peers.refuse(...refused)),
    onEpmdLost: ({ message: text }) =>
      void started.then(({ kernel }) => report({ kernel, level: 'warning', text })),
  })
  try {
    const kernel = kernelFor(atom(name.full) as Atom, presence.creation)
    const node = runNode(kernel, settings, hidden, () => Promise.resolve(presence.close()))
    onStarted(node)
    if (presence.port !== undefined && isReachable(settings, name.host)) {
      if (!settings.tls) warnWithoutTls(kernel, presence.port, settings.inetDistUseInterface)
      if (presence.atEpmd) void warnIfEpmdIsLoopbackOnly(kernel, name.host)
    }
    return node
  } catch (error) {
    await presence.close()
    throw error
  }
}

/** Starts a node whose name comes from another node. @see `net_kernel.erl`, dynamic node names */
async function startDynamicNode(settings: Settings, kernelFor: KernelFactory): Promise<RunningNode> {
  const { name, contact, longNames = false, connectTimeout, cookies } = settings
  if (contact === undefined)
    throw new TypeError(
      `Node.start: a node with the name ${inspect(name)} needs the option contact, the node that gives it a name, such as ` +
        "{ name: 'dynamic', contact: 'kate@localhost' }; a command needs --contact kate@localhost.",
    )
  const peer = ownNodeName(contact, longNames)
  const [, host = isLoopbackHost(peer.host) ? peer.host : ownNodeName('own', longNames).host] =
    name.split('@')
  const contacted = atom(peer.full) as Atom
  const dial = tcpDialer({ ...settings, self: `a node of ${host}`, longNames, timeout: connectTimeout })
  const socket = await dial(contacted, AbortSignal.timeout(connectTimeout))
  const cookieFor = (node: string): string => cookies.for(node)
  const named = await requestName(socket, { peer: contacted, host, cookieFor, timeout: connectTimeout })
  const kernel = kernelFor(atom(named.given.name) as Atom, named.given.creation)
  const node = runNode(kernel, settings, true, () => Promise.resolve())
  node.peers.adopt(named)
  return node
}

function isDynamic(name: string): boolean {
  return /^(dynamic|undefined)(@|$)/.test(name)
}

/** @param close closes what the name needs; called when the node stops */
function runNode(
  kernel: Kernel,
  settings: Settings,
  hidden: boolean,
  close: () => Promise<unknown>,
): RunningNode {
  const { longNames = false, connectTimeout, floats, cookies, tls } = settings
  const ownDevice = settings.device ? undefined : standardDevice()
  const refused = new RefusalLog(kernel, 'requests')
  const { allow = 'exports' } = settings
  const guard =
    allow === 'open' ? undefined : new Guard(kernel, allow, (...refusal) => refused.add(...refusal))
  if (guard) kernel.checkNamed = (...call) => guard.check(...call)
  const peers = new PeerTable({
    kernel,
    deliver: guard && ((signal, peer) => guard.deliver(signal, peer)),
    hidden,
    cookies,
    dial: tcpDialer({ ...settings, self: kernel.name.name, longNames, timeout: connectTimeout }),
    tickTime: settings.netTickTime ?? 60_000,
    tickWhileBlocked: settings.tickWhileBlocked,
    connectTimeout,
    flow: settings.flow,
    floats,
    limits: settings.limits,
    nameRefusal: tls?.checkHost ? refuseOtherHost : undefined,
  })
  const node = new RunningNode({
    peers,
    cookies,
    hidden,
    device: settings.device ?? ownDevice!,
    log: settings.log ?? printToTerminal,
    library: settings.library ?? true,
    global: settings,
    guard,
    halt: settings.allowHalt ? haltProgram : undefined,
    close: async () => {
      ownDevice?.close()
      refused.stop()
      await close()
    },
  })
  setDefaultKernel(kernel)
  settings.remoteShell?.(kernel)
  for (const serve of [settings.closures ?? []].flat() as readonly ClosureServer[]) serve(node)
  return node
}

function refuseOtherHost(socket: ConnectionSocket, node: string): string | undefined {
  return hostMismatch(socket, node.slice(node.indexOf('@') + 1))
}

// At SIGTERM the applications of the program are stopped in order, as at init:stop on a BEAM.
function haltProgram(status: number | 'stop'): void {
  if (status === 'stop') process.kill(process.pid, 'SIGTERM')
  else process.exit(status)
}

function isTimeout(value: unknown): boolean {
  return typeof value === 'number' && value > 0 && value <= MAX_TIMEOUT
}

function nodeNameOf({ name, longNames = false }: Pick<NodeOptions, 'name' | 'longNames'>): NodeName {
  return ownNodeName(name, longNames)
}

function warnWithoutTls(kernel: Kernel, port: number, address = 'all addresses of this machine'): void {
  const text =
    `${kernel.name.name} listens on port ${port} of ${address}, without TLS. Who can reach the port and has ` +
    'the cookie can call its functions; who can read the network can read its messages, and change them. Close the port to ' +
    'other networks and use TLS (moebi cert DIR, --tls DIR), or use one machine only: a name such as app@localhost.'
  report({ kernel, level: 'warning', text })
}

async function warnIfEpmdIsLoopbackOnly(kernel: Kernel, host: string): Promise<void> {
  const warning = await loopbackOnlyWarning(host).catch(() => undefined)
  if (warning) report({ kernel, level: 'warning', text: warning })
}

// Promise.withResolvers, which Node.js 20 does not have.
function promiseWithResolver<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void
  const promise = new Promise<T>((fulfil) => {
    resolve = fulfil
  })
  return { promise, resolve }
}
