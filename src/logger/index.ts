/** Log entries and reports, printed in the format of Elixir's Logger. */
export { formatLine, type Level, logReports, type Print, printToTerminal } from './console.ts'
export { formatLogEvent, type LogEvent } from './log-event.ts'
export { type Handler, type HandlerOptions, Logger, type Message, type Metadata } from './logger.ts'
export { startLoggerProxy } from './logger-proxy.ts'
