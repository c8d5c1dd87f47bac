export { ErlangError, ExitError, errorToReason, errorToReportReason } from './exit-error.ts'
export { formatException } from './format-exception.ts'
export { formatExit } from './format-exit.ts'
export { type FormatOptions, formatMfa, formatStacktrace } from './format-stacktrace.ts'
