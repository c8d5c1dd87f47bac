type Language = 'elixir' | 'erlang'

/** Literal, comment or interpolation that is open at a position of the text, up to its closing text. */
interface Open {
  readonly closing: string
  /** Name for the error message. Undefined for the braces of an interpolation, which contain code. */
  readonly name: string | undefined
  /** Whether `#{` begins code. */
  readonly interpolates: boolean
}

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}', '<': '>' }
const BRACES: Open = { closing: '}', name: undefined, interpolates: false }

/**
 * Returns the kind of literal or comment that is open at the end of a source text: `a string`, `a quoted atom`, … ; undefined
 * for plain code. It knows strings, comments and character literals, and interpolation and sigils in Elixir.
 */
export function openLiteral(language: Language, source: string): string | undefined {
  const comment = language === 'elixir' ? '#' : '%'
  /** The innermost last. */
  const open: Open[] = []
  let at = 0
  while (at < source.length) {
    const inside = open.at(-1)
    const next = source[at]!
    if (inside?.name !== undefined) {
      if (source.startsWith(inside.closing, at)) {
        open.pop()
        at += inside.closing.length
      } else if (inside.interpolates && source.startsWith('#{', at)) {
        open.push(BRACES)
        at += 2
      } else at += next === '\\' ? 2 : 1
      continue
    }
    const quoted = opening(language, source, at)
    if (quoted) {
      open.push(quoted.open)
      at += quoted.length
    } else if (isCharacter(language, source, at)) at += source[at + 1] === '\\' ? 3 : 2
    else if (next === comment) {
      const end = source.indexOf('\n', at)
      if (end < 0) return 'a comment'
      at = end + 1
    } else {
      if (next === '{' && inside) open.push(BRACES)
      if (next === '}' && inside) open.pop()
      at++
    }
  }
  return open.at(-1)?.name
}

/** Returns the quote or the sigil that begins at a place of code. */
function opening(
  language: Language,
  source: string,
  at: number,
): { readonly open: Open; readonly length: number } | undefined {
  const rest = source.slice(at, at + 40)
  const quote = /^("""|'''|["'])/.exec(rest)?.[0]
  if (quote !== undefined) {
    const single = language === 'erlang' ? 'a quoted atom' : 'a charlist'
    const name = quote.startsWith('"') ? 'a string' : single
    return { open: { closing: quote, name, interpolates: language === 'elixir' }, length: quote.length }
  }
  const sigil = language === 'elixir' ? /^~([a-z]|[A-Z][A-Z0-9]*)("""|'''|[("'[{<|/])/.exec(rest) : null
  if (!sigil) return undefined
  const [whole, letters, first] = sigil as unknown as [string, string, string]
  const closing = CLOSING[first] ?? first
  return { open: { closing, name: 'a sigil', interpolates: /[a-z]/.test(letters) }, length: whole.length }
}

/** Whether a character literal begins here: `$a`, `?a`. The question mark of `empty?` begins none. */
function isCharacter(language: Language, source: string, at: number): boolean {
  if (language === 'erlang') return source[at] === '$'
  return source[at] === '?' && !/[\p{ID_Continue}]/u.test(source[at - 1] ?? ' ')
}

/**
 * Returns what a value between two source texts would be a part of: a name, an atom, … ; undefined when it stands for itself.
 */
export function enclosingToken(language: Language, before: string, after: string): string | undefined {
  if (/[\p{ID_Continue}@]$/u.test(before) || /^[\p{ID_Continue}@]/u.test(after)) return 'a name'
  if (language === 'erlang') return /[?#]$/.test(before) ? 'a name' : undefined
  if (/(^|[^:]):$/.test(before) || /^:(?!:)/.test(after)) return 'an atom'
  if (/(^|[^.])\.$/.test(before)) return 'a name'
  return /[?~]$/.test(before) ? 'a name' : undefined
}
