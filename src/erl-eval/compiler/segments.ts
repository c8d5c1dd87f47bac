import { Float } from '../../term/index.ts'
import type { Direct, Env } from '../machine/index.ts'
import {
  Bits,
  BitsBuilder,
  badarg,
  bitsOfText,
  isInteger,
  isNumber,
  toDouble,
  withOrigin,
} from '../value/index.ts'
import { characterAt, extractFloat, extractInteger, putFloat, putInteger } from './bit-fields.ts'
import type { Compiler, Match, Shadow } from './context.ts'
import { evaluatorFunction } from './failure.ts'
import { type Form, kindOf, listPart, part } from './form.ts'
import { bitsOf, type Segment, segmentOf } from './segment-type.ts'

type Put = (env: Env, builder: BitsBuilder) => void

/** Compiles an expression that constructs a binary. */
export function construct(c: Compiler, forms: readonly Form[]): Direct {
  const segments = forms.map((form) => segmentOf(c, form))
  const first = prefixOf(c, segments)
  const puts = segments.slice(first ? 1 : 0).map((segment) => putSegment(c, segment))
  const origin = evaluatorFunction(c, 'eval_exp_field', 6, 'eval_bits')
  return (env) => {
    try {
      const builder = first ? BitsBuilder.after(first(env)) : new BitsBuilder()
      for (let i = 0; i < puts.length; i++) puts[i]!(env, builder)
      return builder.finish()
    } catch (thrown) {
      throw withOrigin(thrown, origin)
    }
  }
}

/** Returns the first segment as an expression when it is a whole binary, to which the others are appended. */
function prefixOf(c: Compiler, segments: readonly Segment[]): ((env: Env) => Bits) | undefined {
  const [first] = segments
  if (segments.length < 2 || first?.kind !== 'binary' || first.size) return undefined
  const { unit } = first
  const value = c.direct(first.value)
  return (env) => {
    const bits = value(env)
    return bits instanceof Bits && bits.size % unit === 0 ? bits : badarg()
  }
}

function putSegment(c: Compiler, segment: Segment): Put {
  const put = putValue(segment)
  if (kindOf(segment.value) === 'string') {
    const characters = listPart(segment.value, 2) as readonly number[]
    if (segment.kind === 'integer' && !segment.size && characters.every((code) => code < 128)) {
      const bits = bitsOfText(String.fromCharCode(...characters.slice(0, 50_000)))
      if (characters.length <= 50_000) return (_env, builder) => builder.add(bits)
    }
    return (env, builder) => {
      for (const character of characters) put(character, env, builder)
    }
  }
  const value = c.direct(segment.value)
  return (env, builder) => put(value(env), env, builder)
}

function putValue(segment: Segment): (value: unknown, env: Env, builder: BitsBuilder) => void {
  const { kind, little, unit } = segment
  const bits = bitsOf(segment)
  switch (kind) {
    case 'integer':
      return (value, env, builder) => {
        if (!isInteger(value)) return badarg()
        putInteger(builder, value, sizeIn(bits, env), little)
      }
    case 'float':
      return (value, env, builder) => {
        if (!isNumber(value)) return badarg()
        putFloat(builder, toDouble(value), sizeIn(bits, env), little)
      }
    case 'binary':
      return (value, env, builder) => {
        if (!(value instanceof Bits)) return badarg()
        if (!bits) {
          if (value.size % unit !== 0) return badarg()
          return builder.add(value)
        }
        const size = sizeIn(bits, env)
        if (size > value.size) return badarg()
        builder.add(value.part(0, size))
      }
    default:
      return (value, _env, builder) => {
        if (typeof value !== 'number' || !isCharacter(value)) return badarg()
        putCharacter(builder, value, kind, little)
      }
  }
}

const isCharacter = (code: number): boolean =>
  code >= 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)

