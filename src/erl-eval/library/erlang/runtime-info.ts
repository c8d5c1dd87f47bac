import { arch, availableParallelism, cpus, endianness, platform } from 'node:os'
import { getHeapCodeStatistics } from 'node:v8'
import type { Kernel } from '../../../process/index.ts'
import { Atom, atom, atomCount, TupleClass, tuple } from '../../../term/index.ts'
import { currentMachine } from '../../machine/index.ts'
import { badarg, type Functions, fromTerm, isAtom, isList, items, listOf, NIL } from '../../value/index.ts'
import { charlistOf } from './conversion.ts'

// What a BEAM says about itself. An item that means nothing in a Node.js process (a word of a heap, a driver) is `badarg`, as an
// item that the release of a BEAM does not have. Tools divide a count by its limit, so each limit is a number.

/**
 * The OTP release that a node reports. Tools choose by it how they talk to the node: `iex --remsh` starts its remote shell as
 * on that release.
 */
const OTP_RELEASE = '29'

const kernel = (): Kernel => currentMachine().process.kernel
/** Most entries of a Map of V8, in which atoms and tables are. */
const MAP_LIMIT = 2 ** 24
/** Number of pids that the external term format has for a node at a time. */
const PID_LIMIT = 2 ** 28
/** The default of a BEAM. There are no ports. */
const PORT_LIMIT = 65_536

const text = (value: string) => (): unknown => charlistOf(value)
const constant = (value: unknown) => (): unknown => value

/** Items of `erlang:system_info/1`. */
const systemItems: Readonly<Record<string, () => unknown>> = {
  alloc_util_allocators: constant(NIL),
  allocated_areas: constant(NIL),
  atom_count: () => atomCount(),
  atom_limit: constant(MAP_LIMIT),
  build_type: constant(atom('opt')),
  compat_rel: constant(Number(OTP_RELEASE)),
  cpu_topology: constant(atom('undefined')),
  creation: () => kernel().creation,
  debug_compiled: constant(false),
  dirty_cpu_schedulers: constant(0),
  dirty_cpu_schedulers_online: constant(0),
  dirty_io_schedulers: constant(0),
  dynamic_trace: constant(atom('none')),
  dynamic_trace_probes: constant(false),
  emu_flavor: constant(atom('jit')),
  emu_type: constant(atom('opt')),
  endian: () => atom(endianness() === 'LE' ? 'little' : 'big'),
  ets_count: constant(0),
  ets_limit: constant(MAP_LIMIT),
  garbage_collection: constant(NIL),
  heap_type: constant(atom('private')),
  kernel_poll: constant(true),
  lock_checking: constant(false),
  lock_counting: constant(false),
  logical_processors: () => cpus().length,
  logical_processors_available: () => availableParallelism(),
  logical_processors_online: () => cpus().length,
  machine: text('Moebi'),
  modified_timing_level: constant(atom('undefined')),
  multi_scheduling: constant(atom('disabled')),
  multi_scheduling_blockers: constant(NIL),
  normal_multi_scheduling_blockers: constant(NIL),
  otp_release: text(OTP_RELEASE),
  port_count: constant(0),
  port_limit: constant(PORT_LIMIT),
  process_count: () => kernel().processes().length,
  process_limit: constant(PID_LIMIT),
  scheduler_bind_type: constant(atom('unbound')),
  scheduler_bindings: constant(tuple(atom('unbound'))),
  scheduler_id: constant(1),
  schedulers: constant(1),
  schedulers_online: constant(1),
  smp_support: constant(false),
  start_time: () => Math.round(performance.timeOrigin * 1e6),
  system_architecture: () => charlistOf(`${MACHINES[arch()] ?? arch()}-${platform()}`),
  system_version: () => charlistOf(`Moebi [Node.js ${process.versions.node}]`),
  thread_pool_size: () => Number(process.env.UV_THREADPOOL_SIZE ?? 4),
  threads: constant(true),
  time_correction: constant(true),
  time_offset: constant(atom('volatile')),
  time_warp_mode: constant(atom('multi_time_warp')),
  trace_control_word: constant(0),
  version: () => charlistOf(process.versions.node),
  wordsize: constant(8),
}
const MACHINES: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64', ia32: 'i686' }

