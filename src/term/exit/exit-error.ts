import { types } from 'node:util'
import { Atom } from '../atom.ts'
import { ElixirError } from '../elixir-error.ts'
import { inspect } from '../inspect/index.ts'
import { kindOf, NOT_A_TERM } from '../kind.ts'
import type { Term } from '../term.ts'
import { tuple } from '../tuple.ts'
import { formatBanner } from './format-exception.ts'
import { formatExit } from './format-exit.ts'
import type { FormatOptions } from './format-stacktrace.ts'
import { stacktraceOf } from './v8-stack.ts'

/**
 * An exit as an error. `exit(reason)` throws it, and so does a call when the server ends or does not answer. A process that
 * does not catch it ends with its reason.
 */
export class ExitError extends Error {
  readonly code = 'MOEBI_EXIT'
  readonly reason: Term

  constructor(reason: Term, options: FormatOptions & { readonly cause?: unknown } = {}) {
    super(formatExit(reason, options), 'cause' in options ? { cause: options.cause } : undefined)
    this.reason = reason
  }
}

/**
 * An error of Erlang that is not an Elixir exception, such as `badarg` or `{:case_clause, term}`. A process that does not
 * catch it ends with `{reason, stacktrace}`.
 */
export class ErlangError extends Error {
  readonly code = 'MOEBI_ERROR'
  readonly reason: Term
  /** The stack of the Erlang code that raised the error; undefined for an error of JavaScript code, which has `stack`. */
  readonly stacktrace: readonly Term[] | undefined

  constructor(
    reason: Term,
    options: FormatOptions & { readonly cause?: unknown; readonly stacktrace?: readonly Term[] } = {},
  ) {
    super(
      formatBanner(reason, options.stacktrace ?? [], options).slice('** '.length),
      'cause' in options ? { cause: options.cause } : undefined,
    )
    this.reason = reason
    this.stacktrace = options.stacktrace
  }
}

for (const { prototype } of [ExitError, ErlangError])
  Object.defineProperty(prototype, 'name', {
    value: prototype.constructor.name,
    configurable: true,
    writable: true,
  })

/**
 * Returns the exit reason of a process that threw a value:
 *
 * - an {@link ExitError}: its reason
 * - an {@link ErlangError}, an {@link ElixirError}: `{reason or exception, stacktrace}`
 * - any other Error: `{%RuntimeError{message}, stacktrace}`
 * - anything else: `{{:nocatch, term}, stacktrace}`
 */
export function errorToReason(error: unknown): Term {
  if (error instanceof ExitError) return error.reason
  if (error instanceof ErlangError)
    return tuple(error.reason, error.stacktrace ?? stacktraceOf(error)) as Term
  if (error instanceof ElixirError) return tuple(error, stacktraceOf(error)) as Term
  if (error instanceof Error || types.isNativeError(error))
    return tuple(runtimeError(error), stacktraceOf(error)) as Term
  const thrown = kindOf(error) === NOT_A_TERM ? inspect(error) : (error as Term)
  return tuple(tuple(Atom.intern('nocatch'), thrown), []) as Term
}

/** Returns {@link errorToReason} for a report: with the stack of an ExitError, when it has one. */
export function errorToReportReason(error: unknown): Term {
  const reason = errorToReason(error)
  if (!(error instanceof ExitError)) return reason
  const stack = stacktraceOf(error)
  return stack.length === 0 ? reason : (tuple(reason, stack) as Term)
}

function runtimeError(error: Error): ElixirError {
  const kind = error.name === 'Error' || error.name === '' ? '' : `${error.name}: `
  const exception = new ElixirError('RuntimeError', { message: kind + error.message })
  exception.cause = error
  if (error.stack !== undefined) exception.stack = error.stack
  return exception
}
