import { receive, requireProcess, THIS_NODE } from '../../process/index.ts'
import {
  _,
  type Atom,
  after,
  atom,
  badarg,
  charlist,
  ErlangError,
  ok,
  on,
  Pid,
  type Term,
  tuple,
} from '../../term/index.ts'
import { startApplicationMonitor } from './application-monitor.ts'
import type { ToolHost } from './host.ts'
import { ioStatistics, memory, schedulerWallTime, systemReport } from './node-report.ts'
import { processCount } from './process-count.ts'
import { sendProcesses, sendSummary } from './process-report.ts'
import { sendTable, tableList } from './tables.ts'
import { traceModules } from './trace.ts'
import { controlPort } from './trace-port.ts'

/** The version of `runtime_tools` whose functions are here, that of OTP 25. The tools need one, and compare nothing. */
const VERSION = charlist('1.19')
/** The only answer without trace files that `ttb` takes. */
const NOT_INITIALIZED = tuple(atom('badrpc'), atom('nodedown'))

const ERLANG = atom('erlang') as Atom
const STATISTICS = atom('statistics') as Atom
const IO = atom('io')

/** Defines the functions that the tools of OTP call on a node: `observer`, `etop`, `dbg`, and `recon:proc_count/2`. */
export function defineRuntimeTools(host: ToolHost): void {
  const { kernel } = host
  const modules: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    ...traceModules,
    ':erlang': {
      ...traceModules[':erlang'],
      port_control: (port: Term, command: Term, _data: Term) => controlPort(kernel, port, command),
      statistics: (item: Term) =>
        item === IO ? ioStatistics(host) : kernel.undefinedFunction(ERLANG, STATISTICS, [item]),
    },
    ':appmon_info': {
      start_link2: (starter: Term, client: Term, _options: Term) =>
        startApplicationMonitor(host, starter, pidOf(client)),
    },
    ':observer_backend': {
      etop_collect: (to: Term) => sendSummary(host, pidOf(to)),
      fetch_stats: (to: Term, ms: Term) => sendStatistics(host, pidOf(to), ms),
      // There are no ports, and no sockets of the module socket.
      get_port_list: () => [],
      get_socket_list: () => [],
      get_table: (to: Term, table: Term, kind: Term) => sendTable(host, pidOf(to), table, kind),
      get_table_list: (kind: Term, options: Term) => tableList(host, kind, options),
      procs_info: (to: Term) => sendProcesses(host, pidOf(to)),
      socket_info: () => [],
      sys_info: () => systemReport(host),
      ttb_init_node: (_file: Term, _withNames: Term, _session: Term) => NOT_INITIALIZED,
      ttb_stop: (_tracer: Term) => ok,
      ttb_write_trace_info: (_tracer: Term, _key: Term, _what: Term) => ok,
      vsn: () => tuple(ok, VERSION),
    },
    ':recon': { proc_count: (item: Term, count: Term) => processCount(kernel, item, count) },
  }
  for (const [name, functions] of Object.entries(modules)) kernel.modules.define(name, functions, THIS_NODE)
}

function pidOf(to: Term): Pid {
  if (to instanceof Pid) return to
  throw new ErlangError(badarg)
}

/** `observer_backend:fetch_stats/2`: sends the load, the input and output, and the memory every `ms` until it gets a message. */
async function sendStatistics(host: ToolHost, to: Pid, ms: Term): Promise<void> {
  const self = requireProcess('observer_backend:fetch_stats')
  if (typeof ms !== 'number' || ms < 0) throw new ErlangError(badarg)
  self.trapExit = true
  for (let stopped = false; !stopped; ) {
    stopped = await receive(
      on(_, () => true),
      after(ms, () => false),
    )
    if (stopped) return
    const statistics = tuple(atom('stats'), 1, schedulerWallTime(), ioStatistics(host), await memory(host))
    host.kernel.send(self.pid, to, statistics)
  }
}
