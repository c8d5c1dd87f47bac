import { receive, requireProcess } from '../../process/index.ts'
import { _, atom, ErlangError, is, on, Pid, type Term, tuple } from '../../term/index.ts'
import { openTracePort } from './trace-port.ts'

const STARTED = atom('started')
const EXIT = atom('EXIT')
const PORT = atom('port')

const SENTENCE =
  'This is a Moebi node: JavaScript cannot be traced by the functions of Erlang. sys:trace/2 traces the messages of a server.'
const NOT_TRACED: Term = tuple(atom('notsup'), SENTENCE)

function refuse(): never {
  throw new ErlangError(NOT_TRACED)
}

/**
 * `dbg:do_relay/2,3`: the process that `dbg:n/1` starts on a node, and whose message it waits for without a limit. The relay has
 * nothing to forward; `dbg:p/2` and the messages of the tracer say why.
 */
async function relay(...args: readonly Term[]): Promise<void> {
  const process = requireProcess('dbg:do_relay')
  const { kernel, pid } = process
  process.trapExit = true
  const parent = args.at(-2)
  if (!(parent instanceof Pid)) return
  const tracer = is(args.at(-1), [PORT, _]) ? await openTracePort(process, SENTENCE) : pid
  // OTP 27 and later name a session.
  const started = args.length > 2 ? tuple(STARTED, tracer, kernel.makeRef()) : tuple(STARTED, tracer)
  kernel.send(pid, parent, started)
  await receive(on([EXIT, _, _], () => {}))
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
