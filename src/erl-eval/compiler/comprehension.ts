import { tuple } from '../../term/index.ts'
import { type Direct, type Env, type Label, TAIL } from '../machine/index.ts'
import {
  BADARG,
  Bits,
  BitsBuilder,
  Cons,
  ErlMap,
  entriesOf,
  isList,
  items,
  ListBuilder,
  listOf,
  NIL,
  Raise,
} from '../value/index.ts'
import type { Compiler, Shadow } from './context.ts'
import { evaluatorFunction, failure } from './failure.ts'
import { type Form, kindOf, listOfForms, listPart, part } from './form.ts'
import { isGuardTest } from './guard.ts'
import { operands } from './operands.ts'
import { matchSegments } from './segments.ts'

// https://www.erlang.org/doc/system/list_comprehensions; strict and zip generators came with OTP 28, several elements and
// assignments with OTP 29.

/** Appends the instructions of a comprehension. */
export function emitComprehension(c: Compiler, form: Form, dst: number): void {
  const { scope } = c
  const at = scope.place()
  const kind = kindOf(form)
  c.add(({ env }) => {
    env[at] = kind === 'lc' ? new ListBuilder() : kind === 'bc' ? new BitsBuilder() : []
  })
  const element = part(form, 2)
  const elements = Array.isArray(element) ? listOfForms(element) : [element]
  scope.inner(() =>
    emitQualifiers(c, listPart(form, 3), undefined, () => {
      for (const each of elements) emitElement(c, each, kind, at)
    }),
  )
  const finish = (collected: unknown): unknown =>
    collected instanceof ListBuilder || collected instanceof BitsBuilder
      ? collected.finish()
      : ErlMap.from(collected as [unknown, unknown][])
  c.add((m) => {
    const value = finish(m.env[at])
    if (dst === TAIL) m.return(value)
    else m.env[dst] = value
  })
}

function emitElement(c: Compiler, element: Form, kind: string, at: number): void {
  if (kind === 'mc') {
    const [key, value] = operands(c, [part(element, 2), part(element, 3)])
    return c.add(({ env }) => {
      const entries = env[at] as unknown[]
      const entry = [key!(env), value!(env)]
      entries.push(entry)
    })
  }
  const [value] = operands(c, [element])
  if (kind === 'lc') return c.add(({ env }) => (env[at] as ListBuilder).push(value!(env)))
  const origin = evaluatorFunction(c, 'eval_bc1', 7)
  c.add(({ env }) => {
    const bits = value!(env)
    if (!(bits instanceof Bits)) throw new Raise('error', BADARG, origin)
    ;(env[at] as BitsBuilder).add(bits)
  })
}

/** @param next where a filter jumps when it is false: to the next element; undefined before the first generator */
function emitQualifiers(
  c: Compiler,
  qualifiers: readonly Form[],
  next: Label | undefined,
  element: () => void,
): void {
  const [first, ...rest] = qualifiers
  if (first === undefined) {
    element()
    if (next)
      c.add((m) => {
        m.pc = next.pc
      })
    return
  }
  if (kindOf(first) === 'match') {
    emitAssignment(c, first)
    emitQualifiers(c, rest, next, element)
  } else if (kindOf(first) === 'zip') emitZip(c, listPart(first, 2), rest, next, element)
  else if (isGenerator(first)) emitGenerator(c, first, rest, next, element)
  else emitFilter(c, first, rest, next, element)
}

const isGenerator = (form: Form): boolean => /^(b_|m_)?generate(_strict)?$/.test(kindOf(form))

// A strict generator of one element: variables of the pattern hide outer variables of the same name.
function emitAssignment(c: Compiler, form: Form): void {
  const [value] = operands(c, [part(form, 3)])
  const match = c.pattern(part(form, 2), new Set())
  const fail = failure(c, 'badmatch', 'eval_generate', 9)
  c.add(({ env }) => {
    const matched = value!(env)
    if (!match(matched, env)) fail(matched)
  })
}

function emitFilter(
  c: Compiler,
  form: Form,
  rest: readonly Form[],
  next: Label | undefined,
  element: () => void,
): void {
  const end = c.label()
  const skip = next ?? end
  if (isGuardTest(c, form)) {
    const test = c.guard([[form]])!
    c.add((m) => {
      if (!test(m.env)) m.pc = skip.pc
    })
  } else {
    const [test] = operands(c, [form])
    const fail = failure(c, 'bad_filter', 'eval_filter', 7)
    c.add((m) => {
      const value = test!(m.env)
      if (value === false) m.pc = skip.pc
      else if (value !== true) fail(value)
    })
  }
  emitQualifiers(c, rest, next, element)
  c.mark(end)
}

function emitGenerator(
  c: Compiler,
  form: Form,
  rest: readonly Form[],
  next: Label | undefined,
  element: () => void,
): void {
  const [source] = operands(c, [part(form, 3)])
  const { at, strict, start, take, fail } = generatorOf(c, form, new Set())
  const loop = c.label()
  const end = c.label()
  c.add(({ env }) => {
    env[at] = start(source!(env))
  })
  c.mark(loop)
  c.add((m) => {
    const taken = take(m.env)
    if (taken === DONE) m.pc = end.pc
    else if (!taken.matched) {
      if (strict) fail(taken.element)
      m.pc = loop.pc
    }
  })
  emitQualifiers(c, rest, loop, element)
  c.mark(end)
  if (next)
    c.add((m) => {
      m.pc = next.pc
    })
}

