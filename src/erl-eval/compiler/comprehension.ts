import { atom, tuple } from '../../term/index.ts'
import { type Direct, type Env, type Label, TAIL } from '../machine/index.ts'
import {
  Bits,
  BitsBuilder,
  badarg,
  Cons,
  ErlMap,
  failWith,
  ListBuilder,
  listOf,
  NIL,
  Raise,
} from '../value/index.ts'
import type { Compiler, Shadow } from './context.ts'
import { type Form, kindOf, listPart, part } from './form.ts'
import { isGuardTest } from './guard.ts'
import { operands } from './operands.ts'
import { matchSegments } from './segments.ts'

// https://www.erlang.org/doc/system/list_comprehensions; strict and zip generators came with OTP 28.

/** Appends the instructions of a comprehension. */
export function emitComprehension(c: Compiler, form: Form, dst: number): void {
  const { scope } = c
  const at = scope.place()
  const kind = kindOf(form)
  c.add(({ env }) => {
    env[at] = kind === 'lc' ? new ListBuilder() : kind === 'bc' ? new BitsBuilder() : []
  })
  scope.inner(() =>
    emitQualifiers(c, listPart(form, 3), undefined, () => emitElement(c, part(form, 2), kind, at)),
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
  c.add(({ env }) => {
    const bits = value!(env)
    if (!(bits instanceof Bits)) return badarg()
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
  const generators = kindOf(first) === 'zip' ? listPart(first, 2) : isGenerator(first) ? [first] : undefined
  if (!generators) return emitFilter(c, first, rest, next, element)
  emitGenerators(c, generators, rest, next, element)
}

const isGenerator = (form: Form): boolean => /^(b_|m_)?generate(_strict)?$/.test(kindOf(form))

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
    c.add((m) => {
      const value = test!(m.env)
      if (value === false) m.pc = skip.pc
      else if (value !== true) failWith('bad_filter', value)
    })
  }
  emitQualifiers(c, rest, next, element)
  c.mark(end)
}

/** Generator of a comprehension. The elements that are not generated yet are in a slot. */
interface Generator {
  /** Slot of the remaining elements. */
  readonly at: number
  /** Returns the first content of the slot. Throws for a value that has no elements. */
  readonly start: (value: unknown) => unknown
  /** Takes the next element. Returns whether there was one (`found`), and whether the pattern matches it (`matched`). */
  readonly take: (env: Env) => Taken
  readonly strict: boolean
}

interface Taken {
  readonly found: boolean
  readonly matched: boolean
  readonly element: unknown
}

const NOTHING: Taken = { found: false, matched: false, element: undefined }

function emitGenerators(
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
  c.add(({ env }) => {
    const values = sources.map((source: Direct) => source(env))
    generators.forEach(({ at, start }, i) => {
      env[at] = start(values[i])
    })
  })
  c.mark(loop)
  const [only] = generators
  if (generators.length === 1 && only) {
    c.add((m) => {
      const taken = only.take(m.env)
      if (!taken.found) m.pc = end.pc
      else if (!taken.matched) {
        if (only.strict) failWith('badmatch', taken.element)
        m.pc = loop.pc
      }
    })
  } else
    c.add((m) => {
      const { env } = m
      const before = generators.map(({ at }) => env[at])
      const taken = generators.map((generator) => generator.take(env))
      if (taken.every(({ found }) => !found)) m.pc = end.pc
      else if (taken.some(({ found }) => !found))
        throw new Raise('error', tuple(BAD_GENERATORS, tuple(...before)))
      else
        for (const [i, { matched, element }] of taken.entries())
          if (!matched) {
            if (generators[i]!.strict) failWith('badmatch', element)
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

const BAD_GENERATORS = atom('bad_generators')

function generatorOf(c: Compiler, form: Form, shadow: Shadow): Generator {
  const kind = kindOf(form)
  const at = c.scope.place()
  const strict = kind.endsWith('_strict')
  if (kind.startsWith('b_')) return bitsGenerator(c, part(form, 2), at, strict, shadow)
  if (kind.startsWith('m_')) return mapGenerator(c, part(form, 2), at, strict, shadow)
  const match = c.pattern(part(form, 2), shadow)
  return {
    at,
    strict,
    start: (value) => (value === NIL || value instanceof Cons ? value : failWith('bad_generator', value)),
    take: (env) => {
      const list = env[at]
      if (list === NIL) return NOTHING
      if (!(list instanceof Cons)) return failWith('bad_generator', list)
      env[at] = list.tail
      return { found: true, matched: match(list.head, env), element: list.head }
    },
  }
}

function bitsGenerator(c: Compiler, pattern: Form, at: number, strict: boolean, shadow: Shadow): Generator {
  const match = matchSegments(c, listPart(pattern, 2), shadow)
  return {
    at,
    strict,
    start: (value) => (value instanceof Bits ? value : failWith('bad_generator', value)),
    take: (env) => {
      const bits = env[at] as Bits
      const end = match(bits, 0, env)
      if (end.short || end.at === 0) {
        if (strict && bits.size > 0) return failWith('badmatch', bits)
        return NOTHING
      }
      env[at] = bits.part(end.at, bits.size - end.at)
      return { found: true, matched: end.matched, element: bits }
    },
  }
}

function mapGenerator(c: Compiler, pattern: Form, at: number, strict: boolean, shadow: Shadow): Generator {
  const key = c.pattern(part(pattern, 2), shadow)
  const value = c.pattern(part(pattern, 3), shadow)
  return {
    at,
    strict,
    start: (map) =>
      map instanceof ErlMap
        ? listOf(map.entries().map((entry) => tuple(...entry)))
        : failWith('bad_generator', map),
    take: (env) => {
      const entries = env[at]
      if (!(entries instanceof Cons)) return NOTHING
      env[at] = entries.tail
      const [k, v] = entries.head as readonly [unknown, unknown]
      return { found: true, matched: key(k, env) && value(v, env), element: entries.head }
    },
  }
}
