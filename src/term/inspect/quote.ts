import { escapeName, escapeText } from '../escape.ts'

// Operators that Elixir writes without quotes, although they are not identifiers. Determined by experiment.
const operators = new Set(
  (
    '! @ ^ & * + - / = < > | != && ** ++ -- \\\\ == =~ <- <= <> <~ >= |> || ~> ' +
    '!== &&& +++ --- === <<< <<~ <~> >>> ||| ~>>'
  ).split(' '),
)
// Written without quotes as atoms only: they cannot be called.
const special = new Set(['%', '.', '->', '..', '{}', '%{}', '...', '..//', '<<>>'])
// Written without quotes only as the name of a called function.
const called = new Set(['^^^', '~~~', '::', '<|>'])

const alias = /^Elixir(\.[A-Z][a-zA-Z0-9_]*)*$/
const identifier = /^[\p{ID_Start}_][\p{ID_Continue}@]*[?!]?$/u
const callable = /^[\p{Ll}\p{Lo}\p{Lm}\p{Nl}_][\p{ID_Continue}]*[?!]?$/u
const plain = /^[a-z_][a-zA-Z0-9_]*$/

// The tokenizer of Elixir refuses an identifier that is not in the normal form NFKC, or holds a character without width.
function isIdentifier(name: string): boolean {
  return (
    plain.test(name) ||
    (identifier.test(name) && name.normalize('NFKC') === name && escapeName(name) === name)
  )
}

/** Returns an atom as Elixir shows it: `:ok`, `:"foo bar"`, `Kate` for `Elixir.Kate`. */
export function quoteAtom(name: string): string {
  if (plain.test(name)) return name === 'nil' || name === 'true' || name === 'false' ? name : `:${name}`
  if (alias.test(name)) return /^Elixir(\.Elixir.*)?$/.test(name) ? name : name.slice('Elixir.'.length)
  return operators.has(name) || special.has(name) || isIdentifier(name)
    ? `:${name}`
    : `:"${escapeText(name)}"`
}

/** Returns an atom as the key of a keyword list or a map, without its colon: `ok`, `"foo bar"`. */
export function quoteKey(name: string): string {
  if (isIdentifier(name) && !alias.test(name)) return name
  return operators.has(name) || special.has(name) ? name : `"${escapeText(name)}"`
}

/** Returns the name of a function as in a call: `&Kate.say_name/0`, `&Kate."say name"/0`. */
export function quoteFunction(name: string): string {
  if (operators.has(name) || called.has(name) || (callable.test(name) && isIdentifier(name))) return name
  return `"${escapeText(name)}"`
}

/** Whether an atom can be the key of a keyword list. An alias cannot. */
export function isKey(name: string): boolean {
  return !name.startsWith('Elixir.')
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches control characters
const binary = /[\0-\x06\x0e-\x1a\x1c-\x1f\x80-\x9f\ufffe\uffff]|[\ud800-\udfff]/u

/** Whether Elixir shows a binary as text: all characters are printable. */
export function isPrintable(text: string): boolean {
  return !binary.test(text)
}

/** Whether Elixir shows a list as a charlist: the first `limit` items are printable ASCII characters. */
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
