import { atom } from '../../term/index.ts'
import { type Direct, isTimeout, type Label, TAIL } from '../machine/index.ts'
import { Raise } from '../value/index.ts'
import type { Compiler } from './context.ts'
import { evaluatorFunction } from './failure.ts'
import { type Form, listPart, part, partCount } from './form.ts'
import { operands } from './operands.ts'

const TIMEOUT_VALUE = atom('timeout_value')

/** Appends the instructions of `receive … after … end`. */
export function emitReceive(c: Compiler, form: Form, dst: number): void {
  const clauses = listPart(form, 2)
  const hasTimeout = partCount(form) === 5
  const [timeout] = hasTimeout ? operands(c, [part(form, 3)]) : ([] as Direct[])
  const wanted: ((message: unknown, env: unknown[]) => boolean)[] = []
  const labels: Label[] = []
  const timeoutLabel = c.label()
  const end = c.label()
  const waiting = (message: unknown, env: unknown[]): number => {
    for (let i = 0; i < wanted.length; i++) if (wanted[i]!(message, env)) return i
    return -1
  }
  const origin = evaluatorFunction(c, 'receive', 2, 'prim_eval')
  c.add((m) => {
    const limit = timeout?.(m.env)
    if (!isTimeout(limit)) throw new Raise('error', TIMEOUT_VALUE, origin)
    m.receive(waiting, labels, limit, timeoutLabel)
  })
  const jump = (): void => {
    if (dst !== TAIL)
      c.add((m) => {
        m.pc = end.pc
      })
  }
  const branches = clauses.map((clause) => () => {
    const label = c.label()
    const match = c.pattern(listPart(clause, 2)[0], undefined)
    const guard = c.guard(listPart(clause, 3))
    wanted.push((message, env) => match(message, env) && (guard === undefined || guard(env)))
    labels.push(label)
    c.mark(label)
    c.body(listPart(clause, 4), dst)
    jump()
  })
  if (hasTimeout)
    branches.push(() => {
      c.mark(timeoutLabel)
      c.body(listPart(form, 4), dst)
    })
  c.scope.branches(branches)
  c.mark(end)
}
