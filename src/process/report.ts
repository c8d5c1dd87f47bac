import { channel } from 'node:diagnostics_channel'
import type { Atom, Pid, Term, Tuple } from '../term/index.ts'
import type { Kernel } from './kernel.ts'
import type { LocalProcess } from './local-process.ts'
import { type ReportTerm, reportText } from './report-text.ts'

/** What is worth telling a person: a crash, a refused connection, a dropped message. */
export interface Report {
  readonly kernel: Kernel
  readonly level: 'debug' | 'info' | 'notice' | 'warning' | 'error'
  /** What happened, in sentences. */
  readonly text: string
  /** When it happened, in milliseconds since 1970. */
  readonly time: number
  /** The process it happened to. */
  readonly pid?: Pid
  readonly registeredName?: Atom | undefined
  /** On whose behalf that process worked, the nearest first. */
  readonly callers?: readonly Pid[]
  /** The group leader of that process: its node is told too. */
  readonly groupLeader?: Pid
  /** Why it ended, where it did. */
  readonly reason?: Term
  /**
   * The same as data, in the terms of OTP's logger, where it has some for it: `%{label: {:gen_server, :terminate}, …}`, or
   * `{format, args}`.
   */
  readonly event?: ReportTerm | Tuple<readonly [format: Term, args: readonly Term[]]>
  /** What else the one who reports knows. */
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** Reports are published on this channel of `node:diagnostics_channel`; a logger subscribes to it. */
export const reports: ReturnType<typeof channel> = channel('moebi:report')

/** The reports of every child that a supervisor starts, for those who ask for them: a node does not print them. */
export const progress: typeof reports = channel('moebi:progress')

/** Tells whoever listens. Costs nothing when nobody does. */
export function report(message: Omit<Report, 'time'>, to: typeof reports = reports): void {
  if (to.hasSubscribers) to.publish({ time: Date.now(), ...message } satisfies Report)
}

/** Tells of something that happened to a process, in sentences or in terms of OTP that have some. */
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
