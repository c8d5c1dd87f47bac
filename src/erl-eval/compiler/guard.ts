import type { Env } from '../machine/index.ts'
import type { Compiler } from './context.ts'
import { pureCall } from './direct.ts'
import { type Form, kindOf, listOfForms, listPart, nameIn, part, partCount } from './form.ts'

/** Compiles the guard of a clause: alternatives of tests. A test that fails is false. */
export function compileGuard(c: Compiler, guards: readonly Form[]): ((env: Env) => boolean) | undefined {
  if (guards.length === 0) return undefined
  const alternatives = guards.map((tests) => {
    const all = listOfForms(tests).map((test) => c.direct(test))
    const [only] = all
    const check =
      all.length === 1
        ? (env: Env) => only!(env) === true
        : (env: Env) => {
            for (let i = 0; i < all.length; i++) if (all[i]!(env) !== true) return false
            return true
          }
    return listOfForms(tests).every(neverFails) ? check : falseForFailure(check)
  })
  if (alternatives.length === 1) return alternatives[0]!
  return (env) => alternatives.some((alternative) => alternative(env))
}

function falseForFailure(check: (env: Env) => boolean): (env: Env) => boolean {
  return (env) => {
    try {
      return check(env)
    } catch {
      return false
    }
  }
}

const COMPARISONS = new Set(['==', '/=', '=:=', '=/=', '<', '>', '=<', '>='])
const SIMPLE = new Set(['var', 'atom', 'integer', 'nil', 'float', 'char'])

// Fast path for type tests and comparisons of variables and literals: most guards are of this kind.
function neverFails(test: Form): boolean {
  const kind = kindOf(test)
  if (kind === 'op')
    return (
      COMPARISONS.has(nameIn(test, 2).name) &&
      SIMPLE.has(kindOf(part(test, 3))) &&
      SIMPLE.has(kindOf(part(test, 4)))
    )
  return SIMPLE.has(kind)
}

const CONNECTIVES = new Set(['and', 'or', 'not', 'xor', 'andalso', 'orelse'])

/** Whether an expression is valid as a guard test. As a filter of a comprehension it is then false when it fails. */
export function isGuardTest(c: Compiler, form: Form): boolean {
  switch (kindOf(form)) {
    case 'op': {
      const { name } = nameIn(form, 2)
      if (COMPARISONS.has(name))
        return isGuardExpression(c, part(form, 3)) && isGuardExpression(c, part(form, 4))
      if (!CONNECTIVES.has(name)) return false
      return isGuardTest(c, part(form, 3)) && (partCount(form) === 4 || isGuardTest(c, part(form, 4)))
    }
    case 'call':
      return (
        isTypeTest(form) &&
        pureCall(c, form) !== undefined &&
        listPart(form, 3).every((arg) => isGuardExpression(c, arg))
      )
    case 'atom':
    case 'var':
      return true
    default:
      return false
  }
}

function isTypeTest(form: Form): boolean {
  const callee = part(form, 2)
  const name = kindOf(callee) === 'remote' ? part(callee, 3) : callee
  return kindOf(name) === 'atom' && String(part(name, 2)).startsWith('is_')
}

function isGuardExpression(c: Compiler, form: Form): boolean {
  return c.isDirect(form) && !['match', 'case', 'if', 'block', 'fun', 'named_fun'].includes(kindOf(form))
}
