import { Atom, atom, ExportFun, Float, type Term, TupleClass } from '../../term/index.ts'
import { leftSide, pureFunction } from '../bif/index.ts'
import type { Direct, Env } from '../machine/index.ts'
import {
  badarg,
  Closure,
  Cons,
  ErlMap,
  failWith,
  fromTerm,
  listOf,
  NIL,
  Raise,
  withOrigin,
} from '../value/index.ts'
import type { Compiler } from './context.ts'
import { evaluatorFunction, failure } from './failure.ts'
import { atomIn, type Form, kindOf, listPart, nameIn, part, partCount, variableName } from './form.ts'
import { construct } from './segments.ts'

const ERLANG = atom('erlang')

/** Returns the function of `erlang` that a call names, when it has no effects and no local or imported function has its name. */
export function pureCall(c: Compiler, form: Form): ((...args: unknown[]) => unknown) | undefined {
  const callee = part(form, 2)
  const arity = listPart(form, 3).length
  if (kindOf(callee) === 'remote') {
    const name = atomIn(part(callee, 3))
    return name && atomIn(part(callee, 2)) === ERLANG ? pureFunction(name.name, arity) : undefined
  }
  const name = atomIn(callee)
  return name && !c.unit.local(name.name, arity) ? pureFunction(name.name, arity) : undefined
}

const LITERALS = new Set(['atom', 'integer', 'float', 'char', 'string', 'nil', 'value'])

/** Whether an expression makes no call of the machine, so that it is evaluated in one step. */
export function needsNoStack(c: Compiler, form: Form): boolean {
  const every = (forms: readonly Form[]): boolean => forms.every((inner) => c.isDirect(inner))
  const kind = kindOf(form)
  if (LITERALS.has(kind)) return true
  switch (kind) {
    case 'var':
    case 'named_fun':
      return true
    case 'fun': {
      const body = part(form, 2)
      return (
        kindOf(body) !== 'function' ||
        partCount(body) === 3 ||
        [1, 2, 3].every((i) => !isForm(part(body, i)) || c.isDirect(part(body, i)))
      )
    }
    case 'cons': {
      let rest: Form = form
      for (; kindOf(rest) === 'cons'; rest = part(rest, 3)) if (!c.isDirect(part(rest, 2))) return false
      return c.isDirect(rest)
    }
    case 'tuple':
      return every(listPart(form, 2))
    case 'map': {
      const fields = listPart(form, partCount(form) - 1)
      return (
        (partCount(form) === 3 || c.isDirect(part(form, 2))) &&
        fields.every((field) => c.isDirect(part(field, 2)) && c.isDirect(part(field, 3)))
      )
    }
    case 'bin':
      return listPart(form, 2).every(
        (segment) =>
          c.isDirect(part(segment, 2)) && (part(segment, 3) instanceof Atom || c.isDirect(part(segment, 3))),
      )
    case 'op':
      return nameIn(form, 2).name !== '!' && every((form as TupleClass).elements.slice(3) as Form[])
    case 'match':
      return c.isDirect(part(form, 3))
    case 'block':
      return every(listPart(form, 2))
    case 'case':
      return c.isDirect(part(form, 2)) && listPart(form, 3).every((clause) => every(listPart(clause, 4)))
    case 'if':
      return listPart(form, 2).every((clause) => every(listPart(clause, 4)))
    case 'call':
      return pureCall(c, form) !== undefined && every(listPart(form, 3))
    default:
      return false
  }
}

const isForm = (value: Form): boolean => value instanceof TupleClass

