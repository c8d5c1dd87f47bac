import { type Kernel, type Report, reports } from '../process/index.ts'
import { escapeControls } from '../term/index.ts'
import { forwardReport } from './forward-report.ts'

/** Prints a text, which includes its line feeds. */
export type Print = (text: string) => void

/** Level of a report. */
export type Level = Report['level']

/** Levels in ascending order. */
export const LEVELS: readonly Level[] = ['debug', 'info', 'notice', 'warning', 'error']

/**
 * Prints the reports of a kernel in the format of Elixir's Logger. A report about a process whose group leader is on another node
 * is sent to that node, which prints it.
 *
 * @param level lowest level that is printed; `info` unless given
 * @returns function that ends the printing
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

/** Returns a log entry in the format of Elixir's console. Control characters are escaped, since a text may quote other nodes. */
export function formatLine(level: string, text: string, time: Date = new Date()): string {
  return `\n${formatTime(time)} [${level}] ${escapeControls(text)}\n`
}

/** Prints to the standard error of this program. */
export function printToTerminal(text: string): void {
  process.stderr.write(text)
}

function formatTime(time: Date): string {
  const part = (value: number, digits = 2): string => String(value).padStart(digits, '0')
  return `${part(time.getHours())}:${part(time.getMinutes())}:${part(time.getSeconds())}.${part(time.getMilliseconds(), 3)}`
}
