import type { CharacterTest } from './syntax.ts'

/** Returns the test of a regular expression of JavaScript for one character. */
function unicodeTest(source: string): CharacterTest {
  const regexp = new RegExp(`^[${source}]$`, 'u')
  return (code) => regexp.test(String.fromCodePoint(code))
}

const latin1Letter = (code: number): boolean =>
  (code >= 65 && code <= 90) ||
  (code >= 97 && code <= 122) ||
  code === 170 ||
  code === 181 ||
  code === 186 ||
  (code >= 192 && code <= 255 && code !== 215 && code !== 247)
const isDigit: CharacterTest = (code) => code >= 48 && code <= 57
const isSpace: CharacterTest = (code) => (code >= 9 && code <= 13) || code === 32
const latin1Word: CharacterTest = (code) => latin1Letter(code) || isDigit(code) || code === 95
const latin1Upper: CharacterTest = (code) =>
  (code >= 65 && code <= 90) || (code >= 192 && code <= 222 && code !== 215)
const latin1Lower: CharacterTest = (code) => latin1Letter(code) && !latin1Upper(code)
const latin1Control: CharacterTest = (code) => code < 32 || (code >= 127 && code < 160)
const latin1Punctuation: CharacterTest = (code) =>
  (code >= 33 && code <= 47) ||
  (code >= 58 && code <= 64) ||
  (code >= 91 && code <= 96) ||
  (code >= 123 && code <= 126) ||
  (code >= 160 && code <= 191 && !latin1Letter(code)) ||
  code === 215 ||
  code === 247
const horizontal = new Set([9, 32, 0xa0, 0x1680, 0x180e, 0x202f, 0x205f, 0x3000])
const isHorizontal: CharacterTest = (code) => horizontal.has(code) || (code >= 0x2000 && code <= 0x200a)
const isVertical: CharacterTest = (code) =>
  (code >= 10 && code <= 13) || code === 0x85 || code === 0x2028 || code === 0x2029
const isHexadecimal: CharacterTest = (code) =>
  isDigit(code) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102)
const isAscii: CharacterTest = (code) => code < 128

// Without `ucp`, classes are those of Latin-1, as in the tables of Erlang.
const latin1Only =
  (test: CharacterTest): CharacterTest =>
  (code) =>
    code < 256 && test(code)

const latin1: Readonly<Record<string, CharacterTest>> = {
  alpha: latin1Letter,
  alnum: (code) => latin1Letter(code) || isDigit(code),
  // All bytes, as in the tables of Erlang.
  ascii: (code) => code < 256,
  blank: (code) => code === 9 || code === 32,
  cntrl: latin1Control,
  digit: isDigit,
  graph: (code) => code > 32 && code < 256 && !latin1Control(code),
  lower: latin1Lower,
  print: (code) => code >= 32 && code < 256 && !latin1Control(code),
  punct: latin1Punctuation,
  space: isSpace,
  upper: latin1Upper,
  word: latin1Word,
  xdigit: isHexadecimal,
}

const unicode: Readonly<Record<string, CharacterTest>> = {
  ...latin1,
  ascii: isAscii,
  alpha: unicodeTest('\\p{L}'),
  alnum: unicodeTest('\\p{L}\\p{N}'),
  blank: isHorizontal,
  digit: unicodeTest('\\p{Nd}'),
  lower: unicodeTest('\\p{Ll}'),
  space: (code) => isSpaceOfUnicode(code),
  upper: unicodeTest('\\p{Lu}'),
  word: unicodeTest('\\p{L}\\p{N}_'),
  graph: unicodeTest('\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Cf}'),
  print: unicodeTest('\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Cf}\\p{Zs}'),
  punct: (code) => unicodePunctuation(code) || (isAscii(code) && latin1Punctuation(code)),
}
const unicodePunctuation = unicodeTest('\\p{P}')
const separator = unicodeTest('\\p{Z}')
const isSpaceOfUnicode: CharacterTest = (code) => isHorizontal(code) || isVertical(code) || separator(code)

/** Returns the test of a class of POSIX, such as `alpha`; undefined for an unknown name. */
export function posixClass(name: string, ucp: boolean): CharacterTest | undefined {
  const table = ucp ? unicode : latin1
  const test = Object.hasOwn(table, name) ? table[name] : undefined
  return test && !ucp ? latin1Only(test) : test
}

/** Returns the test of an escape such as `\d`; undefined for a letter that is no class. */
export function escapedClass(letter: string, ucp: boolean): CharacterTest | undefined {
  if (letter === 'N') return (code) => code !== 10
  const test = letterClass(letter.toLowerCase(), ucp)
  return !test || letter === letter.toLowerCase() ? test : (code) => !test(code)
}

function letterClass(letter: string, ucp: boolean): CharacterTest | undefined {
  switch (letter) {
    case 'd':
      return posixClass('digit', ucp)
    case 's':
      return ucp ? isSpaceOfUnicode : isSpace
    case 'w':
      return posixClass('word', ucp)
    case 'h':
      return isHorizontal
    case 'v':
      return isVertical
    default:
      return undefined
  }
}

/** Returns the test of `\p{Name}`; undefined for an unknown name. */
export function propertyClass(name: string): CharacterTest | undefined {
  if (name === 'Any') return () => true
  if (name === 'L&') return unicodeTest('\\p{Lu}\\p{Ll}\\p{Lt}')
  if (name === 'Xan') return unicode.alnum
  if (name === 'Xwd') return unicode.word
  if (name === 'Xsp' || name === 'Xps') return isSpaceOfUnicode
  for (const source of [`\\p{${name}}`, `\\p{Script=${name}}`])
    try {
      return unicodeTest(source)
    } catch {
      // Not a general category: maybe a script.
    }
  return undefined
}

/** Returns the other forms of a character that differ in case only. */
export function caseVariants(code: number, isUnicode: boolean): readonly number[] {
  if (!isUnicode) {
    if (!latin1Letter(code) || code === 223 || code === 255 || code === 170 || code === 181 || code === 186)
      return []
    return [code ^ 32]
  }
  const text = String.fromCodePoint(code)
  return [text.toLowerCase(), text.toUpperCase()]
    .filter((variant) => variant !== text && [...variant].length === 1)
    .map((variant) => variant.codePointAt(0)!)
}

/** Returns a test that ignores case. */
export function caseless(test: CharacterTest, isUnicode: boolean): CharacterTest {
  return (code) => test(code) || caseVariants(code, isUnicode).some(test)
}
