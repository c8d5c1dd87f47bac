import { atom, errorToReason, errorToReportReason, type Term } from '../term/index.ts'
import { UndefinedFunction } from './modules/index.ts'

const STANDARD = new Set(['normal', 'shutdown', 'kill', 'killed', 'noproc', 'noconnection', 'timeout'])

/** Returns the term of an exit reason. A standard reason may be a string; any other string is a binary. */
export function reasonTerm(reason: Term): Term {
  return typeof reason === 'string' && STANDARD.has(reason) ? atom(reason) : reason
}

/** Returns the exit reason of a process whose code threw `thrown`. */
export function exitReason(thrown: unknown): Term {
  return thrown instanceof UndefinedFunction ? thrown.reason : errorToReason(thrown)
}

/** Returns the exit reason for a report: an `ExitError` has its stack too, when it has one. */
export function reportReason(thrown: unknown): Term {
  return thrown instanceof UndefinedFunction ? thrown.reason : errorToReportReason(thrown)
}
