/**
 * Returns what the end of a source text stands within: `a string`, `a quoted atom`, … ; undefined for plain code. It knows
 * strings, comments and character literals, and interpolation in Elixir, but not Elixir's sigils.
 */
export function quoteAround(language: 'elixir' | 'erlang', source: string): string | undefined {
  const comment = language === 'elixir' ? '#' : '%'
  const character = language === 'elixir' ? '?' : '$'
  /** What is open, the innermost last: a closing quote, or a brace of an interpolation. */
  const open: string[] = []
  let at = 0
  while (at < source.length) {
    const inside = open.at(-1)
    const quoted = inside !== undefined && inside !== '}'
    const next = source[at]!
    const quote = /^("""|'''|["'])/.exec(source.slice(at, at + 3))?.[0]
    if (quoted && next === '\\') at += 2
    else if (quoted && source.startsWith(inside, at)) {
      open.pop()
      at += inside.length
    } else if (quoted && language === 'elixir' && source.startsWith('#{', at)) {
      open.push('}')
      at += 2
    } else if (quoted) at++
    else if (next === character) at += source[at + 1] === '\\' ? 3 : 2
    else if (next === comment) {
      const end = source.indexOf('\n', at)
      if (end < 0) return 'a comment'
      at = end + 1
    } else if (quote !== undefined) {
      open.push(quote)
      at += quote.length
    } else {
      if (next === '{' && inside === '}') open.push('}')
      if (next === '}' && inside === '}') open.pop()
      at++
    }
  }
  const inside = open.at(-1)
  if (inside === undefined || inside === '}') return undefined
  if (inside.startsWith('"')) return 'a string'
  return language === 'erlang' ? 'a quoted atom' : 'a charlist'
}
