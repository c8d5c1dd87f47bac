import { type Env, type Machine, TAIL } from '../machine/index.ts'
import type { Compiler, Match } from './context.ts'
import { type Form, listPart } from './form.ts'

/** A clause: what it wants, and its guard. */
export type Wanted = (clause: Form) => ((env: Env) => boolean) | undefined

/**
 * Appends clauses of which the first one that wants the value is run.
 *
 * @param otherwise is called where none does, and throws
 */
export function emitClauses(
  c: Compiler,
  clauses: readonly Form[],
  wanted: Wanted,
  dst: number,
  otherwise: (machine: Machine) => void,
): void {
  const end = c.label()
  c.scope.branches(
    clauses.map((clause) => () => {
      const next = c.label()
      const match = wanted(clause)
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

/** What a clause with one pattern wants of the value at a place. */
export function wantedAt(c: Compiler, at: number): Wanted {
  return (clause) => {
    const match: Match = c.pattern(listPart(clause, 2)[0], undefined)
    return (env) => match(env[at], env)
  }
}