/** Compiles an expression for which {@link needsNoStack} is true. */
export function compileDirect(c: Compiler, form: Form): Direct {
  switch (kindOf(form)) {
    case 'var':
      return variable(c, form)
    case 'cons':
      return cons(c, form)
    case 'tuple':
      return tupleOf(listPart(form, 2).map((element) => c.direct(element)))
    case 'map':
      return map(c, form)
    case 'bin':
      return construct(c, listPart(form, 2))
    case 'op':
      return operator(c, form)
    case 'match': {
      const value = c.direct(part(form, 3))
      return matching(value, c.pattern(part(form, 2), undefined))
    }
    case 'block':
      return sequence(listPart(form, 2).map((inner) => c.direct(inner)))
    case 'case':
      return caseOf(c, form)
    case 'if':
      return ifOf(c, form)
    case 'call': {
      const fn = pureCall(c, form) ?? badarg()
      return calling(
        fn,
        listPart(form, 3).map((arg) => c.direct(arg)),
        calledName(part(form, 2)),
      )
    }
    case 'fun':
      return funOf(c, form)
    case 'named_fun':
      return c.fun(listPart(form, 3), nameIn(form, 2), part(form, 1))
    default: {
      const value = literal(form)
      return () => value
    }
  }
}

const calledName = (callee: Form): Atom =>
  atomIn(kindOf(callee) === 'remote' ? part(callee, 3) : callee) ?? badarg()

/** Returns the value of a literal. */
export function literal(form: Form): unknown {
  switch (kindOf(form)) {
    case 'nil':
      return NIL
    case 'float': {
      const value = fromTerm(part(form, 2))
      return typeof value === 'number' ? new Float(value) : value
    }
    case 'atom':
    case 'integer':
    case 'char':
    case 'string':
    case 'value':
      return fromTerm(part(form, 2))
    default:
      return badarg()
  }
}

function variable(c: Compiler, form: Form): Direct {
  const name = variableName(form)
  const at = c.scope.lookup(name)
  if (at === undefined) return () => failWith('unbound', atom(name))
  return (env) => env[at]
}

function cons(c: Compiler, form: Form): Direct {
  const heads: Direct[] = []
  let rest: Form = form
  for (; kindOf(rest) === 'cons'; rest = part(rest, 3)) heads.push(c.direct(part(rest, 2)))
  const tail = c.direct(rest)
  if (heads.length === 1) {
    const head = heads[0]!
    return (env) => {
      const first = head(env)
      return new Cons(first, tail(env))
    }
  }
  return (env) => {
    const items = heads.map((head) => head(env))
    return listOf(items, tail(env))
  }
}

function tupleOf(elements: readonly Direct[]): Direct {
  const [a, b] = elements
  if (elements.length === 2) return (env) => new TupleClass([a!(env), b!(env)])
  return (env) => new TupleClass(elements.map((element) => element(env)))
}

function map(c: Compiler, form: Form): Direct {
  const base = partCount(form) === 4 ? c.direct(part(form, 2)) : undefined
  const fields = listPart(form, partCount(form) - 1).map((field) => ({
    exact: kindOf(field) === 'map_field_exact',
    key: c.direct(part(field, 2)),
    value: c.direct(part(field, 3)),
  }))
  const badMap = failure(c, 'badmap', 'put', 3, 'maps')
  const badKey = failure(c, 'badkey', 'update', 3, 'maps')
  return (env) => {
    const before = base ? base(env) : ErlMap.empty
    if (!(before instanceof ErlMap)) return badMap(before)
    let result = before
    for (const { exact, key, value } of fields) {
      const at = key(env)
      if (exact && !result.has(at)) return badKey(at)
      result = result.put(at, value(env))
    }
    return result
  }
}

function operator(c: Compiler, form: Form): Direct {
  const { name } = nameIn(form, 2)
  const operands = ((form as TupleClass).elements.slice(3) as Form[]).map((operand) => c.direct(operand))
  const [a, b] = operands as [Direct, Direct]
  if (name === 'andalso') return (env) => (leftSide(a(env)) ? b(env) : false)
  if (name === 'orelse') return (env) => (leftSide(a(env)) ? true : b(env))
  return calling(pureFunction(name, operands.length) ?? badarg(), operands, atom(name) as Atom)
}

