import { performance } from 'node:perf_hooks'
import { type Kernel, nodeAtom } from '../../process/index.ts'
import { type Atom, nameToAtom } from '../../term/index.ts'
import type { PeerTable } from '../peers/index.ts'

/** Delay of the event loop in ms above which a node counts as unhealthy. */
const MAX_LAG = 1_000

/** Whether a node runs, and figures that say how it is. */
export interface Health {
  /** Whether the node runs and its event loop is less than a second late. */
  readonly ok: boolean
  readonly node: string
  /** Milliseconds since the program started. */
  readonly uptime: number
  /** How late the event loop is, in ms, measured now. */
  readonly lag: number
  readonly processes: number
  /** Number of processes that wait for their turn. */
  readonly runQueue: number
  /** The nodes that are connected. */
  readonly nodes: readonly string[]
  /** Bytes that the program holds of the machine's memory. */
  readonly memory: number
}

/** What has to be there before a node is ready. */
export interface ReadyOptions {
  /** Registered names on this node. */
  readonly names?: readonly (string | Atom)[]
  /** Nodes that must be connected. */
  readonly nodes?: readonly (string | Atom)[]
}

/** Whether a node can take work. */
export interface Readiness {
  readonly ok: boolean
  /** What is missing, in sentences. Empty for a node that is ready. */
  readonly missing: readonly string[]
}

/** Measures the health of a node. */
export async function healthOf(kernel: Kernel, peers: PeerTable, running: boolean): Promise<Health> {
  const lag = await measureLag()
  return {
    ok: running && lag < MAX_LAG,
    node: kernel.name.name,
    uptime: Math.round(process.uptime() * 1000),
    lag: Math.round(lag),
    processes: kernel.processes().length,
    runQueue: kernel.runQueue.length,
    nodes: peers.list('connected').map(({ name }) => name),
    memory: process.memoryUsage.rss(),
  }
}

export function readinessOf(
  kernel: Kernel,
  peers: PeerTable,
  running: boolean,
  { names = [], nodes = [] }: ReadyOptions,
): Readiness {
  const missing = [
    ...(running ? [] : [`the node ${kernel.name.name} stops`]),
    ...names
      .filter((name) => !kernel.whereis(nameToAtom(name)))
      .map((name) => `no process is registered as ${name}`),
    ...nodes.filter((node) => !peers.connection(nodeAtom(node))).map((node) => `${node} is not connected`),
  ]
  return { ok: missing.length === 0, missing }
}

/** Returns by how many ms the event loop is late with a timer. */
function measureLag(): Promise<number> {
  const start = performance.now()
  return new Promise((resolve) => {
    setTimeout(() => resolve(Math.max(0, performance.now() - start - 1)), 1)
  })
}
