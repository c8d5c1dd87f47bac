import { formatLine, type Level, Logger } from '../logger/index.ts'
import { requireTestFile } from './test-file.ts'

export interface CaptureLogOptions {
  /** Lowest level that is captured. Default: `debug`. */
  readonly level?: Level
}

/**
 * Runs a function, and resolves with the text that was logged meanwhile, by all processes of this program. It is not printed.
 *
 * @see `ExUnit.CaptureLog.capture_log/2`
 */
export async function captureLog(
  ...args: [fn: () => unknown] | [options: CaptureLogOptions, fn: () => unknown]
): Promise<string> {
  const [options, fn] = args.length === 1 ? [{}, args[0]] : args
  const file = requireTestFile('captureLog()')
  let text = ''
  const remove = Logger.addHandler((report) => {
    text += formatLine(report.level, report.text)
  }, options)
  file.logCaptures++
  try {
    await fn()
  } finally {
    file.logCaptures--
    remove()
  }
  return text
}