/** Calls a function without effects. An error names the function, as on a BEAM. */
function calling(fn: (...args: unknown[]) => unknown, args: readonly Direct[], name: Atom): Direct {
  const [a, b] = args
  if (args.length === 2)
    return (env) => {
      const left = a!(env)
      const right = b!(env)
      try {
        return fn(left, right)
      } catch (thrown) {
        throw withOrigin(thrown, { module: ERLANG, name, args: [left, right] })
      }
    }
  return (env) => {
    const values = args.map((arg) => arg(env))
    try {
      return fn(...values)
    } catch (thrown) {
      throw withOrigin(thrown, { module: ERLANG, name, args: values })
    }
  }
}

/** Matches a value with a pattern. Raises `{badmatch, Value}`. */
export function matching(value: Direct, match: (value: unknown, env: Env) => boolean): Direct {
  return (env) => {
    const matched = value(env)
    return match(matched, env) ? matched : failWith('badmatch', matched)
  }
}

function sequence(steps: readonly Direct[]): Direct {
  if (steps.length === 1) return steps[0]!
  return (env) => {
    let value: unknown
    for (const step of steps) value = step(env)
    return value
  }
}

interface DirectClause {
  match: (value: unknown, env: Env) => boolean
  guard: ((env: Env) => boolean) | undefined
  body: Direct
}

function caseOf(c: Compiler, form: Form): Direct {
  const subject = c.direct(part(form, 2))
  const clauses = clausesOf(c, listPart(form, 3), (clause) => c.pattern(listPart(clause, 2)[0]!, undefined))
  const fail = failure(c, 'case_clause', 'case_clauses', 8)
  return (env) => {
    const value = subject(env)
    for (let i = 0; i < clauses.length; i++) {
      const { match, guard, body } = clauses[i]!
      if (match(value, env) && (guard === undefined || guard(env))) return body(env)
    }
    return fail(value)
  }
}

function ifOf(c: Compiler, form: Form): Direct {
  const clauses = clausesOf(c, listPart(form, 2), () => () => true)
  const fail = ifFailure(c)
  return (env) => {
    for (const { guard, body } of clauses) if (guard === undefined || guard(env)) return body(env)
    return fail()
  }
}

/** Returns a function that raises `if_clause`. */
export function ifFailure(c: Compiler): () => never {
  const origin = evaluatorFunction(c, 'if_clauses', 7)
  return () => {
    throw new Raise('error', IF_CLAUSE, origin)
  }
}

const IF_CLAUSE = atom('if_clause')

function clausesOf(
  c: Compiler,
  forms: readonly Form[],
  matchOf: (clause: Form) => DirectClause['match'],
): DirectClause[] {
  const clauses: DirectClause[] = []
  c.scope.branches(
    forms.map((clause) => () => {
      const match = matchOf(clause)
      const guard = c.guard(listPart(clause, 3))
      clauses.push({ match, guard, body: sequence(listPart(clause, 4).map((inner) => c.direct(inner))) })
    }),
  )
  return clauses
}

function funOf(c: Compiler, form: Form): Direct {
  const body = part(form, 2)
  if (kindOf(body) === 'clauses') return c.fun(listPart(body, 1), undefined, part(form, 1))
  if (partCount(body) === 4) {
    const [module, name, arity] = [1, 2, 3].map((i) => valueOrForm(c, part(body, i)))
    return (env) => {
      const [m, f, a] = [module!(env), name!(env), arity!(env)]
      return m instanceof Atom && f instanceof Atom && typeof a === 'number'
        ? new ExportFun(m, f, a)
        : badarg()
    }
  }
  const name = nameIn(body, 1)
  const arity = part(body, 2) as number
  const local = c.unit.local(name.name, arity)
  if (local) {
    let closure: Closure | undefined
    return () => {
      closure ??= new Closure(local(), [])
      return closure
    }
  }
  const fun = new ExportFun(c.unit.imported(name.name, arity) ?? (ERLANG as Atom), name, arity)
  return () => fun
}

function valueOrForm(c: Compiler, value: Form): Direct {
  if (isForm(value)) return c.direct(value)
  const known = fromTerm(value as Term)
  return () => known
}
