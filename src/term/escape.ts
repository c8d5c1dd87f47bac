/** Characters that are not printed as they are: names and texts of other nodes must not control the terminal of a reader. */

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
}

// The characters that Elixir 1.18 and later escape: controls, spaces of other widths, and characters without width, some of which
// reorder or hide the text around them. Elixir 1.14 escapes only those to U+009F, U+FEFF, U+FFFE and U+FFFF.
const unprintable =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches control characters
  /[\0-\x1f\x7f-\xa0\u061c\u2000-\u200f\u2028-\u202e\u205f-\u2064\u2066-\u2069\ufeff\ufff9-\ufffc\ufffe\uffff]|\u034f|[\ud800-\udfff]/gu
const escaped = new RegExp(`${unprintable.source}|[\\\\"]|#\\{`, 'gu')
// Line feeds and tabs structure the text of a log. A sequence that only sets colours (SGR) does no harm.
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches control characters
const control = /\x1b\[[\d;:]*m|\r\n|[\0-\x08\x0b-\x1f\x7f-\x9f]/g

/** Returns a text as it is between double quotes: characters that Elixir does not print are escaped. */
export function escapeText(text: string): string {
  return text.replace(escaped, escapeCharacter)
}

/**
 * Returns a name that is shown without quotes, such as that of a node, with the characters escaped that Elixir does not print. Any
 * peer can send a name that would clear or reorder the reader's terminal.
 */
export function escapeName(name: string): string {
  return name.replace(unprintable, escapeCharacter)
}

/** Returns a text of several lines with its control characters escaped, except line feeds, tabs and colours. */
export function escapeControls(text: string): string {
  return text.replace(control, (found) => (found.length > 1 ? found : escapeCharacter(found)))
}

function escapeCharacter(found: string): string {
  if (found === '#{') return '\\#{'
  if (found === '"') return '\\"'
  const known = escapes[found]
  if (known !== undefined) return known
  const code = found.codePointAt(0)!
  const digits = code.toString(16).toUpperCase()
  if (code < 0xa0) return `\\x${digits.padStart(2, '0')}`
  return hasUnicodeEscape(code) ? `\\u${digits.padStart(4, '0')}` : `\\x{${digits}}`
}

/** Whether Elixir writes a code point as `\u200B`. It writes surrogates, U+FFFE and U+FFFF as `\x{FFFE}`. */
function hasUnicodeEscape(code: number): boolean {
  return code < 0xd800 || (code > 0xdfff && code < 0xfffe)
}
