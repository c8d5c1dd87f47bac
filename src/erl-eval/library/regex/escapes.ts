import { escapedClass, posixClass, propertyClass } from './character-classes.ts'
import type { PatternSource } from './pattern-source.ts'
import type { CharacterTest, RegexOptions } from './syntax.ts'

const SIMPLE_ESCAPES: Readonly<Record<string, number>> = { a: 7, e: 27, f: 12, n: 10, r: 13, t: 9 }

/** Reads an escape that stands for a character or for a class of characters. */
export function escapedTest(source: PatternSource, options: RegexOptions): number | CharacterTest {
  const start = source.at
  const letter = source.characters[source.at++]!
  if (Object.hasOwn(SIMPLE_ESCAPES, letter)) return SIMPLE_ESCAPES[letter]!
  const test = escapedClass(letter, options.ucp)
  if (test) return test
  switch (letter) {
    case 'p':
    case 'P':
      return property(source, letter === 'P')
    case 'x': {
      if (source.eat('{'))
        return codePoint(source, options, source.until('}', 'missing terminating }'), 16, start)
      const digits = /^[\da-f]{0,2}/i.exec(source.peek(2))![0]
      source.at += digits.length
      return digits === '' ? 0 : Number.parseInt(digits, 16)
    }
    case 'o':
      if (!source.eat('{')) return source.fail('missing opening brace after \\o')
      return codePoint(source, options, source.until('}', 'missing terminating }'), 8, start)
    case 'c': {
      const control = source.characters[source.at++]
      if (control === undefined) return source.fail('\\c at end of pattern')
      return control.toUpperCase().codePointAt(0)! ^ 64
    }
  }
  if (/[0-7]/.test(letter)) {
    const digits = /^[0-7]{1,3}/.exec(source.peek(3, start))![0]
    source.at = start + digits.length
    return Number.parseInt(digits, 8) & (options.unicode ? 0x1ff : 0xff)
  }
  if (/[A-Za-z]/.test(letter))
    return source.fail(`\\${letter} is not supported by this regular expression engine`, start)
  return letter.codePointAt(0)!
}

function codePoint(
  source: PatternSource,
  options: RegexOptions,
  digits: string,
  base: number,
  at: number,
): number {
  const code = Number.parseInt(digits, base)
  if (Number.isNaN(code) || code > (options.unicode ? 0x10ffff : 0xff))
    source.fail('character value in \\x{} or \\o{} is too large', at)
  return code
}

function property(source: PatternSource, negated: boolean): CharacterTest {
  const start = source.at
  let name = source.characters[source.at++] ?? ''
  let isNegated = negated
  if (name === '{') {
    if (source.eat('^')) isNegated = !isNegated
    name = source.until('}', 'malformed \\P or \\p sequence')
  }
  const test = propertyClass(name)
  if (!test) return source.fail('unknown property name after \\P or \\p', start)
  return isNegated ? (code) => !test(code) : test
}

/** Reads a character or a class of characters in brackets. */
export function setItem(source: PatternSource, options: RegexOptions): number | CharacterTest {
  const found = /^\[:(\^?)(\w+):\]/.exec(source.peek(16))
  if (found) {
    const test = posixClass(found[2]!, options.ucp)
    if (!test) return source.fail('unknown POSIX class name')
    source.at += found[0].length
    return found[1] === '^' ? (code) => !test(code) : test
  }
  const character = source.characters[source.at++]!
  if (character !== '\\') return character.codePointAt(0)!
  if (source.at >= source.characters.length) return source.fail('\\ at end of pattern')
  if (source.eat('b')) return 8
  return escapedTest(source, options)
}
