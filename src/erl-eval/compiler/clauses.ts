import { type Env, type Machine, TAIL } from '../machine/index.ts'
import type { Compiler, Match } from './context.ts'
import { type Form, listPart } from './form.ts'

/** Returns the test whether a clause matches, without its guard; undefined when it always matches. */
export type ClauseTest = (clause: Form) => ((env: Env) => boolean) | undefined

/**
 * Appends the instructions of clauses. The first clause that matches and whose guard is true runs.
 *
 * @param otherwise called when no clause matches; throws
 */
export function emitClauses(
  c: Compiler,
  clauses: readonly Form[],
  testOf: ClauseTest,
  dst: number,
  otherwise: (machine: Machine) => void,
): void {
  const end = c.label()
  c.scope.branches(
    clauses.map((clause) => () => {
      const next = c.label()
      const match = testOf(clause)
      const guard = c.guard(listPart(clause, 3))
      if (match || guard)
        c.add((m) => {
          const { env } = m
          if ((match && !match(env)) || (guard && !guard(env))) m.pc = next.pc
        })
      c.body(listPart(clause, 4), dst)
      if (dst !== TAIL)
        c.add((m) => {
          m.pc = end.pc
        })
      c.mark(next)
    }),
  )
  c.add(otherwise)
  c.mark(end)
}

/** Returns the test of a clause with one pattern, for the value in the slot `at`. */
export function clauseTestAt(c: Compiler, at: number): ClauseTest {
  return (clause) => {
    const match: Match = c.pattern(listPart(clause, 2)[0], undefined)
    return (env) => match(env[at], env)
  }
}
