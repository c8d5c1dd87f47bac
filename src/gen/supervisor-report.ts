import { type LocalProcess, type ReportTerm, reportOf, reports } from '../process/index.ts'
import { atom, nameToAtom, type Pid, type Term, tuple } from '../term/index.ts'
import { type Child, shutdownTerm } from './child.ts'
import type { ChildSpec } from './child-spec.ts'

/** What became of a child, in OTP's words. */
export type Context = 'start_error' | 'child_terminated' | 'shutdown' | 'shutdown_error'

/** What {@link reportChild} tells of a child. */
export type Reported = Pick<Child, 'id' | 'start' | 'restart' | 'shutdown' | 'type'> & {
  readonly significant?: boolean
}

const LOCAL = atom('local')
const DEFAULT = atom('Elixir.Supervisor.Default')
const ERLANG = atom('erlang')
const APPLY = atom('apply')
const UNDEFINED = atom('undefined')

/** Reports what became of a child, as OTP's supervisors do. */
export function reportChild(
  context: Context,
  child: Reported,
  pid: Pid | undefined,
  reason: Term,
  process: LocalProcess,
): void {
  if (!reports.hasSubscribers) return
  const { registeredName } = process
  const pair = (key: string, value: Term): Term => tuple(atom(key), value)
  const event: ReportTerm = {
    label: tuple(atom('supervisor'), atom(context)),
    report: [
      pair('supervisor', registeredName ? tuple(LOCAL, registeredName) : tuple(process.pid, DEFAULT)),
      pair('errorContext', atom(context)),
      pair('reason', reason),
      pair('offender', [
        pair('pid', pid ?? UNDEFINED),
        pair('id', child.id),
        pair('mfargs', startCall(child.start, process)),
        pair('restart_type', atom(child.restart)),
        pair('significant', child.significant ?? false),
        pair('shutdown', shutdownTerm(child.shutdown)),
        pair('child_type', atom(child.type)),
      ]),
    ],
  }
  reportOf(process, 'error', { event }, reason)
}

const LONGEST_SOURCE = 80

// A function that has no name for others is told by its source: `{:erlang, :apply, ["() => Worker.startLink(1)", []]}`.
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
