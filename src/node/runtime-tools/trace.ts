import { receive, requireProcess } from '../../process/index.ts'
import { _, atom, ErlangError, on, Pid, type Term, tuple } from '../../term/index.ts'

const STARTED = atom('started')
const EXIT = atom('EXIT')

const NOT_TRACED: Term = tuple(
  atom('notsup'),
  'This is a Moebi node: JavaScript cannot be traced by the functions of Erlang. sys:trace/2 traces the messages of a server.',
)

function refuse(): never {
  throw new ErlangError(NOT_TRACED)
}

/**
 * `dbg:do_relay/2,3`: the process that `dbg:n/1` starts on a node, and whose message it waits for without a limit. The relay has
 * nothing to forward; `dbg:p/2` says why.
 */
async function relay(...args: readonly Term[]): Promise<void> {
  const { kernel, pid } = requireTrapping()
  const parent = args.at(-2)
  if (!(parent instanceof Pid)) return
  // OTP 27 and later name a session.
  const started = args.length > 2 ? tuple(STARTED, pid, kernel.makeRef()) : tuple(STARTED, pid)
  kernel.send(pid, parent, started)
  await receive(on([EXIT, _, _], () => {}))
}

function requireTrapping(): ReturnType<typeof requireProcess> {
  const process = requireProcess('dbg:do_relay')
  process.trapExit = true
  return process
}

/** Modules of Erlang that trace. Each function says why it does nothing. */
export const traceModules: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  ':dbg': {
    do_relay: (first: Term, second: Term, third: Term = undefined) =>
      third === undefined ? relay(first, second) : relay(first, second, third),
    // dbg shows what this returns in place of a number of processes.
    erlang_trace: (_pid: Term, _how: Term, _flags: Term, _session: Term = undefined) => NOT_TRACED,
    get_info: (_session: Term = undefined) => [],
    deliver_and_flush: (_port: Term) => [0],
  },
  ':erlang': {
    trace: (_what: Term, _how: Term, _flags: Term) => refuse(),
    trace_pattern: (_what: Term, _pattern: Term, _flags: Term = []) => refuse(),
    trace_info: (_what: Term, item: Term) => tuple(item, item === atom('flags') ? [] : false),
    trace_delivered: (_what: Term) => refuse(),
  },
  ':seq_trace': { set_system_tracer: (_tracer: Term) => refuse(), reset_trace: () => true },
  ':trace': {
    function: (_session: Term, _what: Term, _match: Term, _flags: Term) => refuse(),
    process: (_session: Term, _what: Term, _how: Term, _flags: Term) => refuse(),
    session_create: (_name: Term, _tracer: Term, _options: Term) => refuse(),
  },
}
