import { caseVariants } from './character-classes.ts'
import type { ParsedRegex } from './parser.ts'
import { type AssertionKind, type CharacterTest, RegexError, type RegexNode } from './syntax.ts'

/** Subject of a match, as code points. */
export interface MatchInput {
  readonly codes: ArrayLike<number>
  /** Index at which the search begins. */
  readonly from: number
  /** Whether the match must begin at `from`. */
  readonly anchored: boolean
  readonly notEmpty: boolean
  readonly notEmptyAtStart: boolean
  /** Whether the start and the end of the subject are no start and end of a line. */
  readonly notLineStart: boolean
  readonly notLineEnd: boolean
  /** Maximum number of steps. */
  readonly limit: number
}

/** Start and end of each group, the whole match first; undefined for a group that took no part. */
export type Match = readonly (readonly [start: number, end: number] | undefined)[]

/** Thrown when a match needs more steps than its limit. */
export class MatchLimitError extends Error {}

interface State extends MatchInput {
  /** Start and end of each group: of group n at 2n and 2n + 1; -1 for none. */
  groups: number[]
  /** Start of the match, which `\K` changes. */
  start: number
  steps: number
}

/** Continues the match at a position. Returns whether the rest matches. */
type Continue = (at: number) => boolean
type Matcher = (state: State, at: number, next: Continue) => boolean

/** Maximum number of steps from one start position, for a match that names no limit. PCRE has ten times as many. */
export const MATCH_LIMIT = 1_000_000
const NEWLINE = 10

/**
 * Returns a function that finds the first match in a subject. It is a backtracking matcher, so it takes the same match and the
 * same groups as PCRE.
 *
 * @throws RegexError for a lookbehind whose length is not known
 */
export function compileRegex(
  { root, groups, names }: ParsedRegex,
  isUnicode: boolean,
  firstLine: boolean,
): (input: MatchInput) => Match | undefined {
  const compiler = new Compiler(names, isUnicode)
  const matcher = compiler.compile(root)
  compiler.groupsOf.set(0, matcher)
  return (input) => {
    const last = firstLine ? firstLineEnd(input) : input.codes.length
    for (let at = input.from; at <= (input.anchored ? input.from : last); at++) {
      const state: State = { ...input, groups: new Array(groups * 2 + 2).fill(-1), start: at, steps: 0 }
      let end = -1
      const accept = (to: number): boolean => {
        if (to === state.start && (input.notEmpty || (input.notEmptyAtStart && at === input.from)))
          return false
        end = to
        return true
      }
      const found = matcher(state, at, accept)
      if (!found) continue
      const spans = state.groups
      return Array.from({ length: groups + 1 }, (_, i) => {
        if (i === 0) return [state.start, end] as const
        return spans[i * 2 + 1]! < 0 ? undefined : ([spans[i * 2]!, spans[i * 2 + 1]!] as const)
      })
    }
    return undefined
  }
}

function firstLineEnd({ codes, from }: MatchInput): number {
  for (let at = from; at < codes.length; at++) if (codes[at] === NEWLINE) return at
  return codes.length
}

class Compiler {
  readonly groupsOf = new Map<number, Matcher>()
  readonly #names: ParsedRegex['names']
  readonly #isUnicode: boolean

  constructor(names: ParsedRegex['names'], isUnicode: boolean) {
    this.#names = names
    this.#isUnicode = isUnicode
  }

  compile(node: RegexNode): Matcher {
    switch (node.kind) {
      case 'character': {
        const { test } = node
        return (state, at, next) => at < state.codes.length && test(state.codes[at]!) && next(at + 1)
      }
      case 'sequence':
        return sequence(node.parts.map((part) => this.compile(part)))
      case 'alternatives': {
        const parts = node.parts.map((part) => this.compile(part))
        return (state, at, next) => {
          for (const part of parts) {
            step(state)
            if (part(state, at, next)) return true
          }
          return false
        }
      }
      case 'group':
        return this.#group(node.number, node.part)
      case 'atomic':
        return atomic(this.compile(node.part))
      case 'repeat':
        return this.#repeat(node)
      case 'look':
        return node.behind
          ? this.#lookBehind(node.part, node.negative)
          : look(this.compile(node.part), node.negative)
      case 'backreference':
        return this.#backreference(node.group, node.caseless)
      case 'recursion':
        return this.#recursion(node.group)
      case 'condition':
        return this.#condition(node)
      case 'wordBoundary': {
        const { isWord, negative } = node
        const wordAt = (state: State, at: number): boolean =>
          at >= 0 && at < state.codes.length && isWord(state.codes[at]!)
        return (state, at, next) => (wordAt(state, at - 1) !== wordAt(state, at)) !== negative && next(at)
      }
      case 'newline':
        return atomic((state, at, next) => {
          const code = state.codes[at]
          if (code === 13 && state.codes[at + 1] === NEWLINE) return next(at + 2)
          return code !== undefined && isNewline(code) && next(at + 1)
        })
      case 'keep':
        return (state, at, next) => {
          const before = state.start
          state.start = at
          if (next(at)) return true
          state.start = before
          return false
        }
      default:
        return assertion(node.kind)
    }
  }

