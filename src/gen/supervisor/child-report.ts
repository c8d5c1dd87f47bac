import { type LocalProcess, progress, type ReportTerm, reportOf, reports } from '../../process/index.ts'
import { atom, nameToAtom, type Pid, type Term, tuple } from '../../term/index.ts'
import type { ChildSpec } from '../child/index.ts'
import { type Child, shutdownTerm } from './child.ts'

/** Event of a child, in OTP's words. */
export type ErrorContext = 'start_error' | 'child_terminated' | 'shutdown' | 'shutdown_error'

/** The fields of a child that a report shows. */
export type ReportedChild = Pick<Child, 'id' | 'start' | 'restart' | 'shutdown' | 'type'> & {
  readonly significant?: boolean
}

const LOCAL = atom('local')
const DEFAULT = atom('Elixir.Supervisor.Default')
const ERLANG = atom('erlang')
const APPLY = atom('apply')
const UNDEFINED = atom('undefined')

/** Reports an event of a child, as supervisors of OTP do. */
export function reportChild(
  context: ErrorContext,
  child: ReportedChild,
  pid: Pid | undefined,
  reason: Term,
  process: LocalProcess,
): void {
  if (!reports.hasSubscribers) return
  const event = eventOf(context, process, [
    pair('errorContext', atom(context)),
    pair('reason', reason),
    pair('offender', childTerm(child, pid, process)),
  ])
  reportOf(process, 'error', { event }, reason)
}

/** Reports the start of a child on the channel for progress reports. */
export function reportProgress(child: ReportedChild, pid: Pid, process: LocalProcess): void {
  if (!progress.hasSubscribers) return
  const event = eventOf('progress', process, [pair('started', childTerm(child, pid, process))])
  reportOf(process, 'info', { event }, undefined, progress)
}

function eventOf(word: string, { registeredName, pid }: LocalProcess, more: readonly Term[]): ReportTerm {
  const supervisor = registeredName ? tuple(LOCAL, registeredName) : tuple(pid, DEFAULT)
  return { label: tuple(atom('supervisor'), atom(word)), report: [pair('supervisor', supervisor), ...more] }
}

function childTerm(child: ReportedChild, pid: Pid | undefined, process: LocalProcess): Term {
  return [
    pair('pid', pid ?? UNDEFINED),
    pair('id', child.id),
    pair('mfargs', startCall(child.start, process)),
    pair('restart_type', atom(child.restart)),
    pair('significant', child.significant ?? false),
    pair('shutdown', shutdownTerm(child.shutdown)),
    pair('child_type', atom(child.type)),
  ]
}

const pair = (key: string, value: Term): Term => tuple(atom(key), value)

const LONGEST_SOURCE = 80

// A function without an exported name is shown by its source: `{:erlang, :apply, ["() => Worker.startLink(1)", []]}`.
function startCall(start: ChildSpec['start'], { kernel }: LocalProcess): Term {
  if (typeof start !== 'function') {
    const [module, name, args] = start
    return tuple(nameToAtom(module), typeof name === 'string' ? atom(name) : name, args)
  }
  const exported = kernel.modules.exportedAs(start)
  if (exported) return tuple(exported.module, exported.name, [])
  const source = start.name.includes('.') ? `${start.name}()` : String(start).replaceAll(/\s+/g, ' ')
  const text = source.length > LONGEST_SOURCE ? `${source.slice(0, LONGEST_SOURCE)}…` : source
  return tuple(ERLANG, APPLY, [text, []])
}
