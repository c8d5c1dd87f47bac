import { caseless, escapedClass } from './character-classes.ts'
import { escapedTest, setItem } from './escapes.ts'
import { PatternSource } from './pattern-source.ts'
import { type CharacterTest, RegexError, type RegexNode, type RegexOptions } from './syntax.ts'

/** Parsed regular expression with its groups. */
export interface ParsedRegex {
  readonly root: RegexNode
  /** Number of groups. */
  readonly groups: number
  /** Numbers of the groups by name. With `(?J)` or alternatives a name has more than one. */
  readonly names: ReadonlyMap<string, readonly number[]>
}

type Flags = Pick<RegexOptions, 'caseless' | 'multiline' | 'dotall' | 'extended' | 'ungreedy'>
type Mutable<T> = { -readonly [K in keyof T]: T[K] }

const EMPTY: RegexNode = { kind: 'sequence', parts: [] }
const MAX_REPEAT = 65_535
const ASSERTIONS: Readonly<Record<string, RegexNode>> = {
  A: { kind: 'subjectStart' },
  Z: { kind: 'textEnd' },
  z: { kind: 'subjectEnd' },
  G: { kind: 'firstPosition' },
  K: { kind: 'keep' },
  R: { kind: 'newline' },
}

/**
 * Parses a regular expression of PCRE.
 *
 * @throws RegexError for an expression that is not valid, or uses what this engine does not have: callouts, `\C`, `\X` and verbs
 * @see https://www.erlang.org/doc/apps/stdlib/re
 */
export function parseRegex(source: string, options: RegexOptions): ParsedRegex {
  return new Parser(source, options).parse()
}

class Parser {
  readonly #source: PatternSource
  readonly #options: Mutable<RegexOptions>
  #flags: Flags
  #groups = 0
  readonly #names = new Map<string, number[]>()
  readonly #references: { readonly group: number | string; readonly at: number }[] = []
  #depth = 0

  constructor(source: string, options: RegexOptions) {
    this.#source = new PatternSource(source)
    this.#options = { ...options }
    this.#flags = options
  }

