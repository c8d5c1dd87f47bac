import {
  currentKernel,
  currentProcess,
  progress,
  type Report,
  report,
  reportOf,
  reports,
} from '../process/index.ts'
import { LEVELS, type Level } from './console.ts'

/** Function that is called with each report. */
export type Handler = (report: Report) => void

export interface HandlerOptions {
  /** Lowest level of the reports that the handler receives; `debug` unless given. */
  readonly level?: Level
  /** Whether the handler receives a progress report (level `info`) for each child that a supervisor starts; false unless given. */
  readonly progress?: boolean
}

/** Text, or a function that returns it and is called only when there is a handler. */
export type Message = string | (() => string)

/** Additional data for the handlers. */
export type Metadata = Readonly<Record<string, unknown>>

/**
 * Log of the program. Moebi itself logs crashes, connections and dropped messages.
 *
 * When not to use it: for output that the user of a program has requested, which `IO.puts` prints; and for events that another
 * part of the program handles, which are messages.
 *
 * @see `Logger`
 */
export const Logger = {
  /** Logs a message for debugging. A node does not print it by default. @see `Logger.debug/2` */
  debug: (text: Message, metadata?: Metadata): void => log('debug', text, metadata),
  /** Logs information. @see `Logger.info/2` */
  info: (text: Message, metadata?: Metadata): void => log('info', text, metadata),
  /** Logs a normal but significant event. @see `Logger.notice/2` */
  notice: (text: Message, metadata?: Metadata): void => log('notice', text, metadata),
  /** Logs a warning. @see `Logger.warning/2` */
  warning: (text: Message, metadata?: Metadata): void => log('warning', text, metadata),
  /** Logs an error. @see `Logger.error/2` */
  error: (text: Message, metadata?: Metadata): void => log('error', text, metadata),

  /**
   * Adds a function that is called with every report of this program. A handler that throws is removed, which is reported.
   *
   * @returns function that removes the handler
   * @see `:logger.add_handler/3`
   */
  addHandler(
    handler: Handler,
    { level = 'debug', progress: withProgress = false }: HandlerOptions = {},
  ): () => void {
    const listener = (message: unknown): void => {
      const received = message as Report
      if (LEVELS.indexOf(received.level) < LEVELS.indexOf(level)) return
      try {
        handler(received)
      } catch (error) {
        remove()
        const text = `A log handler was removed because it threw: ${String(error)}`
        report({ kernel: received.kernel, level: 'error', text })
      }
    }
    const channels = withProgress ? [reports, progress] : [reports]
    const remove = (): void => {
      for (const channel of channels) channel.unsubscribe(listener)
    }
    for (const channel of channels) channel.subscribe(listener)
    return remove
  },
} as const

function log(level: Level, message: Message, metadata: Metadata | undefined): void {
  if (!reports.hasSubscribers) return
  const text = typeof message === 'function' ? message() : message
  const process = currentProcess()
  if (process) reportOf(process, level, { text, ...(metadata && { metadata }) })
  else report({ kernel: currentKernel(), level, text, ...(metadata && { metadata }) })
}