/** Appends the instructions of generators that take their elements together. All must end in the same round. */
function emitZip(
  c: Compiler,
  forms: readonly Form[],
  rest: readonly Form[],
  next: Label | undefined,
  element: () => void,
): void {
  const sources = operands(
    c,
    forms.map((form) => part(form, 3)),
  )
  const shadow: Shadow = new Set()
  const generators = forms.map((form) => generatorOf(c, form, shadow))
  const loop = c.label()
  const end = c.label()
  const fail = failure(c, 'bad_generators', 'eval_zip', 8)
  c.add(({ env }) => {
    const values = sources.map((source: Direct) => source(env))
    generators.forEach(({ at, zipStart }, i) => {
      env[at] = zipStart(values[i])
    })
  })
  c.mark(loop)
  c.add((m) => {
    const { env } = m
    const left = generators.map((generator) => generator.left(env))
    const ended = left.filter(isEmpty).length
    if (ended === left.length) {
      m.pc = end.pc
      return
    }
    if (ended > 0) fail(tuple(...left))
    let matched = true
    for (const { take, strict, accepts, at } of generators) {
      if (!accepts(env[at])) fail(tuple(...left))
      const taken = take(env)
      if (taken === DONE || (strict && !taken.matched)) return fail(tuple(...left))
      matched &&= taken.matched
    }
    if (!matched) m.pc = loop.pc
  })
  emitQualifiers(c, rest, loop, element)
  c.mark(end)
  if (next)
    c.add((m) => {
      m.pc = next.pc
    })
}

const isEmpty = (value: unknown): boolean =>
  value === NIL ||
  (value instanceof Bits && value.size === 0) ||
  (value instanceof ErlMap && value.size === 0)

/** Generator of a comprehension. The elements that are not generated yet are in a slot. */
interface Generator {
  /** Slot of the remaining elements. */
  readonly at: number
  readonly strict: boolean
  /** Returns the first content of the slot. Raises `bad_generator` for a value that has no elements. */
  readonly start: (value: unknown) => unknown
  /** The same in a zip, where a value of another type is found in the first round. */
  readonly zipStart: (value: unknown) => unknown
  /** Whether elements can be taken from the content of the slot. */
  readonly accepts: (content: unknown) => boolean
  /** Takes the next element, and returns whether the pattern matches it. */
  readonly take: (env: Env) => Taken
  /** Returns the remaining elements as a value. It is empty when no element can be taken. */
  readonly left: (env: Env) => unknown
  /** Raises `badmatch`. */
  readonly fail: (element: unknown) => never
}

interface Taken {
  readonly matched: boolean
  readonly element: unknown
}

const DONE: Taken = { matched: false, element: undefined }

function generatorOf(c: Compiler, form: Form, shadow: Shadow): Generator {
  const kind = kindOf(form)
  const strict = kind.endsWith('_strict')
  const pattern = part(form, 2)
  if (kind.startsWith('b_')) return bitsGenerator(c, pattern, strict, shadow)
  return kind.startsWith('m_')
    ? mapGenerator(c, pattern, strict, shadow)
    : listGenerator(c, pattern, strict, shadow)
}

function listGenerator(c: Compiler, pattern: Form, strict: boolean, shadow: Shadow): Generator {
  const at = c.scope.place()
  const match = c.pattern(pattern, shadow)
  const bad = failure(c, 'bad_generator', 'eval_generate', 9)
  return {
    at,
    strict,
    start: (value) => (isList(value) ? value : bad(value)),
    zipStart: (value) => value,
    accepts: isList,
    take: (env) => {
      const list = env[at]
      if (list === NIL) return DONE
      if (!(list instanceof Cons)) return bad(list)
      env[at] = list.tail
      return { matched: match(list.head, env), element: list.head }
    },
    left: (env) => env[at],
    fail: failure(c, 'badmatch', 'eval_generate', 9),
  }
}

function bitsGenerator(c: Compiler, pattern: Form, strict: boolean, shadow: Shadow): Generator {
  const at = c.scope.place()
  const match = matchSegments(c, listPart(pattern, 2), shadow)
  const bad = failure(c, 'bad_generator', 'eval_b_generate', 9)
  const fail = failure(c, 'badmatch', 'eval_b_generate', 9)
  const isBits = (value: unknown): boolean => value instanceof Bits
  return {
    at,
    strict,
    start: (value) => (isBits(value) ? value : bad(value)),
    zipStart: (value) => value,
    accepts: isBits,
    take: (env) => {
      const bits = env[at] as Bits
      const end = match(bits, 0, env)
      if (end.short || end.at === 0) return strict && bits.size > 0 ? fail(bits) : DONE
      env[at] = bits.part(end.at, bits.size - end.at)
      return { matched: end.matched, element: bits }
    },
    left: (env) => {
      const bits = env[at]
      if (!(bits instanceof Bits)) return bits
      const end = match(bits, 0, env)
      return end.short || end.at === 0 ? bits.part(0, 0) : bits
    },
    fail,
  }
}

function mapGenerator(c: Compiler, pattern: Form, strict: boolean, shadow: Shadow): Generator {
  const at = c.scope.place()
  const key = c.pattern(part(pattern, 2), shadow)
  const value = c.pattern(part(pattern, 3), shadow)
  const bad = failure(c, 'bad_generator', 'eval_generator', 7)
  const start = (map: unknown): unknown => {
    const entries = entriesOf(map)
    return entries ? listOf(entries.map((entry) => tuple(...entry))) : bad(map)
  }
  return {
    at,
    strict,
    start,
    zipStart: start,
    accepts: isList,
    take: (env) => {
      const entries = env[at]
      if (!(entries instanceof Cons)) return DONE
      env[at] = entries.tail
      const [k, v] = entries.head as readonly [unknown, unknown]
      return { matched: key(k, env) && value(v, env), element: entries.head }
    },
    left: (env) => ErlMap.from(items(env[at]) as (readonly [unknown, unknown])[]),
    fail: failure(c, 'badmatch', 'eval_m_generate', 9),
  }
}
