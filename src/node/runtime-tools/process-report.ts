import { type Kernel, type LocalProcess, requireProcess } from '../../process/index.ts'
import { Atom, atom, inspect, type Pid, type Term, tuple } from '../../term/index.ts'
import { currentFunctionOf, startFunctionOf } from '../modules/index.ts'
import type { ToolHost } from './host.ts'
import { memory, schedulerWallTime } from './node-report.ts'

/** Most processes in one message of `procs_info/1`. */
const AT_ONCE = 10_000
const UNDEFINED = atom('undefined')

/** Returns the record `#etop_proc_info{}` of a process. Reductions and words of memory per process do not exist in Node.js. */
function processRecord(process: LocalProcess): Term {
  const name = process.registeredName ?? nameOf(process)
  const [memory, reductions, runtime] = [0, 0, 0]
  const queue = process.mailbox.length
  return tuple(
    atom('etop_proc_info'),
    process.pid,
    memory,
    reductions,
    name,
    runtime,
    currentFunctionOf(process),
    queue,
  )
}

/** Most characters of the name of a function that the tools get as an atom. */
const MAX_NAME = 60

/**
 * Returns the label that a process has given itself, as OTP 28 does, or the function with which it started. For a process of which
 * only the name of a function is known, it is that name, as an atom: `etop` prints a binary as numbers.
 */
function nameOf(process: LocalProcess): Term {
  const { givenLabel, origin, label } = process
  if (givenLabel !== undefined) return typeof givenLabel === 'string' ? givenLabel : inspect(givenLabel)
  return origin || label === '' ? startFunctionOf(process) : Atom.intern(label.slice(0, MAX_NAME))
}

function processRecords(kernel: Kernel): Term[] {
  const self = requireProcess('observer_backend')
  return kernel
    .processes()
    .filter((process) => process !== self)
    .map(processRecord)
}

/** `observer_backend:procs_info/1`: sends `{procs_info, self(), Records}` to a process, in parts. */
export function sendProcesses({ kernel }: ToolHost, to: Pid): void {
  const self = requireProcess('observer_backend')
  const records = processRecords(kernel)
  do kernel.send(self.pid, to, tuple(atom('procs_info'), self.pid, records.splice(0, AT_ONCE)))
  while (records.length > 0)
}

const MEMORY_KINDS = ['total', 'processes', 'ets', 'atom', 'code', 'binary']

/** `observer_backend:etop_collect/1`: sends `{self(), #etop_info{}}` to a process. */
export async function sendSummary(host: ToolHost, to: Pid): Promise<void> {
  const { kernel } = host
  const { pid } = requireProcess('observer_backend')
  const records = processRecords(kernel)
  const bytes = new Map(
    (await memory(host)).map((pair) => {
      const [kind, size] = (pair as { elements: readonly [Term, number] }).elements
      return [String(kind), size]
    }),
  )
  const now = Date.now()
  const info = tuple(
    atom('etop_info'),
    tuple(Math.floor(now / 1e9), Math.floor(now / 1e3) % 1e6, (now % 1e3) * 1e3),
    records.length,
    UNDEFINED,
    schedulerWallTime(),
    kernel.runQueue.length,
    [],
    MEMORY_KINDS.map((kind) => tuple(atom(kind), bytes.get(kind) ?? 0)),
    records,
  )
  kernel.send(pid, to, tuple(pid, info))
}
