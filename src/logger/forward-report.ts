import type { Report } from '../process/index.ts'
import { type Atom, atom, charlist, ExportFun, isTuple, type Term, tuple } from '../term/index.ts'

const LOGGER_PROXY = atom('logger_proxy') as Atom

/**
 * Sends a report to the node of the process's group leader, as an event of OTP's logger. The crash of a process that was spawned
 * from another node is thus printed there. Returns false for a group leader on this node.
 */
export function forwardReport(report: Report): boolean {
  const { kernel, pid, groupLeader, text } = report
  if (!pid || !groupLeader || kernel.isLocal(groupLeader)) return false
  const send = (event: Term): void =>
    kernel.send(pid, { name: LOGGER_PROXY, node: groupLeader.node }, event, 'accept')
  try {
    send(logEvent(report))
  } catch {
    // The event contains a value that is not a term. The sentence is sent in its place.
    send(tuple(atom('log'), atom(report.level), text, metadataOf(report)))
  }
  return true
}

function logEvent(report: Report): Term {
  const { level, text, event } = report
  const log = (...message: readonly Term[]): Term => tuple(atom('log'), atom(level), ...message)
  if (event === undefined) return log(text, metadataOf(report))
  if (!isTuple(event)) return log(event, { ...metadataOf(report), ...callbackOf(event.label) })
  const emulator = { error_logger: { emulator: true, tag: atom('error') } }
  return log(...(event.elements as readonly Term[]), { ...metadataOf(report), ...emulator })
}

function metadataOf({ time, pid, groupLeader }: Report): { readonly [key: string]: Term } {
  return { gl: groupLeader, pid, time: Math.round(time * 1_000) }
}

// Metadata with which an Erlang node formats the report: it has no translator of Elixir's Logger.
function callbackOf(label: Term): { readonly [key: string]: Term } {
  const [module] = isTuple(label) ? label.elements : []
  if (module === atom('gen_server'))
    return {
      domain: [atom('otp')],
      report_cb: new ExportFun(atom('gen_server'), atom('format_log'), 2),
      error_logger: {
        tag: atom('error'),
        report_cb: new ExportFun(atom('gen_server'), atom('format_log'), 1),
      },
    }
  if (module === atom('supervisor'))
    return {
      domain: [atom('otp'), atom('sasl')],
      report_cb: new ExportFun(atom('supervisor'), atom('format_log'), 2),
      logger_formatter: { title: charlist('SUPERVISOR REPORT') },
      error_logger: {
        tag: atom('error_report'),
        type: atom('supervisor_report'),
        report_cb: new ExportFun(atom('supervisor'), atom('format_log'), 1),
      },
    }
  return { domain: [atom('otp'), atom('elixir')], error_logger: { tag: atom('error_msg') } }
}
