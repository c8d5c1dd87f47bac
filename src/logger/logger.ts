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

/** What is done with a report. */
export type Handler = (report: Report) => void

export interface HandlerOptions {
  /** The least that it gets; `debug` unless given. */
  readonly level?: Level
  /** Whether it hears of every child that a supervisor starts, at `info`. Nobody does who has not said so. */
  readonly progress?: boolean
}

/** A text, or a function that makes one, called only when somebody listens. */
export type Message = string | (() => string)

/** What is known besides, for handlers. */
export type Metadata = Readonly<Record<string, unknown>>

/**
 * Tells people what happens, beside what Moebi reports by itself: crashes, connections, dropped messages.
 *
 * When not to use it: for output that the user of a program asked for, which is `IO.puts`; and for what another part of the
 * program has to know, which is a message.
 *
 * @see `Logger`
 */
export const Logger = {
  /** Tells of something that helps to find a mistake. A node prints it only when it is asked to. @see `Logger.debug/2` */
  debug: (text: Message, metadata?: Metadata): void => log('debug', text, metadata),
  /** Tells of something ordinary. @see `Logger.info/2` */
  info: (text: Message, metadata?: Metadata): void => log('info', text, metadata),
  /** Tells of something ordinary that matters. @see `Logger.notice/2` */
  notice: (text: Message, metadata?: Metadata): void => log('notice', text, metadata),
  /** Tells of something that is not as it should be. @see `Logger.warning/2` */
  warning: (text: Message, metadata?: Metadata): void => log('warning', text, metadata),
  /** Tells of something that went wrong. @see `Logger.error/2` */
  error: (text: Message, metadata?: Metadata): void => log('error', text, metadata),

  /**
   * Gives every report of this program to a function as well. One that throws is taken out, and that is reported.
   *
   * @returns what takes it out
   * @see `:logger.add_handler/3`
   */
  addHandler(
    handler: Handler,
    { level = 'debug', progress: everyChild = false }: HandlerOptions = {},
  ): () => void {
    const listener = (message: unknown): void => {
      const told = message as Report
      if (LEVELS.indexOf(told.level) < LEVELS.indexOf(level)) return
      try {
        handler(told)
      } catch (error) {
        remove()
        const text = `A handler of reports was removed, since it threw: ${String(error)}`
        report({ kernel: told.kernel, level: 'error', text })
      }
    }
    const heard = everyChild ? [reports, progress] : [reports]
    const remove = (): void => {
      for (const channel of heard) channel.unsubscribe(listener)
    }
    for (const channel of heard) channel.subscribe(listener)
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
