import type { After, Clause, Term } from '../term/index.ts'
import { requireProcess } from './ambient.ts'

/** What a clause or an `after` gives back. */
type Result<C> = C extends Clause<infer R> ? Awaited<R> : C extends After<infer R> ? Awaited<R> : never

/**
 * Takes the first message of the mailbox that one of the clauses wants, and returns what its handler returns. The others
 * stay. Without clauses it takes the first message there is.
 *
 * When not to use it: to answer requests one after another, which is a GenServer.
 *
 * @param clauses `on(pattern, handler)`, and at most one `after(ms, handler)`, for when nothing has come by then
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
    if (given.length === 0) return process.next()
    const clauses: Clause<unknown>[] = []
    let timeout: After<unknown> | undefined
    for (const clause of given)
      if ('test' in clause) clauses.push(clause)
      else if (timeout) throw new TypeError('receive takes one after(ms, …), got two')
      else timeout = clause
    return process.take(clauses, timeout)
  } catch (error) {
    return Promise.reject(error)
  }
}

/** Takes every message out of the mailbox, and returns them, oldest first. The shell's `flush()` shows them. */
export function drain(): Term[] {
  return requireProcess('drain()').drain()
}

/**
 * The messages of the process whose code this is, as they come: `for await (const message of messages())`.
 *
 * When not to use it: for a process that is to skip messages and take them later, which is `receive` with patterns.
 */
export async function* messages(): AsyncGenerator<Term, never, void> {
  for (;;) yield await receive()
}
