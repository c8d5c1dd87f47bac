import { atom, tuple } from '../../term/index.ts'
import { type Env, TAIL } from '../machine/index.ts'
import { NIL, type Raise } from '../value/index.ts'
import { EXIT } from './atoms.ts'
import { clauseTestAt, emitClauses } from './clauses.ts'
import type { Compiler } from './context.ts'
import { failure } from './failure.ts'
import { type Form, listPart, part } from './form.ts'

/** Appends the instructions of `try … of … catch … after … end`. */
export function emitTry(c: Compiler, form: Form, dst: number): void {
  const after = listPart(form, 5)
  if (after.length === 0) return emitCatching(c, form, dst)
  const value = c.scope.place()
  const thrown = c.scope.place()
  const handler = c.label()
  const { scope } = c
  c.add((m) => {
    m.env[thrown] = undefined
    m.guardBy(handler, thrown)
  })
  scope.inner(() => {
    emitCatching(c, form, value)
  })
  c.add((m) => m.endGuard())
  c.mark(handler)
  scope.inner(() => c.body(after, scope.place()))
  c.add((m) => {
    const { env } = m
    if (env[thrown] !== undefined) throw env[thrown]
    if (dst === TAIL) m.return(env[value])
    else env[dst] = env[value]
  })
}

function emitCatching(c: Compiler, form: Form, dst: number): void {
  const { scope } = c
  const of = listPart(form, 3)
  const catches = listPart(form, 4)
  if (catches.length === 0 && of.length === 0) return scope.inner(() => c.body(listPart(form, 2), dst))
  const value = scope.place()
  const thrown = scope.place()
  const handler = c.label()
  const end = c.label()
  const fail = failure(c, 'try_clause', 'try_clauses', 10)
  c.add((m) => m.guardBy(handler, thrown))
  scope.inner(() => {
    c.body(listPart(form, 2), value)
    c.add((m) => m.endGuard())
    if (of.length > 0) emitClauses(c, of, clauseTestAt(c, value), dst, ({ env }) => fail(env[value]))
    else if (dst === TAIL) c.add((m) => m.return(m.env[value]))
    else
      c.add((m) => {
        m.env[dst] = m.env[value]
      })
    if (dst !== TAIL)
      c.add((m) => {
        m.pc = end.pc
      })
  })
  c.mark(handler)
  scope.inner(() => {
    emitClauses(
      c,
      catches,
      (clause) => exceptionAt(c, clause, thrown),
      dst,
      ({ env }) => {
        throw env[thrown]
      },
    )
  })
  c.mark(end)
}

const KINDS = { error: atom('error'), exit: atom('exit'), throw: atom('throw') } as const

// The pattern of a `catch` clause is a tuple of the class, the reason and a variable for the stack.
function exceptionAt(c: Compiler, clause: Form, at: number): (env: Env) => boolean {
  const [pattern] = listPart(clause, 2)
  const [kind, reason, stack] = listPart(pattern, 2).map((element) => c.pattern(element, undefined))
  return (env) => {
    const raise = env[at] as Raise
    return kind!(KINDS[raise.kind], env) && reason!(raise.reason, env) && stack!(raise.stack ?? NIL, env)
  }
}

/** Appends the instructions of `catch Expression`. */
export function emitCatch(c: Compiler, form: Form, dst: number): void {
  const value = c.scope.place()
  const thrown = c.scope.place()
  const handler = c.label()
  const end = c.label()
  c.add((m) => m.guardBy(handler, thrown))
  c.emit(part(form, 2), value)
  c.add((m) => {
    m.endGuard()
    m.pc = end.pc
  })
  c.mark(handler)
  c.add(({ env }) => {
    env[value] = caught(env[thrown] as Raise)
  })
  c.mark(end)
  c.add((m) => {
    if (dst === TAIL) m.return(m.env[value])
    else m.env[dst] = m.env[value]
  })
}

function caught({ kind, reason, stack }: Raise): unknown {
  if (kind === 'throw') return reason
  return tuple(EXIT, kind === 'exit' ? reason : tuple(reason, stack ?? NIL))
}