function putCharacter(builder: BitsBuilder, code: number, kind: Segment['kind'], little: boolean): void {
  if (kind === 'utf8') builder.add(bitsOfText(String.fromCodePoint(code)))
  else if (kind === 'utf32') putInteger(builder, code, 32, little)
  else {
    const text = String.fromCodePoint(code)
    for (let i = 0; i < text.length; i++) putInteger(builder, text.charCodeAt(i), 16, little)
  }
}

function sizeIn(bits: ((env: Env) => unknown) | undefined, env: Env): number {
  const size = bits?.(env)
  return typeof size === 'number' ? size : badarg()
}

/** Position after the segments that were read, and whether all of them have matched. */
export interface MatchEnd {
  matched: boolean
  at: number
  /** Number of bits of the whole value; -1 for a value that is not a bit string. */
  size: number
  /** Whether bits were missing. A generator ends then. */
  short: boolean
}

const NO_BITS: MatchEnd = { matched: false, at: 0, size: -1, short: true }

/**
 * Compiles the pattern of a binary, which matches from a given bit. The result has the end position also for a mismatch, for
 * generators.
 */
export function matchSegments(
  c: Compiler,
  forms: readonly Form[],
  shadow: Shadow,
): (value: unknown, at: number, env: Env) => MatchEnd {
  const steps = forms.flatMap((form) => stepsOf(c, form, shadow))
  return (value, start, env) => {
    if (!(value instanceof Bits)) return NO_BITS
    const end = { matched: true, at: start, size: value.size, short: false }
    for (let i = 0; i < steps.length; i++) {
      const { take, match } = steps[i]!
      const before = end.at
      const after = take(value, before, env)
      if (after === undefined) {
        end.matched = false
        end.short = true
        return end
      }
      end.at = after.at
      if (end.matched && !match(after.value, env)) end.matched = false
    }
    return end
  }
}

interface Taken {
  readonly value: unknown
  readonly at: number
}

interface Step {
  /** Reads the segment; undefined when bits are missing or not valid for its type. */
  readonly take: (bits: Bits, at: number, env: Env) => Taken | undefined
  readonly match: Match
}

function stepsOf(c: Compiler, form: Form, shadow: Shadow): Step[] {
  const segment = segmentOf(c, form)
  const take = taking(segment)
  if (kindOf(segment.value) !== 'string') return [{ take, match: valuePattern(c, segment, shadow) }]
  return (listPart(segment.value, 2) as readonly number[]).map((character) => ({
    take,
    match: (value) => value === character,
  }))
}

// A number in a pattern of a float segment matches as a float.
function valuePattern(c: Compiler, { value, kind }: Segment, shadow: Shadow): Match {
  const match = c.pattern(value, shadow)
  if (kind !== 'float' || kindOf(value) !== 'integer') return match
  const wanted = Number(part(value, 2))
  return (found) => found instanceof Float && found.value === wanted
}

function taking(segment: Segment): Step['take'] {
  const { kind, signed, little, unit } = segment
  const bits = bitsOf(segment)
  const sized = (read: (from: Bits, at: number, size: number) => unknown): Step['take'] => {
    return (from, at, env) => {
      const size = bits!(env)
      if (typeof size !== 'number' || at + size > from.size) return undefined
      const value = read(from, at, size)
      return value === undefined ? undefined : { value, at: at + size }
    }
  }
  switch (kind) {
    case 'integer':
      return sized((from, at, size) => extractInteger(from, at, size, signed, little))
    case 'float':
      return sized((from, at, size) => extractFloat(from, at, size, little))
    case 'binary':
      if (bits) return sized((from, at, size) => from.part(at, size))
      return (from, at) => {
        const size = from.size - at
        return size % unit === 0 ? { value: from.part(at, size), at: from.size } : undefined
      }
    default:
      return (from, at) => {
        const found = characterAt(from, at, kind, little)
        return found && isCharacter(found.code) ? { value: found.code, at: at + found.bits } : undefined
      }
  }
}