  parse(): ParsedRegex {
    this.#startOptions()
    const root = this.#alternatives()
    if (this.#source.at < this.#source.characters.length) this.#source.fail('unmatched parentheses')
    for (const { group, at } of this.#references)
      if (typeof group === 'number' ? group > this.#groups : !this.#names.has(group))
        throw new RegexError('reference to non-existent subpattern', at)
    return { root, groups: this.#groups, names: this.#names }
  }

  #startOptions(): void {
    for (;;) {
      if (this.#source.eat('(*UTF8)') || this.#source.eat('(*UTF)')) this.#options.unicode = true
      else if (this.#source.eat('(*UCP)')) this.#options.ucp = true
      else if (!this.#source.eat('(*LF)')) return
    }
  }

  #alternatives(): RegexNode {
    if (++this.#depth > MAX_DEPTH) this.#source.fail('parentheses are too deeply nested')
    const before = this.#flags
    const parts = [this.#sequence()]
    while (this.#source.eat('|')) parts.push(this.#sequence())
    this.#flags = before
    this.#depth--
    return parts.length === 1 ? parts[0]! : { kind: 'alternatives', parts }
  }

  #sequence(): RegexNode {
    const parts: RegexNode[] = []
    for (;;) {
      this.#skipComments()
      const next = this.#source.next
      if (next === undefined || next === '|' || next === ')') break
      if (this.#source.eat('\\Q')) {
        const quoted = this.#quoted()
        const last = quoted.pop()
        parts.push(...quoted, ...(last ? [this.#quantified(last)] : []))
        continue
      }
      if (this.#source.eat('\\E')) continue
      const atom = this.#atom()
      if (atom) parts.push(this.#quantified(atom))
    }
    return parts.length === 1 ? parts[0]! : { kind: 'sequence', parts }
  }

  /** Reads the characters between `\\Q` and `\\E`. */
  #quoted(): RegexNode[] {
    const source = this.#source
    const parts: RegexNode[] = []
    while (source.next !== undefined && !source.eat('\\E'))
      parts.push(this.#character(source.characters[source.at++]!.codePointAt(0)!))
    return parts
  }

  #skipComments(): void {
    for (;;) {
      if (this.#source.eat('(?#')) this.#source.until(')', 'missing ) after comment')
      else if (this.#flags.extended && /^[\t-\r ]$/.test(this.#source.next ?? '')) this.#source.at++
      else if (this.#flags.extended && this.#source.next === '#')
        while (
          this.#source.at < this.#source.characters.length &&
          this.#source.characters[this.#source.at++] !== '\n'
        );
      else return
    }
  }

  /** Returns the next part without its quantifier; undefined for an option such as `(?i)`. */
  #atom(): RegexNode | undefined {
    const start = this.#source.at
    const next = this.#source.characters[this.#source.at++]!
    switch (next) {
      case '(':
        return this.#group()
      case '[':
        return this.#set()
      case '.': {
        const { dotall } = this.#flags
        return { kind: 'character', test: dotall ? () => true : (code) => code !== 10 }
      }
      case '^':
        return { kind: this.#flags.multiline ? 'lineStart' : 'subjectStart' }
      case '$':
        if (this.#flags.multiline) return { kind: 'lineEnd' }
        return { kind: this.#options.dollarEndOnly ? 'subjectEnd' : 'textEnd' }
      case '\\':
        return this.#escape()
      case '*':
      case '+':
      case '?':
        return this.#source.fail('nothing to repeat', start)
      default:
        return this.#character(next.codePointAt(0)!)
    }
  }

  #character(code: number): RegexNode {
    const test: CharacterTest = (other) => other === code
    return {
      kind: 'character',
      test: this.#flags.caseless ? caseless(test, this.#options.unicode) : test,
    }
  }

  #quantified(part: RegexNode): RegexNode {
    this.#skipComments()
    const bounds = this.#bounds()
    if (!bounds) return part
    const { ungreedy } = this.#flags
    const mode = this.#source.eat('+') ? 'possessive' : this.#source.eat('?') !== ungreedy ? 'lazy' : 'greedy'
    return this.#quantified({ kind: 'repeat', part, ...bounds, mode })
  }

  #bounds(): { readonly least: number; readonly most: number } | undefined {
    if (this.#source.eat('*')) return { least: 0, most: Number.POSITIVE_INFINITY }
    if (this.#source.eat('+')) return { least: 1, most: Number.POSITIVE_INFINITY }
    if (this.#source.eat('?')) return { least: 0, most: 1 }
    const found = /^\{(\d+)(,(\d*))?\}/.exec(this.#source.peek(14))
    if (!found) return undefined
    const [whole, first, comma, second] = found
    this.#source.at += whole.length
    const least = Number(first)
    const most = comma === undefined ? least : second === '' ? Number.POSITIVE_INFINITY : Number(second)
    if (least > MAX_REPEAT || (most > MAX_REPEAT && most !== Number.POSITIVE_INFINITY))
      this.#source.fail('number too big in {} quantifier')
    if (most < least) this.#source.fail('numbers out of order in {} quantifier')
    return { least, most }
  }

  #close(part: RegexNode): RegexNode {
    if (!this.#source.eat(')')) this.#source.fail('missing )')
    return part
  }

  #captured(name?: string): RegexNode {
    const number = ++this.#groups
    if (name !== undefined) this.#names.set(name, [...(this.#names.get(name) ?? []), number])
    return { kind: 'group', number, part: this.#close(this.#alternatives()) }
  }

  #group(): RegexNode | undefined {
    if (this.#source.next === '*') return this.#source.fail('(*VERB) not recognized or malformed')
    if (!this.#source.eat('?'))
      return this.#options.noAutoCapture ? this.#close(this.#alternatives()) : this.#captured()
    if (this.#source.eat(':')) return this.#close(this.#alternatives())
    if (this.#source.eat('>')) return { kind: 'atomic', part: this.#close(this.#alternatives()) }
    if (this.#source.eat('|')) return this.#branchReset()
    for (const [text, behind, negative] of LOOKS)
      if (this.#source.eat(text))
        return { kind: 'look', behind, negative, part: this.#close(this.#alternatives()) }
    if (this.#source.eat('P<') || this.#source.eat('<')) return this.#captured(this.#name('>'))
    if (this.#source.eat("'")) return this.#captured(this.#name("'"))
    if (this.#source.eat('P=')) return this.#backreference(this.#name(')'))
    if (this.#source.eat('P>') || this.#source.eat('&')) return this.#recursion(this.#name(')'))
    if (this.#source.eat('(')) return this.#condition()
    if (this.#source.eat('R')) return this.#close(this.#recursion(0))
    const found = /^([+-]?)(\d+)\)/.exec(this.#source.peek(12))
    if (found) {
      this.#source.at += found[0].length
      return this.#recursion(this.#relative(found[1]!, Number(found[2])))
    }
    return this.#inlineOptions()
  }

  /** All alternatives number their groups from the same one. */
  #branchReset(): RegexNode {
    const first = this.#groups
    let most = first
    const parts: RegexNode[] = []
    do {
      this.#groups = first
      parts.push(this.#sequence())
      most = Math.max(most, this.#groups)
    } while (this.#source.eat('|'))
    this.#groups = most
    return this.#close({ kind: 'alternatives', parts })
  }

  #name(closing: string): string {
    const start = this.#source.at
    const name = this.#source.until(closing, 'syntax error in subpattern name (missing terminator)')
    if (!/^[A-Za-z_]\w*$/.test(name)) this.#source.fail('subpattern name expected', start)
    return name
  }

  #relative(sign: string, count: number): number {
    return sign === '-' ? this.#groups - count + 1 : sign === '+' ? this.#groups + count : count
  }

  #backreference(group: number | string): RegexNode {
    this.#references.push({ group, at: this.#source.at })
    return { kind: 'backreference', group, caseless: this.#flags.caseless }
  }

  #recursion(group: number | string): RegexNode {
    this.#references.push({ group, at: this.#source.at })
    return { kind: 'recursion', group }
  }

  #condition(): RegexNode {
    let test: RegexNode | number | string
    if (this.#source.next === '?') {
      test = this.#group()!
      if (test.kind !== 'look') this.#source.fail('assertion expected after (?(')
    } else {
      const start = this.#source.at
      const text = this.#source.until(')', 'missing )').replace(/^[<'](.*)[>']$/, '$1')
      if (text === 'DEFINE') test = { kind: 'fail' }
      else if (/^\d+$/.test(text)) test = Number(text)
      else if (/^[A-Za-z_]\w*$/.test(text) && !text.startsWith('R')) test = text
      else return this.#source.fail('malformed number or name after (?(', start)
      if (typeof test !== 'object') this.#references.push({ group: test, at: start })
    }
    const yes = this.#sequence()
    const no = this.#source.eat('|') ? this.#sequence() : EMPTY
    if (this.#source.next === '|') this.#source.fail('conditional group contains more than two branches')
    return this.#close({ kind: 'condition', test, yes, no })
  }

  #inlineOptions(): RegexNode | undefined {
    const start = this.#source.at
    const before = this.#flags
    const flags: Mutable<Flags> = { ...before }
    let value = true
    for (;;) {
      const letter = this.#source.characters[this.#source.at++]
      if (letter === 'i') flags.caseless = value
      else if (letter === 'm') flags.multiline = value
      else if (letter === 's') flags.dotall = value
      else if (letter === 'x') flags.extended = value
      else if (letter === 'U') flags.ungreedy = value
      else if (letter === '-') value = false
      else if (letter === ')') {
        this.#flags = flags
        return undefined
      } else if (letter === ':') {
        this.#flags = flags
        const part = this.#close(this.#alternatives())
        this.#flags = before
        return part
      } else if (letter !== 'J') return this.#source.fail('unrecognized character after (? or (?-', start)
    }
  }

  #escape(): RegexNode {
    const start = this.#source.at
    const letter = this.#source.characters[this.#source.at++]
    if (letter === undefined) return this.#source.fail('\\ at end of pattern')
    if (Object.hasOwn(ASSERTIONS, letter)) return ASSERTIONS[letter]!
    if (letter === 'b' || letter === 'B')
      return {
        kind: 'wordBoundary',
        negative: letter === 'B',
        isWord: escapedClass('w', this.#options.ucp)!,
      }
    if (letter === 'g') return this.#groupReference()
    if (letter === 'k') {
      const closing = this.#source.eat('{')
        ? '}'
        : this.#source.eat('<')
          ? '>'
          : this.#source.eat("'")
            ? "'"
            : undefined
      return closing === undefined
        ? this.#source.fail('\\k is not followed by a braced, angle-bracketed, or quoted name')
        : this.#backreference(this.#name(closing))
    }
    if (/[1-9]/.test(letter)) {
      const digits = /^\d+/.exec(this.#source.peek(4, start))![0]
      // A number of two or more digits is octal when there are not so many groups.
      if (digits.length === 1 || Number(digits) <= this.#groups) {
        this.#source.at = start + digits.length
        return this.#backreference(Number(digits))
      }
    }
    this.#source.at = start
    const test = escapedTest(this.#source, this.#options)
    return typeof test === 'number' ? this.#character(test) : { kind: 'character', test }
  }

  #groupReference(): RegexNode {
    const start = this.#source.at
    if (this.#source.eat('<') || this.#source.eat("'")) {
      const closing = this.#source.characters[this.#source.at - 1] === '<' ? '>' : "'"
      const text = this.#source.until(closing, '\\g is not followed by a braced name')
      const call = /^([+-]?)(\d+)$/.exec(text)
      return this.#recursion(call ? this.#relative(call[1]!, Number(call[2])) : text)
    }
    const found = /^(?:\{(-?\d+)\}|\{([A-Za-z_]\w*)\}|(-?\d+))/.exec(this.#source.peek(40, start))
    if (!found) return this.#source.fail('a numbered reference must not be zero', start)
    this.#source.at += found[0].length
    const [, braced, name, bare] = found
    if (name !== undefined) return this.#backreference(name)
    const number = Number(braced ?? bare)
    return this.#backreference(number < 0 ? this.#relative('-', -number) : number)
  }

  #set(): RegexNode {
    const negated = this.#source.eat('^')
    const tests: CharacterTest[] = []
    for (let first = true; ; first = false) {
      if (this.#source.at >= this.#source.characters.length)
        this.#source.fail('missing terminating ] for character class', this.#source.characters.length)
      if (!first && this.#source.eat(']')) break
      if (this.#source.eat('\\Q') || this.#source.eat('\\E')) continue
      const low = setItem(this.#source, this.#options)
      if (typeof low !== 'number') {
        tests.push(low)
        continue
      }
      const isRange =
        this.#source.next === '-' && ![']', undefined].includes(this.#source.characters[this.#source.at + 1])
      if (!isRange) {
        tests.push((code) => code === low)
        continue
      }
      this.#source.at++
      const high = setItem(this.#source, this.#options)
      if (typeof high !== 'number') {
        tests.push((code) => code === low || code === 45, high)
        continue
      }
      if (high < low) this.#source.fail('range out of order in character class', this.#source.at - 1)
      tests.push((code) => code >= low && code <= high)
    }
    const any: CharacterTest = (code) => tests.some((test) => test(code))
    const test = this.#flags.caseless ? caseless(any, this.#options.unicode) : any
    return { kind: 'character', test: negated ? (code) => !test(code) : test }
  }
}

const MAX_DEPTH = 250
const LOOKS = [
  ['=', false, false],
  ['!', false, true],
  ['<=', true, false],
  ['<!', true, true],
] as const