  #group(number: number, part: RegexNode): Matcher {
    const inner = this.compile(part)
    const matcher: Matcher = (state, at, next) => {
      const { groups } = state
      const start = groups[number * 2]!
      const end = groups[number * 2 + 1]!
      const found = inner(state, at, (to) => {
        const between = [groups[number * 2]!, groups[number * 2 + 1]!] as const
        state.groups[number * 2] = at
        state.groups[number * 2 + 1] = to
        if (next(to)) return true
        ;[state.groups[number * 2], state.groups[number * 2 + 1]] = between
        return false
      })
      if (!found) {
        state.groups[number * 2] = start
        state.groups[number * 2 + 1] = end
      }
      return found
    }
    // Of alternatives with one number the first is called by a recursion.
    if (!this.groupsOf.has(number)) this.groupsOf.set(number, matcher)
    return matcher
  }

  #repeat({ part, least, most, mode }: Extract<RegexNode, { kind: 'repeat' }>): Matcher {
    if (part.kind === 'character') return repeatCharacter(part.test, least, most, mode)
    const inner = this.compile(part)
    const from =
      (state: State, count: number, next: Continue) =>
      (at: number): boolean => {
        step(state)
        const again = (): boolean =>
          count < most &&
          // An empty repetition ends the loop.
          inner(state, at, (to) => (to === at && count >= least ? false : from(state, count + 1, next)(to)))
        if (count < least) return again()
        return mode === 'lazy' ? next(at) || again() : again() || next(at)
      }
    const matcher: Matcher = (state, at, next) => from(state, 0, next)(at)
    return mode === 'possessive' ? atomic(matcher) : matcher
  }

  #lookBehind(part: RegexNode, negative: boolean): Matcher {
    const ways = (part.kind === 'alternatives' ? part.parts : [part]).map((way) => ({
      length: lengthOf(way),
      matcher: this.compile(way),
    }))
    const any: Matcher = (state, at, next) =>
      ways.some(
        ({ length, matcher }) => at >= length && matcher(state, at - length, (to) => to === at && next(to)),
      )
    return look(any, negative)
  }

  #backreference(group: number | string, caseless: boolean): Matcher {
    const numbers = this.#numbersOf(group)
    const same = (a: number, b: number): boolean =>
      a === b || (caseless && caseVariants(a, this.#isUnicode).includes(b))
    return (state, at, next) => {
      const number = numbers.find((each) => state.groups[each * 2 + 1]! >= 0)
      if (number === undefined) return false
      const start = state.groups[number * 2]!
      const length = state.groups[number * 2 + 1]! - start
      if (at + length > state.codes.length) return false
      for (let i = 0; i < length; i++) if (!same(state.codes[start + i]!, state.codes[at + i]!)) return false
      return next(at + length)
    }
  }

  // A recursion is atomic, and its groups have their earlier values again after it.
  #recursion(group: number | string): Matcher {
    const [number] = this.#numbersOf(group)
    return (state, at, next) => {
      step(state)
      const before = [...state.groups]
      let end = -1
      const found = this.groupsOf.get(number!)!(state, at, (to) => {
        end = to
        return true
      })
      state.groups = before
      return found && next(end)
    }
  }

  #condition({ test, yes, no }: Extract<RegexNode, { kind: 'condition' }>): Matcher {
    const [then, otherwise] = [this.compile(yes), this.compile(no)]
    if (typeof test === 'object') {
      const holds = this.compile(test)
      return (state, at, next) => (holds(state, at, () => true) ? then : otherwise)(state, at, next)
    }
    const numbers = this.#numbersOf(test)
    return (state, at, next) =>
      (numbers.some((number) => state.groups[number * 2 + 1]! >= 0) ? then : otherwise)(state, at, next)
  }

  #numbersOf(group: number | string): readonly number[] {
    return typeof group === 'number' ? [group] : this.#names.get(group)!
  }
}

