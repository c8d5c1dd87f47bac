import { TAIL } from '../machine/index.ts'
import { failWith } from '../value/index.ts'
import { clauseTestAt, emitClauses } from './clauses.ts'
import type { Compiler } from './context.ts'
import { type Form, kindOf, listPart, part, partCount } from './form.ts'

/** Appends the instructions of `maybe … else … end`. The first `?=` that does not match ends it. */
export function emitMaybe(c: Compiler, form: Form, dst: number): void {
  const { scope } = c
  const value = scope.place()
  const otherwise = c.label()
  const end = c.label()
  const body = listPart(form, 2)
  scope.inner(() => {
    for (const [i, step] of body.entries()) {
      if (kindOf(step) !== 'maybe_match') {
        c.emit(step, i === body.length - 1 ? value : scope.place())
        continue
      }
      c.emit(part(step, 3), value)
      const match = c.pattern(part(step, 2), undefined)
      c.add((m) => {
        if (!match(m.env[value], m.env)) m.pc = otherwise.pc
      })
    }
  })
  const give = (): void =>
    c.add((m) => {
      if (dst === TAIL) return m.return(m.env[value])
      m.env[dst] = m.env[value]
      m.pc = end.pc
    })
  give()
  c.mark(otherwise)
  if (partCount(form) === 3) give()
  else
    scope.inner(() =>
      emitClauses(c, listPart(part(form, 3), 2), clauseTestAt(c, value), dst, ({ env }) =>
        failWith('else_clause', env[value]),
      ),
    )
  c.mark(end)
}