function systemInfo(item: unknown): unknown {
  if (item instanceof TupleClass) {
    const [first, second] = item.elements
    // A BEAM without an allocator of that name.
    if (first === ALLOCATOR) return false
    if (first === ALLOCATOR_SIZES) return NIL
    return first === WORDSIZE && (second === INTERNAL || second === EXTERNAL) ? 8 : badarg()
  }
  const name = item instanceof Atom ? item.name : ''
  return Object.hasOwn(systemItems, name) ? systemItems[name]!() : badarg()
}

const ALLOCATOR = atom('allocator')
const ALLOCATOR_SIZES = atom('allocator_sizes')
const WORDSIZE = atom('wordsize')
const INTERNAL = atom('internal')
const EXTERNAL = atom('external')

/** Bytes by kind of memory. `processes` is the heap of JavaScript, where the terms are; the system's share is the rest. */
function memoryItems(): Readonly<Record<string, number>> {
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage()
  const code = getHeapCodeStatistics()
  return {
    total: rss,
    processes: heapUsed,
    processes_used: heapUsed,
    system: rss - heapUsed,
    // Atoms are objects of the heap of JavaScript.
    atom: 0,
    atom_used: 0,
    binary: arrayBuffers,
    code: code.code_and_metadata_size + code.bytecode_and_metadata_size + code.external_script_source_size,
    ets: 0,
  }
}

function memory(asked: unknown = undefined): unknown {
  const known = memoryItems()
  const of = (item: unknown): number =>
    item instanceof Atom && Object.hasOwn(known, item.name) ? known[item.name]! : badarg()
  if (asked === undefined)
    return listOf(Object.entries(known).map(([name, bytes]) => tuple(atom(name), bytes)))
  if (isAtom(asked)) return of(asked)
  return isList(asked) ? listOf(items(asked).map((item) => tuple(item, of(item)))) : badarg()
}

/** Values of the last `runtime` and `wall_clock`: the second element is the difference from them. */
const last = { runtime: 0, wallClock: 0 }

function sinceLast(key: keyof typeof last, value: number): TupleClass {
  const before = last[key]
  last[key] = value
  return tuple(value, value - before)
}

/** Items of `erlang:statistics/1`. */
const statisticItems: Readonly<Record<string, () => unknown>> = {
  active_tasks: () => listOf([runQueueLength()]),
  active_tasks_all: () => listOf([runQueueLength()]),
  microstate_accounting: constant(atom('undefined')),
  run_queue: () => runQueueLength(),
  run_queue_lengths: () => listOf([runQueueLength()]),
  run_queue_lengths_all: () => listOf([runQueueLength()]),
  runtime: () => {
    const { user, system } = process.cpuUsage()
    return sinceLast('runtime', Math.round((user + system) / 1000))
  },
  scheduler_wall_time: constant(atom('undefined')),
  scheduler_wall_time_all: constant(atom('undefined')),
  total_active_tasks: () => runQueueLength(),
  total_active_tasks_all: () => runQueueLength(),
  total_run_queue_lengths: () => runQueueLength(),
  total_run_queue_lengths_all: () => runQueueLength(),
  wall_clock: () => sinceLast('wallClock', Math.round(process.uptime() * 1000)),
}

const runQueueLength = (): number => kernel().runQueue.length

function statistics(item: unknown): unknown {
  const name = item instanceof Atom ? item.name : ''
  return Object.hasOwn(statisticItems, name) ? statisticItems[name]!() : badarg()
}

/** Functions of `erlang` that describe the runtime: the system, its memory and its work. */
export const runtimeInfo: Functions = {
  system_info: systemInfo,
  memory,
  statistics,
  module_loaded: (module: unknown) => currentMachine().codeLoader.hasModule(module as Atom),
  ports: () => fromTerm([]),
}
