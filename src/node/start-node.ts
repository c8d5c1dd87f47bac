import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { systemClock } from '../clock/index.ts'
import { listen } from '../distribution/index.ts'
import { ensureEpmd, isLoopbackHost, loopbackOnlyWarning, register } from '../epmd/index.ts'
import type { Device } from '../io/index.ts'
import { type Print, printToTerminal } from '../logger/index.ts'
import { packageFolder } from '../package/index.ts'
import { type Kernel, LocalKernel, report, runOutsideProcesses, setDefaultKernel } from '../process/index.ts'
import { type Atom, atom, type Floats, floatsOption } from '../term/index.ts'
import { Cookies, epmdDialer, fileCookie, ownNodeName, PeerTable } from './peers/index.ts'
import { RunningNode } from './running-node.ts'
import { standardDevice } from './standard-device.ts'

/** Lets a node run functions that were typed at other nodes. */
export type ClosureServer = (node: RunningNode) => void

/** Options of `Node.start`. */
export interface NodeOptions {
  /** `alex@localhost`, or `alex` for a node with the name of this machine as its host. */
  readonly name: string
  /** Whether hosts are fully qualified (`--name`). Nodes with long names and nodes with short names cannot connect. Default: false. */
  readonly longNames?: boolean
  /** The shared secret. Default: the content of `~/.erlang.cookie`, which is created if it does not exist. */
  readonly cookie?: string
  /** Whether the node is left out of `Node.list()` of other nodes and takes no part in `global`. Default: false. */
  readonly hidden?: boolean
  /** A peer that sent nothing for this many ms is down. Must be the same on all nodes. Default: 60,000. */
  readonly netTickTime?: number
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
   * Whether other nodes may end this program with `erlang:halt`, `init:stop` or `System.halt`. Default: false.
   */
  readonly allowHalt?: boolean
  /** Arguments for Node.js that start an epmd if none is running. Default: the epmd of this package. */
  readonly epmdCommand?: readonly string[]
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
  const { longNames = false, hidden = false, connectTimeout = 7_000 } = options
  const name = ownNodeName(options.name, longNames)
  if (!isTimeout(connectTimeout))
    throw new TypeError(
      `Node.start: connectTimeout is ${inspect(connectTimeout)}, expected milliseconds: a number greater than 0 and at most ` +
        `${MAX_TIMEOUT}. Leave it out for 7000.`,
    )
  const floats = floatsOption(options.floats, 'Node.start')
  const cookies = new Cookies(options.cookie ?? fileCookie())
  const loopback = isLoopbackHost(name.host)
  return runOutsideProcesses(async () => {
    const { promise: started, resolve: onStarted } = promiseWithResolver<RunningNode>()
    const listener = await listen({ host: loopback ? '127.0.0.1' : '0.0.0.0' }, (socket) => {
      void started.then(({ peers }) => peers.accept(socket))
    })
    const ownDevice = options.device ? undefined : standardDevice()
    let onEpmdLost: (text: string) => void = () => {}
    try {
      const registration = await register({
        name: name.alive,
        port: listener.port,
        hidden,
        onLost: ({ message }) => onEpmdLost(message),
        ensureEpmd: () => ensureEpmd({ loopback, command: options.epmdCommand ?? defaultEpmdCommand() }),
      })
      const kernel = kernelFor(atom(name.full) as Atom, registration.creation)
      const peers = new PeerTable({
        kernel,
        hidden,
        cookies,
        dial: epmdDialer(name.full, longNames, connectTimeout),
        tickTime: options.netTickTime ?? 60_000,
        connectTimeout,
        floats,
      })
      const node = new RunningNode({
        peers,
        cookies,
        hidden,
        device: options.device ?? ownDevice!,
        log: options.log ?? printToTerminal,
        library: options.library ?? true,
        halt: options.allowHalt ? haltProgram : undefined,
        close: () => {
          ownDevice?.close()
          listener.close()
          return registration.close()
        },
      })
      onEpmdLost = (text) => report({ kernel, level: 'warning', text })
      setDefaultKernel(kernel)
      options.remoteShell?.(kernel)
      for (const serve of [options.closures ?? []].flat() as readonly ClosureServer[]) serve(node)
      onStarted(node)
      if (!loopback) void warnIfEpmdIsLoopbackOnly(kernel, name.host)
      return node
    } catch (error) {
      listener.close()
      throw error
    }
  })
}

// At SIGTERM the applications of the program are stopped in order, as at init:stop on a BEAM.
function haltProgram(status: number | 'stop'): void {
  if (status === 'stop') process.kill(process.pid, 'SIGTERM')
  else process.exit(status)
}

function isTimeout(value: unknown): boolean {
  return typeof value === 'number' && value > 0 && value <= MAX_TIMEOUT
}

/** Runs the epmd of this package. It ends when no node was registered for a minute. */
function defaultEpmdCommand(): string[] {
  return [fileURLToPath(new URL('bin/moebi.js', packageFolder)), 'epmd', '--idle', '60']
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
