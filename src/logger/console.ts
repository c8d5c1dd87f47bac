import { type Kernel, type Report, reports } from '../process/index.ts'
import { forwardReport } from './forward-report.ts'

/** Takes a text that is complete with its line ends. */
export type Print = (text: string) => void

/** How much a report matters. */
export type Level = Report['level']

/** The levels, the least first. */
export const LEVELS: readonly Level[] = ['debug', 'info', 'notice', 'warning', 'error']

/**
 * Prints what is reported of a kernel as Elixir's Logger does. What happened to a process that was started from another
 * node is printed there, where its group leader is.
 *
 * @param level the least that is printed; `info` unless given
 * @returns what ends it
 */
export function logReports(
  kernel: Kernel,
  print: Print = printToTerminal,
  level: Level = 'info',
): () => void {
  const listener = (message: unknown): void => {
    const report = message as Report
    if (report.kernel !== kernel) return
    if (!forwardReport(report) && LEVELS.indexOf(report.level) >= LEVELS.indexOf(level))
      print(formatLine(report.level, report.text))
  }
  reports.subscribe(listener)
  return () => void reports.unsubscribe(listener)
}

/** Returns a log entry as a terminal shows it. */
export function formatLine(level: string, text: string, time: Date = new Date()): string {
  return `\n${formatTime(time)} [${level}] ${text}\n`
}

/** The standard error of this program. */
export function printToTerminal(text: string): void {
  process.stderr.write(text)
}

function formatTime(time: Date): string {
  const part = (value: number, digits = 2): string => String(value).padStart(digits, '0')
  return `${part(time.getHours())}:${part(time.getMinutes())}:${part(time.getSeconds())}.${part(time.getMilliseconds(), 3)}`
}
