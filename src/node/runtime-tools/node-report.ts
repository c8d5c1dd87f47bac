import { performance } from 'node:perf_hooks'
import { getHeapSpaceStatistics } from 'node:v8'
import { Atom, atom, type Term, tuple } from '../../term/index.ts'
import type { ToolHost } from './host.ts'

const ERLANG = atom('erlang') as Atom
const UNDEFINED = atom('undefined')
const NANOSECONDS = 1_000_000

/** Items of `observer_backend:sys_info/0` that are items of `erlang:system_info/1`. */
const SYSTEM_ITEMS = [
  'logical_processors',
  'logical_processors_online',
  'logical_processors_available',
  'schedulers',
  'schedulers_online',
  'otp_release',
  'version',
  'system_architecture',
  'kernel_poll',
  'smp_support',
  'threads',
  'thread_pool_size',
  'process_count',
  'atom_limit',
  'atom_count',
  'process_limit',
  'port_limit',
  'port_count',
  'ets_limit',
  'ets_count',
  'dist_buf_busy_limit',
] as const

/** Returns the result of a function of `erlang`; `undefined` where it fails, as on a node without the library. */
export async function askErlang({ kernel }: ToolHost, name: string, ...args: Term[]): Promise<Term> {
  try {
    return (await kernel.apply(ERLANG, Atom.intern(name), args)) as Term
  } catch {
    return UNDEFINED
  }
}

/** `observer_backend:sys_info/0` */
export async function systemReport(host: ToolHost): Promise<Term> {
  const { received, sent } = host.peers.bytes()
  const items = await Promise.all(
    SYSTEM_ITEMS.map(async (name) => tuple(atom(name), await askErlang(host, 'system_info', atom(name)))),
  )
  return [
    tuple(atom('uptime'), Math.round(process.uptime() * 1000)),
    tuple(atom('run_queue'), host.kernel.runQueue.length),
    tuple(atom('io_input'), received),
    tuple(atom('io_output'), sent),
    tuple(atom('schedulers_available'), 1),
    tuple(atom('wordsize_internal'), 8),
    tuple(atom('wordsize_external'), 8),
    tuple(atom('alloc_info'), heapSpaces()),
    ...items,
    ...(await memory(host)),
  ]
}

/** Returns the spaces of the heap of V8 in the form of the allocators of a BEAM, each with its used and its reserved bytes. */
function heapSpaces(): Term {
  return getHeapSpaceStatistics().map(({ space_name, space_used_size, space_size }) => {
    const size = tuple(atom('size'), space_used_size, space_used_size, space_used_size)
    const blocks = tuple(atom('blocks'), [tuple(atom('v8'), [size])])
    const carriers = tuple(atom('carriers_size'), space_size, space_size, space_size)
    const instance = tuple(atom('instance'), 0, [tuple(atom('mbcs'), [blocks, carriers])])
    return tuple(Atom.intern(space_name), [instance])
  })
}

/** Returns bytes by kind of memory, as `erlang:memory/0`. */
export async function memory(host: ToolHost): Promise<readonly Term[]> {
  const all = await askErlang(host, 'memory')
  return Array.isArray(all) ? all : []
}

/** `erlang:statistics(io)`: the bytes of all connections to other nodes. */
export function ioStatistics({ peers }: ToolHost): Term {
  const { received, sent } = peers.bytes()
  return tuple(tuple(atom('input'), received), tuple(atom('output'), sent))
}

/**
 * The time that the one scheduler was busy, and all time, in nanoseconds: the utilization of the event loop, in the form of
 * `erlang:statistics(scheduler_wall_time)`.
 */
export function schedulerWallTime(): Term {
  const { active, idle } = performance.eventLoopUtilization()
  return [tuple(1, Math.round(active * NANOSECONDS), Math.round((active + idle) * NANOSECONDS))]
}
