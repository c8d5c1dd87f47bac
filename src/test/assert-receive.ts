import { clearTimeout, setTimeout } from 'node:timers'
import type { LocalProcess } from '../process/index.ts'
import { type Matched, on, type Term } from '../term/index.ts'
import { inspectPattern } from './inspect-pattern.ts'
import { requireTestProcess } from './test-process.ts'

/** Default timeout of {@link assertReceive} and {@link refuteReceive} in ms, as in ExUnit. */
const TIMEOUT = 100
/** Number of messages that a failure shows, counted from the youngest. */
const MAX_SHOWN = 10

/**
 * Waits for a message that matches a pattern, removes it from the mailbox of the test, and returns it, typed by the pattern. Other
 * messages stay in the mailbox.
 *
 * @param pattern as in `receive`: a literal, `_.pid`, an array for a tuple, …
 * @param timeout real time in ms, also with a simulated clock; 100 unless given
 * @throws AssertionError that shows the mailbox
 * @see `ExUnit.Assertions.assert_receive/3`
 */
export async function assertReceive<const P>(pattern: P, timeout: number = TIMEOUT): Promise<Matched<P>> {
  const process = requireTestProcess('assertReceive()')
  const failure = assertionError(assertReceive)
  const found = await take(process, pattern, timeout)
  if (found) return found.message as Matched<P>
  failure.message = noMatch(process, pattern, timeout)
  throw failure
}

/** Returns the first message in the mailbox that matches a pattern, and removes it. @see `ExUnit.Assertions.assert_received/2` */
export function assertReceived<const P>(pattern: P): Matched<P> {
  const process = requireTestProcess('assertReceived()')
  const failure = assertionError(assertReceived)
  const found = takeNow(process, pattern)
  if (found) return found.message as Matched<P>
  failure.message = noMatch(process, pattern, 0)
  throw failure
}

/**
 * Waits, and fails when a message that matches a pattern arrives within the timeout.
 *
 * @param timeout real time in ms; 100 unless given
 * @see `ExUnit.Assertions.refute_receive/3`
 */
export async function refuteReceive(pattern: unknown, timeout: number = TIMEOUT): Promise<void> {
  const process = requireTestProcess('refuteReceive()')
  const failure = assertionError(refuteReceive)
  const found = await take(process, pattern, timeout)
  if (!found) return
  failure.message = unexpected(process, pattern, found.message)
  throw failure
}

/** Fails when the mailbox holds a message that matches a pattern. @see `ExUnit.Assertions.refute_received/2` */
export function refuteReceived(pattern: unknown): void {
  const process = requireTestProcess('refuteReceived()')
  const failure = assertionError(refuteReceived)
  const found = takeNow(process, pattern)
  if (!found) return
  failure.message = unexpected(process, pattern, found.message)
  throw failure
}

/** Failed assertion about the messages of a test. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError'
}

// Made before the first await: later the stack would not contain the line of the test.
function assertionError(caller: (...args: never[]) => unknown): AssertionError {
  const error = new AssertionError()
  Error.captureStackTrace(error, caller)
  return error
}

interface Taken {
  readonly message: unknown
}

async function take(process: LocalProcess, pattern: unknown, timeout: number): Promise<Taken | undefined> {
  if (!Number.isFinite(timeout) || timeout < 0)
    throw new TypeError(`a timeout is a number of milliseconds, got ${String(timeout)}`)
  const { kernel, mailbox, pid } = process
  // The end of the time is a message: the messages that arrived before it are tried first.
  const timeUp = kernel.makeRef()
  const timer = setTimeout(() => kernel.send(pid, pid, timeUp), timeout)
  const isTimeUp = (message: Term): boolean => message === timeUp
  try {
    return (await mailbox.receive([
      { test: (message) => isTimeUp(message as Term), handle: () => undefined },
      on(pattern, (message) => ({ message })),
    ])) as Taken | undefined
  } finally {
    clearTimeout(timer)
    const late = mailbox.toArray().findIndex(isTimeUp)
    if (late >= 0) mailbox.remove(late)
  }
}

function takeNow({ mailbox }: LocalProcess, pattern: unknown): Taken | undefined {
  const clause = on(pattern, (message) => ({ message }))
  const index = mailbox.toArray().findIndex((message) => clause.test(message))
  return index < 0 ? undefined : clause.handle(mailbox.remove(index))
}

function noMatch({ kernel, mailbox }: LocalProcess, pattern: unknown, timeout: number): string {
  const messages = mailbox.toArray()
  const title = `Assertion failed, no matching message after ${timeout}ms`
  if (messages.length === 0) return `${title}\nThe process mailbox is empty.`
  const shown = messages.slice(-MAX_SHOWN)
  const noun = messages.length === 1 ? 'message' : 'messages'
  const lines = shown.map((message) => {
    const value = kernel.inspect(message).replaceAll('\n', `\n${' '.repeat('  value:   '.length)}`)
    return `  pattern: ${inspectPattern(pattern, kernel)}\n  value:   ${value}`
  })
  return `${title}\nShowing ${shown.length} of ${messages.length} ${noun} in the mailbox\nmailbox:\n${lines.join('\n\n')}`
}

function unexpected({ kernel }: LocalProcess, pattern: unknown, message: unknown): string {
  return `Unexpectedly received message ${kernel.inspect(message as Term)} (which matched ${inspectPattern(pattern, kernel)})`
}
