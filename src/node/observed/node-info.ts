import type { Kernel } from '../../process/index.ts'
import type { Atom, Term } from '../../term/index.ts'
import type { PeerTable } from '../peers/index.ts'
import { eventLoopLag } from './event-loop-lag.ts'

/** Longest list that is told of the zombies of a node. */
const MOST_ZOMBIES = 100

/** Returns what a node tells about itself. Bytes of memory are those of the whole program. */
export function nodeInfo(peers: PeerTable): Term {
  const { kernel } = peers
  const { rss, heapTotal, heapUsed, external } = process.memoryUsage()
  return {
    release: `Node.js ${process.versions.node}`,
    os_pid: process.pid,
    uptime: Math.round(process.uptime()),
    processes: kernel.processes().length,
    run_queue: kernel.runQueue.length,
    memory: { total: rss, heap_total: heapTotal, heap_used: heapUsed, external },
    lag: eventLoopLag(),
    tick_time: peers.tickTime,
    links: peers.list('connected').map((name) => linkInfo(peers, name)),
    zombies: zombiesOf(kernel),
  }
}

function linkInfo(peers: PeerTable, name: Atom): Term {
  const connection = peers.connection(name)
  if (!connection) return { node: name }
  const { stats, buffered, peer } = connection
  return {
    node: name,
    hidden: peer.hidden,
    bytes_in: stats.bytesIn,
    bytes_out: stats.bytesOut,
    signals_in: stats.signalsIn,
    signals_out: stats.signalsOut,
    queue: buffered,
  }
}

function zombiesOf(kernel: Kernel): Term {
  return kernel.zombies
    .list()
    .slice(0, MOST_ZOMBIES)
    .map(({ pid, label, reason, since }) => ({
      pid,
      label,
      reason: kernel.inspect(reason),
      ms: Math.round(kernel.clock.now() - since),
    }))
}
