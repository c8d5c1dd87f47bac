import type { After, Clause, Term } from '../../term/index.ts'
import { requireProcess } from '../current-process.ts'

/** Result of a clause or an `after`. */
type Result<C> = C extends Clause<infer R> ? Awaited<R> : C extends After<infer R> ? Awaited<R> : never

/**
 * Takes the first message of the mailbox that one of the clauses matches, and returns the result of the clause's handler.
 * Other messages stay in the mailbox. Without clauses it takes the first message.
 *
 * When not to use it: to answer requests one after another. Use a GenServer.
 *
 * @param clauses `on(pattern, handler)`, and at most one `after(ms, handler)` for the case that no message matches in time
 * @throws Error outside of processes
 * @see `receive`
 */
export function receive(): Promise<Term>
export function receive<const C extends readonly (Clause<unknown> | After<unknown>)[]>(
  ...clauses: C
): Promise<Result<C[number]>>
export function receive(...given: (Clause<unknown> | After<unknown>)[]): Promise<unknown> {
  try {
    const process = requireProcess('receive()')
    if (given.length === 0) return process.mailbox.receiveAny()
    const clauses: Clause<unknown>[] = []
    let timeout: After<unknown> | undefined
    for (const clause of given)
      if ('test' in clause) clauses.push(clause)
      else if (timeout) throw new TypeError('receive takes one after(ms, …), got two')
      else timeout = clause
    return process.mailbox.receive(clauses, timeout)
  } catch (error) {
    return Promise.reject(error)
  }
}

/** Removes every message from the mailbox and returns them, the oldest first. The shell's `flush()` shows them. */
export function drain(): Term[] {
  return requireProcess('drain()').mailbox.drain()
}

/**
 * Yields the messages of the current process as they arrive: `for await (const message of messages())`.
 *
 * When not to use it: to leave messages in the mailbox and take them later. Use `receive` with patterns.
 */
export async function* messages(): AsyncGenerator<Term, never, void> {
  for (;;) yield await receive()
}
