// What Elixir was seen to write without quotes although it is no word.
const operators = new Set(
  (
    '! @ ^ & * + - / = < > | != && ** ++ -- \\\\ == =~ <- <= <> <~ >= |> || ~> ' +
    '!== &&& +++ --- === <<< <<~ <~> >>> ||| ~>>'
  ).split(' '),
)
// These cannot be called.
const special = new Set(['%', '.', '->', '..', '{}', '%{}', '...', '..//', '<<>>'])
// These are written without quotes only when they are called.
const called = new Set(['^^^', '~~~', '::', '<|>'])

const alias = /^Elixir(\.[A-Z][a-zA-Z0-9_]*)*$/
const word = /^[\p{ID_Start}_][\p{ID_Continue}@]*[?!]?$/u
const callable = /^[\p{Ll}\p{Lo}\p{Lm}\p{Nl}_][\p{ID_Continue}]*[?!]?$/u
const plain = /^[a-z_][a-zA-Z0-9_]*$/

// The tokenizer of Elixir takes no identifier that normalization would change.
function isWord(name: string): boolean {
  return plain.test(name) || (word.test(name) && name.normalize('NFKC') === name)
}

/** Returns an atom as Elixir shows it: `:ok`, `:"foo bar"`, `Kate` for `Elixir.Kate`. */
export function quoteAtom(name: string): string {
  if (plain.test(name)) return name === 'nil' || name === 'true' || name === 'false' ? name : `:${name}`
  if (alias.test(name)) return /^Elixir(\.Elixir.*)?$/.test(name) ? name : name.slice('Elixir.'.length)
  return operators.has(name) || special.has(name) || isWord(name) ? `:${name}` : `:"${escapeText(name)}"`
}

/** Returns an atom as the key of a keyword list or a map, without its colon: `ok`, `"foo bar"`. */
export function quoteKey(name: string): string {
  if (isWord(name) && !alias.test(name)) return name
  return operators.has(name) || special.has(name) ? name : `"${escapeText(name)}"`
}

/** Returns the name of a function as it is called: `&Kate.say_name/0`, `&Kate."say name"/0`. */
export function quoteFunction(name: string): string {
  if (operators.has(name) || called.has(name) || (callable.test(name) && isWord(name))) return name
  return `"${escapeText(name)}"`
}

/** Whether all of a name stands in a keyword list before its colon: aliases do not. */
export function isKey(name: string): boolean {
  return !name.startsWith('Elixir.')
}

const escapes: { readonly [character: string]: string } = {
  '\0': '\\0',
  '\x07': '\\a',
  '\b': '\\b',
  '\x7f': '\\d',
  '\x1b': '\\e',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '\ufeff': '\\uFEFF',
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what has to be found
const unprintable = /[\0-\x1f\x7f-\x9f\\"\ufeff]|#\{|[\ud800-\udfff]|[\ufffe\uffff]/gu

/** Returns a text as it stands between double quotes: with what Elixir does not print as it is written out. */
export function escapeText(text: string): string {
  return text.replace(unprintable, (found) => {
    if (found === '#{') return '\\#{'
    if (found === '"') return '\\"'
    const known = escapes[found]
    if (known !== undefined) return known
    const code = found.codePointAt(0)!.toString(16).toUpperCase()
    return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\x{${code}}`
  })
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what has to be found
const binary = /[\0-\x06\x0e-\x1a\x1c-\x1f\x80-\x9f\ufffe\uffff]|[\ud800-\udfff]/u

/** Whether Elixir shows a binary as text: all its characters can be printed. */
export function isPrintable(text: string): boolean {
  return !binary.test(text)
}

/** Whether Elixir shows a list as a charlist: all items are printable ASCII. */
export function isCharlist(items: readonly unknown[], limit: number): boolean {
  const count = Math.min(items.length, limit)
  for (let index = 0; index < count; index++) {
    const item = items[index]
    if (typeof item !== 'number') return false
    const printable =
      (item >= 32 && item <= 126 && Number.isInteger(item)) || (item >= 7 && item <= 13) || item === 27
    if (!printable) return false
  }
  return items.length > 0
}
