import { leftSide } from '../bif/index.ts'
import { TAIL } from '../machine/index.ts'
import { badarg } from '../value/index.ts'

import { emitCall, emitSend } from './calls.ts'
import { clauseTestAt, emitClauses } from './clauses.ts'
import { emitComprehension } from './comprehension.ts'
import type { Compiler } from './context.ts'
import { ifFailure, matching } from './direct.ts'
import { failure } from './failure.ts'
import { type Form, kindOf, listPart, nameIn, part } from './form.ts'
import { emitMaybe } from './maybe.ts'
import { operands, result, withoutStack } from './operands.ts'
import { emitReceive } from './receive.ts'
import { emitCatch, emitTry } from './try.ts'

/** Appends the instructions of an expression. Its value is stored in a slot, or is the result of the function. */
export function emitExpression(c: Compiler, form: Form, dst: number): void {
  if (c.isDirect(form)) return result(c, c.direct(form), dst)
  switch (kindOf(form)) {
    case 'block':
      return c.body(listPart(form, 2), dst)
    case 'case':
      return emitCase(c, form, dst)
    case 'if':
      return emitClauses(c, listPart(form, 2), () => undefined, dst, ifFailure(c))
    case 'match': {
      const [value] = operands(c, [part(form, 3)])
      return result(c, matching(value!, c.pattern(part(form, 2), undefined)), dst)
    }
    case 'call':
      return emitCall(c, form, dst)
    case 'op':
      return emitOperator(c, form, dst)
    case 'receive':
      return emitReceive(c, form, dst)
    case 'try':
      return emitTry(c, form, dst)
    case 'catch':
      return emitCatch(c, form, dst)
    case 'maybe':
      return emitMaybe(c, form, dst)
    case 'lc':
    case 'bc':
    case 'mc':
      return emitComprehension(c, form, dst)
    default:
      return emitParts(c, form, dst)
  }
}

/** Appends the instructions of expressions in order. The value of the last one is the value of all. */
export function emitBody(c: Compiler, forms: readonly Form[], dst: number): void {
  if (forms.length === 0) return badarg()
  const ignored = c.scope.place()
  for (let i = 0; i < forms.length - 1; i++) c.emit(forms[i], ignored)
  c.emit(forms.at(-1), dst)
}

function emitCase(c: Compiler, form: Form, dst: number): void {
  const at = c.scope.place()
  c.emit(part(form, 2), at)
  const fail = failure(c, 'case_clause', 'case_clauses', 8)
  emitClauses(c, listPart(form, 3), clauseTestAt(c, at), dst, ({ env }) => fail(env[at]))
}

function emitOperator(c: Compiler, form: Form, dst: number): void {
  const { name } = nameIn(form, 2)
  if (name === '!') return emitSend(c, form, dst)
  if (name !== 'andalso' && name !== 'orelse') return emitParts(c, form, dst)
  const end = c.label()
  const at = c.scope.place()
  c.emit(part(form, 3), at)
  const decided = name === 'orelse'
  const right = c.label()
  c.add((m) => {
    if (leftSide(m.env[at]) !== decided) m.pc = right.pc
    else if (dst === TAIL) m.return(decided)
    else {
      m.env[dst] = decided
      m.pc = end.pc
    }
  })
  c.mark(right)
  c.emit(part(form, 4), dst)
  c.mark(end)
}

/**
 * Appends an expression that constructs a value from its parts, such as a tuple, when some parts make calls of the machine. These
 * parts are evaluated into slots first.
 */
function emitParts(c: Compiler, form: Form, dst: number): void {
  result(c, c.direct(withoutStack(c, form)), dst)
}
