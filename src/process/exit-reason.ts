import { atom, errorToReason, errorToReportReason, type Term } from '../term/index.ts'
import { UndefinedFunction } from './modules/index.ts'

const WORDS = ['normal', 'shutdown', 'kill', 'killed', 'noproc', 'noconnection', 'timeout'] as const

/** A standard exit reason, written as a string. It stands for the atom. */
export type ExitWord = (typeof WORDS)[number]

/**
 * Exit reason as an argument: a word, which stands for the atom, or a term that is no text. A text that a program has received is not
 * assignable, nor is a `Term`, which may be a text: `"kill"` of another node must not become the atom. {@link asReason} passes such a term.
 */
export type ExitReason = ExitWord | TermReason | Exclude<Term, string>

/** A term as an exit reason, unchanged. Made by {@link asReason}. */
export class TermReason {
  readonly term: Term

  constructor(term: Term) {
    this.term = term
  }
}

/**
 * Returns a term as an exit reason. A text stays a text: for reasons that came in a message, or that are texts.
 *
 * @example Process.exit(pid, asReason(message.reason))
 */
export function asReason(term: Term): TermReason {
  return new TermReason(term)
}

/** Returns the term of an exit reason. A word becomes the atom. */
export function reasonTerm(reason: ExitReason): Term {
  if (reason instanceof TermReason) return reason.term
  return typeof reason === 'string' && (WORDS as readonly string[]).includes(reason) ? atom(reason) : reason
}

/** Returns the exit reason of a process whose code threw `thrown`. */
export function exitReason(thrown: unknown): Term {
  return thrown instanceof UndefinedFunction ? thrown.reason : errorToReason(thrown)
}

/** Returns the exit reason for a report: an `ExitError` has its stack too, when it has one. */
export function reportReason(thrown: unknown): Term {
  return thrown instanceof UndefinedFunction ? thrown.reason : errorToReportReason(thrown)
}