function step(state: State): void {
  if (++state.steps > state.limit) throw new MatchLimitError()
}

function sequence(parts: readonly Matcher[]): Matcher {
  return parts.reduceRight<Matcher>(
    (rest, part) => (state, at, next) => part(state, at, (to) => rest(state, to, next)),
    (_, at, next) => next(at),
  )
}

/** A matcher that tries no other way when the rest does not match. */
function atomic(inner: Matcher): Matcher {
  return (state, at, next) => {
    const before = [...state.groups]
    let end = -1
    const found = inner(state, at, (to) => {
      end = to
      return true
    })
    if (found && next(end)) return true
    state.groups = before
    return false
  }
}

function look(inner: Matcher, negative: boolean): Matcher {
  return (state, at, next) => {
    const before = [...state.groups]
    const found = inner(state, at, () => true)
    if (found === negative) {
      state.groups = before
      return false
    }
    if (negative) state.groups = before
    if (next(at)) return true
    state.groups = before
    return false
  }
}

// Without recursion, so that a repetition may be as long as the subject.
function repeatCharacter(
  test: CharacterTest,
  least: number,
  most: number,
  mode: 'greedy' | 'lazy' | 'possessive',
): Matcher {
  return (state, at, next) => {
    const { codes } = state
    const end = Math.min(codes.length, at + most)
    let to = at
    const takes = (): boolean => to < end && test(codes[to]!)
    if (mode === 'lazy') {
      while (to < at + least) {
        if (!takes()) return false
        to++
      }
      for (;;) {
        step(state)
        if (next(to)) return true
        if (!takes()) return false
        to++
      }
    }
    while (takes()) to++
    if (to < at + least) return false
    if (mode === 'possessive') return next(to)
    for (; to >= at + least; to--) {
      step(state)
      if (next(to)) return true
    }
    return false
  }
}

const isNewline = (code: number): boolean =>
  (code >= 10 && code <= 13) || code === 0x85 || code === 0x2028 || code === 0x2029

function assertion(kind: AssertionKind): Matcher {
  const holds = assertions[kind]
  return (state, at, next) => holds(state, at) && next(at)
}

const isLast = ({ codes }: State, at: number): boolean => at === codes.length
const assertions: Readonly<Record<AssertionKind, (state: State, at: number) => boolean>> = {
  subjectStart: (state, at) => at === 0 && !state.notLineStart,
  lineStart: (state, at) =>
    at === 0 ? !state.notLineStart : state.codes[at - 1] === NEWLINE && !isLast(state, at),
  lineEnd: (state, at) => (isLast(state, at) ? !state.notLineEnd : state.codes[at] === NEWLINE),
  subjectEnd: isLast,
  textEnd: (state, at) =>
    isLast(state, at)
      ? !state.notLineEnd
      : at === state.codes.length - 1 && state.codes[at] === NEWLINE && !state.notLineEnd,
  firstPosition: (state, at) => at === state.from,
  fail: () => false,
}

/** Returns the length of what a part of a lookbehind matches. */
function lengthOf(node: RegexNode): number {
  switch (node.kind) {
    case 'character':
      return 1
    case 'sequence':
      return node.parts.reduce((sum, part) => sum + lengthOf(part), 0)
    case 'group':
    case 'atomic':
      return lengthOf(node.part)
    case 'repeat':
      return node.least === node.most ? node.least * lengthOf(node.part) : variable()
    case 'alternatives': {
      const lengths = new Set(node.parts.map(lengthOf))
      return lengths.size === 1 ? [...lengths][0]! : variable()
    }
    case 'backreference':
    case 'recursion':
    case 'newline':
    case 'condition':
      return variable()
    default:
      return 0
  }
}

function variable(): never {
  throw new RegexError('lookbehind assertion is not fixed length', 0)
}
