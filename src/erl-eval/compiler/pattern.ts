import { atom, TupleClass } from '../../term/index.ts'
import { Cons, ErlMap, NIL, same } from '../value/index.ts'
import type { Compiler, Match, Shadow } from './context.ts'
import { literal } from './direct.ts'
import { type Form, kindOf, listPart, nameIn, part, variableName } from './form.ts'
import { matchSegments } from './segments.ts'

const ANY: Match = () => true
const CONS = atom('cons')
const INTEGER = atom('integer')

/** Compiles a pattern. */
export function compilePattern(c: Compiler, form: Form, shadow: Shadow): Match {
  switch (kindOf(form)) {
    case 'var':
      return variable(c, variableName(form), shadow)
    case 'cons':
      return cons(c, form, shadow)
    case 'tuple':
      return tupleOf(listPart(form, 2).map((element) => c.pattern(element, shadow)))
    case 'map':
      return map(c, form, shadow)
    case 'match': {
      const left = c.pattern(part(form, 2), shadow)
      const right = c.pattern(part(form, 3), shadow)
      return (value, env) => left(value, env) && right(value, env)
    }
    case 'bin':
      return binary(c, listPart(form, 2), shadow)
    case 'op':
      return operator(c, form, shadow)
    case 'nil':
      return (value) => value === NIL
    case 'atom': {
      const wanted = literal(form)
      return (value) => value === wanted
    }
    default: {
      const wanted = literal(form)
      if (typeof wanted === 'number') return (value) => value === wanted
      return (value) => same(value, wanted)
    }
  }
}

function variable(c: Compiler, name: string, shadow: Shadow): Match {
  if (name === '_') return ANY
  const { scope } = c
  const bound = shadow && !shadow.has(name) ? undefined : scope.lookup(name)
  if (bound !== undefined) return (value, env) => same(value, env[bound])
  const at = shadow ? scope.shadow(name) : scope.bind(name)
  shadow?.add(name)
  return (value, env) => {
    env[at] = value
    return true
  }
}

function cons(c: Compiler, form: Form, shadow: Shadow): Match {
  const heads: Match[] = []
  let rest: Form = form
  for (; kindOf(rest) === 'cons'; rest = part(rest, 3)) heads.push(c.pattern(part(rest, 2), shadow))
  const tail = c.pattern(rest, shadow)
  return (value, env) => {
    let list = value
    for (let i = 0; i < heads.length; i++) {
      if (!(list instanceof Cons) || !heads[i]!(list.head, env)) return false
      list = list.tail
    }
    return tail(list, env)
  }
}

function tupleOf(elements: readonly Match[]): Match {
  const arity = elements.length
  return (value, env) => {
    if (!(value instanceof TupleClass)) return false
    const found = value.elements as readonly unknown[]
    if (found.length !== arity) return false
    for (let i = 0; i < arity; i++) if (!elements[i]!(found[i], env)) return false
    return true
  }
}

function map(c: Compiler, form: Form, shadow: Shadow): Match {
  const fields = listPart(form, 2).map((field) => ({
    key: c.direct(part(field, 2)),
    match: c.pattern(part(field, 3), shadow),
  }))
  return (value, env) => {
    if (!(value instanceof ErlMap)) return false
    for (const { key, match } of fields) {
      const found = value.get(key(env))
      if (found === undefined || !match(found, env)) return false
    }
    return true
  }
}

function binary(c: Compiler, segments: readonly Form[], shadow: Shadow): Match {
  const match = matchSegments(c, segments, shadow)
  return (value, env) => {
    const end = match(value, 0, env)
    return end.matched && end.at === end.size
  }
}

// `"prefix" ++ Tail`, or an expression of constants such as `-1`.
function operator(c: Compiler, form: Form, shadow: Shadow): Match {
  if (nameIn(form, 2).name !== '++') {
    const wanted = c.direct(form)
    return (value, env) => same(value, wanted(env))
  }
  return c.pattern(asConses(part(form, 3), part(form, 4)), shadow)
}

// The prefix as the pattern that it abbreviates.
function asConses(prefix: Form, tail: Form): Form {
  if (kindOf(prefix) === 'nil') return tail
  if (kindOf(prefix) === 'cons')
    return new TupleClass([CONS, 0, part(prefix, 2), asConses(part(prefix, 3), tail)]) as Form
  const characters = listPart(prefix, 2)
  return characters.reduceRight<Form>(
    (rest, character) => new TupleClass([CONS, 0, new TupleClass([INTEGER, 0, character]), rest]) as Form,
    tail,
  )
}
