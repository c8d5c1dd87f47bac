import {
  Atom,
  atom,
  formatException,
  formatExit,
  formatMfa,
  formatStacktrace,
  inspect,
  isTuple,
  Pid,
  type Term,
} from '../../term/index.ts'

/** A report of OTP's logger. The label says what happened: `{:gen_server, :terminate}`. */
export interface ReportTerm {
  readonly [key: string]: Term
  readonly label: Term
}

/**
 * Returns the text that Elixir's Logger writes for a report of OTP: `GenServer Counter terminating`, the reason, and details.
 * Undefined for a report that Elixir does not translate.
 *
 * @see `Logger.Translator`
 */
export function reportText(event: Term, self?: Atom): string | undefined {
  if (!isReport(event) || !isTuple(event.label)) return undefined
  const [source, what] = event.label.elements as readonly Term[]
  if (source === GEN_SERVER && what === TERMINATE) return serverText(event, self)
  if (source === TASK_SUPERVISOR && what === TERMINATING && isObject(event.report))
    return taskText(event.report, self)
  if (source === SUPERVISOR) return supervisorText(event.report, self)
  return undefined
}

/** Returns an exit reason as reports show it: `** (RuntimeError) oops` and the stack, or `** (stop) :why`. */
export function reasonText(reason: Term, self?: Atom): string {
  const [cause, stack] = isTuple(reason) && reason.length === 2 ? (reason.elements as readonly Term[]) : []
  const frames = Array.isArray(stack) ? formatStacktrace(stack as readonly Term[], { self }) : ''
  if (frames === '') return `** (stop) ${formatExit(reason, { self })}`
  const error = formatException(cause, stack, { self })
  // A cause that Elixir does not know as an error is shown as the reason of an exit, with its stack.
  if (isException(cause) || !error.startsWith('** (ErlangError)')) return error
  return `** (stop) ${formatExit(cause, { self })}\n${frames}`
}

const GEN_SERVER = atom('gen_server')
const TERMINATE = atom('terminate')
const TASK_SUPERVISOR = atom('Elixir.Task.Supervisor')
const TERMINATING = atom('terminating')
const SUPERVISOR = atom('supervisor')
const EXIT = atom('EXIT')
const ERLANG = atom('erlang')
const APPLY = atom('apply')
const REMOTE = atom('remote')
const DEAD = atom('dead')

function serverText(event: ReportTerm, self: Atom | undefined): string {
  const show = (term: Term): string => inspect(term, { self })
  const [client, what] = isTuple(event.client_info) ? (event.client_info.elements as readonly Term[]) : []
  const [name, stack] = isTuple(what) ? (what.elements as readonly Term[]) : []
  const from = client === undefined ? '' : ` (from ${show(name ?? client)})`
  const lines = [
    `GenServer ${show(event.name)} terminating`,
    reasonText(event.reason, self),
    ...(typeof event.hint === 'string' ? [`    Hint: ${event.hint}`] : []),
    `Last message${from}: ${show(event.last_message)}`,
    `State: ${show(event.state)}`,
  ]
  if (what === DEAD) lines.push(`Client ${show(client)} is dead`)
  else if (what === REMOTE) lines.push(`Client ${show(client)} is remote on node ${show(nodeOf(client))}`)
  else if (name !== undefined) lines.push(`Client ${show(name)} is alive`, ...clientStack(stack, self))
  return lines.join('\n')
}

// After a blank line, as Elixir writes it. A JavaScript client has no stack.
function clientStack(stack: Term, self: Atom | undefined): string[] {
  const frames = formatStacktrace(stack, { self })
  return frames === '' ? [] : ['', frames]
}

function taskText(report: { readonly [key: string]: Term }, self: Atom | undefined): string {
  const show = (term: Term): string => inspect(term, { self })
  return [
    `Task ${show(report.name)} started from ${show(report.starter)} terminating`,
    reasonText(report.reason, self),
    `Function: ${show(report.function)}`,
    `    Args: ${show(report.args)}`,
  ].join('\n')
}

const CONTEXTS: { readonly [context: string]: string } = {
  start_error: 'failed to start',
  child_terminated: 'terminated',
  shutdown: 'caused shutdown',
  shutdown_error: 'shut down abnormally',
}

function supervisorText(report: Term, self: Atom | undefined): string | undefined {
  const { supervisor, errorContext, reason, offender, started } = keywords(report)
  const context = started === undefined ? CONTEXTS[String(errorContext)] : 'started'
  const child = keywords(started ?? offender)
  if (context === undefined || !('mfargs' in child)) return undefined
  const show = (term: Term): string => inspect(term, { self })
  const lines = [
    `Child ${'id' in child ? `${show(child.id)} ` : ''}of Supervisor ${supervisorName(supervisor, self)} ${context}`,
  ]
  if (started === undefined) {
    const thrown = context === CONTEXTS.start_error && isTuple(reason) && reason.elements[0] === EXIT
    lines.push(`** (exit) ${formatExit(thrown ? (reason.elements[1] as Term) : reason, { self })}`)
  }
  if (child.pid instanceof Pid && context !== CONTEXTS.shutdown) lines.push(`Pid: ${show(child.pid)}`)
  lines.push(
    `Start Call: ${callText(child.mfargs, self)}`,
    `Restart: ${show(child.restart_type)}`,
    `Shutdown: ${show(child.shutdown)}`,
    `Type: ${show(child.child_type)}`,
  )
  if (child.significant === true) lines.push('Significant: true')
  return lines.join('\n')
}

function supervisorName(supervisor: Term, self: Atom | undefined): string {
  const [first, second] = isTuple(supervisor) ? (supervisor.elements as readonly Term[]) : []
  if (first instanceof Pid) return `${inspect(first, { self })} (${inspect(second)})`
  return inspect(isTuple(supervisor) ? (supervisor.elements.at(-1) as Term) : supervisor, { self })
}

function callText(mfargs: Term, self: Atom | undefined): string {
  const [module, name, args] = isTuple(mfargs) ? (mfargs.elements as readonly Term[]) : []
  if (!(module instanceof Atom && name instanceof Atom)) return inspect(mfargs, { self })
  const [source] = Array.isArray(args) ? (args as readonly Term[]) : []
  // A JavaScript function that is not exported.
  if (module === ERLANG && name === APPLY && typeof source === 'string') return source
  return formatMfa(module, name, Array.isArray(args) ? args : 0, { self })
}

/** Returns the values of a keyword list by key. */
function keywords(list: Term): { readonly [key: string]: Term } {
  const pairs = Array.isArray(list) ? (list as readonly Term[]) : []
  return Object.fromEntries(
    pairs.flatMap((pair) => (isTuple(pair) ? [[String(pair.elements[0]), pair.elements[1] as Term]] : [])),
  )
}

function isReport(event: Term): event is ReportTerm {
  return isObject(event) && 'label' in event
}

function isObject(term: Term): term is { readonly [key: string]: Term } {
  return term !== null && typeof term === 'object' && Object.getPrototypeOf(term) === Object.prototype
}

function isException(term: Term): boolean {
  return term instanceof Error || (isObject(term) && term.__exception__ === true)
}

const nodeOf = (pid: Term): Term =>
  pid !== null && typeof pid === 'object' && 'node' in pid ? (pid.node as Term) : null
