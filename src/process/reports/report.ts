import { channel } from 'node:diagnostics_channel'
import type { Atom, Pid, Term, Tuple } from '../../term/index.ts'
import type { Kernel, LocalProcess } from '../local-process.ts'
import { type ReportTerm, reportText } from './report-text.ts'

/** An event for people to read: a crash, a refused connection, a dropped message. */
export interface Report {
  readonly kernel: Kernel
  readonly level: 'debug' | 'info' | 'notice' | 'warning' | 'error'
  /** Description of the event, in sentences. */
  readonly text: string
  /** Time of the event, in milliseconds since 1970. */
  readonly time: number
  /** The process that the report is about. */
  readonly pid?: Pid
  readonly registeredName?: Atom | undefined
  /** The processes for which that process worked, the nearest first. */
  readonly callers?: readonly Pid[]
  /** The group leader of that process. Its node gets the report too. */
  readonly groupLeader?: Pid
  /** Exit reason of that process, when it ended. */
  readonly reason?: Term
  /**
   * The event as data, in the terms of OTP's logger, when it has terms for the event:
   * `%{label: {:gen_server, :terminate}, …}`, or `{format, args}`.
   */
  readonly event?: ReportTerm | Tuple<readonly [format: Term, args: readonly Term[]]>
  /** Additional values. */
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** The `node:diagnostics_channel` on which reports are published. A logger subscribes to it. */
export const reports: ReturnType<typeof channel> = channel('moebi:report')

/** The channel of progress reports: one for every child that a supervisor starts. A node does not print them. */
export const progress: typeof reports = channel('moebi:progress')

/** Publishes a report, when the channel has subscribers. */
export function report(message: Omit<Report, 'time'>, to: typeof reports = reports): void {
  if (to.hasSubscribers) to.publish({ time: Date.now(), ...message } satisfies Report)
}

/** Publishes a report about a process. Without `text`, the sentences are made from the terms of OTP. */
export function reportOf(
  process: LocalProcess,
  level: Report['level'],
  what: Pick<Report, 'text' | 'event' | 'metadata'> | { readonly event: ReportTerm },
  reason?: Term,
  to: typeof reports = reports,
): void {
  if (!to.hasSubscribers) return
  const { kernel, pid, registeredName, callers, groupLeader } = process
  const text =
    'text' in what ? what.text : (reportText(what.event, kernel.name) ?? kernel.inspect(what.event))
  report({ kernel, level, ...what, text, pid, registeredName, callers, groupLeader, reason }, to)
}
