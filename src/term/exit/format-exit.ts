import { Atom } from '../atom.ts'
import { escapeName } from '../escape.ts'
import { inspect } from '../inspect/index.ts'
import type { Term } from '../term.ts'
import { TupleClass } from '../tuple.ts'
import { formatBanner } from './format-exception.ts'
import { type FormatOptions, formatMfa, stacktraceLines } from './format-stacktrace.ts'

/**
 * Returns the sentence for an exit reason: `no connection to kate@localhost` for `{:nodedown, :kate@localhost}`.
 *
 * @see `Exception.format_exit/1`
 */
export function formatExit(reason: Term, options: FormatOptions = {}): string {
  return sentence(reason, '\n    ', options)
}

// A reason may hold the reason of another process, and so on. Each level is indented further.
const MAX_INDENT = 200

function sentence(reason: unknown, line: string, options: FormatOptions): string {
  const inside = (cause: unknown): string => `${line}** (EXIT) ${sentence(cause, `${line}    `, options)}`
  if (!(reason instanceof TupleClass) || reason.length !== 2 || line.length > MAX_INDENT)
    return withoutCause(reason, options)
  const [first, second] = reason.elements
  const lines = Array.isArray(second) && second.length > 0 ? stacktraceLines(second, options) : undefined
  if (lines)
    return [`an exception was raised:${line}${formatBanner(first, second, options)}`, ...lines].join(
      `${line}    `,
    )
  if (
    is(first, 'shutdown') &&
    second instanceof TupleClass &&
    second.length === 3 &&
    is(second.elements[0], 'failed_to_start_child')
  ) {
    const [, child, cause] = second.elements
    return `shutdown: failed to start child: ${show(child, options)}${inside(withoutExitTag(cause))}`
  }
  if (second instanceof TupleClass && second.length === 3) {
    const [module, name, args] = second.elements
    if (module instanceof Atom && name instanceof Atom && Array.isArray(args))
      return `exited in: ${formatMfa(module, name, args, options)}${inside(first)}`
  }
  return withoutCause(reason, options)
}

function withoutExitTag(cause: unknown): unknown {
  return cause instanceof TupleClass && cause.length === 2 && is(cause.elements[0], 'EXIT')
    ? cause.elements[1]
    : cause
}

const is = (term: unknown, name: string): boolean => term instanceof Atom && term.name === name
const show = (term: unknown, options: FormatOptions): string => inspect(term, { ...options, pretty: false })

const sentences: { readonly [name: string]: string } = {
  normal: 'normal',
  shutdown: 'shutdown',
  calling_self: 'process attempted to call itself',
  timeout: 'time out',
  killed: 'killed',
  noconnection: 'no connection',
  noproc:
    "no process: the process is not alive or there's no process currently associated with the given name, " +
    "possibly because its application isn't started",
}

const prefixes: { readonly [name: string]: string } = {
  shutdown: 'shutdown: ',
  already_started: 'already started: ',
  bad_return_value: 'bad return value: ',
  bad_call: 'bad call: ',
  bad_cast: 'bad cast: ',
  bad_start_spec: 'bad child specification, invalid children: ',
}

function withoutCause(reason: unknown, options: FormatOptions): string {
  if (reason instanceof Atom && Object.hasOwn(sentences, reason.name)) return sentences[reason.name]!
  if (!(reason instanceof TupleClass) || reason.length !== 2 || !(reason.elements[0] instanceof Atom))
    return show(reason, options)
  const [{ name }, detail] = reason.elements as [Atom, unknown]
  if (Object.hasOwn(prefixes, name)) return prefixes[name] + show(detail, options)
  if (name === 'nodedown' && detail instanceof Atom) return `no connection to ${escapeName(detail.name)}`
  if (name === 'start_spec') return `bad child specification, ${childFault(detail, options)}`
  if (name === 'supervisor_data') return `bad supervisor configuration, ${supervisorFault(detail, options)}`
  if (name === 'bad_return' && detail instanceof TupleClass && detail.length === 3) {
    const [module, init, value] = detail.elements
    if (module instanceof Atom && init instanceof Atom && init.name === 'init')
      return `${formatMfa(module, init, 1, options)} returned a bad value: ${show(value, options)}`
  }
  return show(reason, options)
}

const childFaults: { readonly [name: string]: readonly [before: string, after: string] } = {
  invalid_child_spec: ['invalid child specification: ', ''],
  invalid_mfa: ['invalid mfa: ', ''],
  invalid_restart_type: ['invalid restart type: ', '. Must be :permanent, :transient or :temporary.'],
  invalid_shutdown: ['invalid shutdown: ', '. Must be an integer >= 0, :infinity or :brutal_kill.'],
  invalid_child_type: ['invalid child type: ', '. Must be :worker or :supervisor.'],
  invalid_modules: ['invalid modules: ', '. Must be a list of atoms or :dynamic.'],
  duplicate_child_name: ['more than one child specification has the id: ', ''],
}

const supervisorFaults: { readonly [name: string]: readonly [before: string, after: string] } = {
  invalid_type: ['invalid type: ', ''],
  invalid_strategy: ['invalid strategy: ', ''],
  invalid_intensity: ['invalid max_restarts (intensity): ', ''],
  invalid_period: ['invalid max_seconds (period): ', ''],
  invalid_max_children: ['invalid max_children: ', ''],
  invalid_extra_arguments: ['invalid extra_arguments: ', ''],
}

const childFault = (fault: unknown, options: FormatOptions): string => faultText(childFaults, fault, options)
const supervisorFault = (fault: unknown, options: FormatOptions): string =>
  faultText(supervisorFaults, fault, options)

function faultText(faults: typeof childFaults, fault: unknown, options: FormatOptions): string {
  const [name, detail] = fault instanceof TupleClass && fault.length === 2 ? fault.elements : []
  const [before, after] = (name instanceof Atom && Object.hasOwn(faults, name.name) && faults[name.name]) || [
    'got: ',
    '',
  ]
  return before + show(before === 'got: ' ? fault : detail, options) + after
}
