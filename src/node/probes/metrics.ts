import { performance } from 'node:perf_hooks'
import type { Kernel } from '../../process/index.ts'
import type { PeerTable } from '../peers/index.ts'

type Labels = Readonly<Record<string, string>>
type Sample = readonly [value: number, labels?: Labels]

/** Returns the figures of a node in the text format of Prometheus. */
export function metricsOf(kernel: Kernel, peers: PeerTable): string {
  const queues = kernel.processes().map(({ mailbox }) => mailbox.length)
  const connected = peers.list('connected')
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed } = process.memoryUsage()
  const stats = connected.flatMap((peer) => {
    const { stats } = peers.connection(peer) ?? {}
    return stats ? [{ peer: peer.name, stats }] : []
  })
  const metrics: readonly (readonly [
    name: string,
    type: 'gauge' | 'counter',
    help: string,
    samples: readonly Sample[],
  ])[] = [
    ['moebi_processes', 'gauge', 'Number of processes.', [[queues.length]]],
    [
      'moebi_run_queue_length',
      'gauge',
      'Number of processes that wait for their turn.',
      [[kernel.runQueue.length]],
    ],
    [
      'moebi_mailbox_messages',
      'gauge',
      'Number of messages in all mailboxes.',
      [[queues.reduce((a, b) => a + b, 0)]],
    ],
    [
      'moebi_mailbox_longest',
      'gauge',
      'Number of messages in the longest mailbox.',
      [[queues.reduce((a, b) => Math.max(a, b), 0)]],
    ],
    ['moebi_connected_nodes', 'gauge', 'Number of connected nodes.', [[connected.length]]],
    [
      'moebi_distribution_bytes_total',
      'counter',
      'Bytes of the connection to a node.',
      stats.flatMap(({ peer, stats: { bytesIn, bytesOut } }): Sample[] => [
        [bytesIn, { peer, direction: 'in' }],
        [bytesOut, { peer, direction: 'out' }],
      ]),
    ],
    [
      'moebi_distribution_signals_total',
      'counter',
      'Signals of the connection to a node.',
      stats.flatMap(({ peer, stats: { signalsIn, signalsOut } }): Sample[] => [
        [signalsIn, { peer, direction: 'in' }],
        [signalsOut, { peer, direction: 'out' }],
      ]),
    ],
    [
      'nodejs_eventloop_utilization',
      'gauge',
      'Share of the time that the event loop was busy, since the start.',
      [[performance.eventLoopUtilization().utilization]],
    ],
    ['nodejs_heap_size_used_bytes', 'gauge', 'Bytes of the heap of JavaScript that are used.', [[heapUsed]]],
    ['process_resident_memory_bytes', 'gauge', 'Bytes of memory that the program holds.', [[rss]]],
    [
      'process_cpu_seconds_total',
      'counter',
      'Seconds of a processor that the program has used.',
      [[(user + system) / 1e6]],
    ],
    [
      'process_start_time_seconds',
      'gauge',
      'Time of the start of the program, in seconds since 1970.',
      [[performance.timeOrigin / 1000]],
    ],
  ]
  const node = kernel.name.name
  return metrics
    .map(([name, type, help, samples]) =>
      [
        `# HELP ${name} ${help}`,
        `# TYPE ${name} ${type}`,
        ...samples.map(([value, labels]) => `${name}${labelText({ node, ...labels })} ${value}`),
      ].join('\n'),
    )
    .join('\n')
    .concat('\n')
}

function labelText(labels: Labels): string {
  const quoted = (text: string): string =>
    text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${quoted(value)}"`)
    .join(',')}}`
}
