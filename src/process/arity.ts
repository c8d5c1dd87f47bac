const known = new WeakMap<object, number>()

/** Whether a function can be called with so many arguments: default values and rest parameters make it take more. */
export function takes(fn: (...args: never[]) => unknown, arity: number): boolean {
  if (fn.length === arity) return true
  if (fn.length > arity) return false
  const most = known.get(fn) ?? mostArguments(fn)
  known.set(fn, most)
  return arity <= most
}

/** How many arguments a function takes at most, which only its text tells. */
function mostArguments(fn: (...args: never[]) => unknown): number {
  const source = Function.prototype.toString.call(fn)
  let depth = 0
  let parameters = 0
  let text = ''
  const end = (): void => {
    if (text.trim() !== '') parameters++
    text = ''
  }
  for (let at = 0; at < source.length; at++) {
    const char = source[at]!
    const quoted = skipQuoted(source, at)
    if (quoted > at) {
      if (depth > 0) text += '"'
      at = quoted
    } else if ('([{'.includes(char)) {
      // An arrow with one bare parameter has no list, and a body that comes before any list is no list either.
      if (depth === 0 && char !== '(') {
        if (char === '{') return fn.length
        at = source.indexOf(']', at)
        if (at < 0) return fn.length
        continue
      }
      if (depth++ > 0) text += char
    } else if (')]}'.includes(char)) {
      if (--depth === 0) {
        end()
        return parameters
      }
      text += char
    } else if (depth === 0) {
      if (char === '=' && source[at + 1] === '>') return fn.length
    } else if (depth === 1 && char === ',') end()
    else {
      text += char
      if (depth === 1 && text.trim() === '...') return Number.POSITIVE_INFINITY
    }
  }
  return fn.length
}

/** Returns where a string, a template or a comment that begins at `at` ends; `at` itself where none does. */
function skipQuoted(source: string, at: number): number {
  const char = source[at]!
  if (char === '/' && source[at + 1] === '*') return source.indexOf('*/', at + 2) + 1 || source.length
  if (char === '/' && source[at + 1] === '/') return source.indexOf('\n', at) + 1 || source.length
  if (char !== '"' && char !== "'" && char !== '`') return at
  let end = at + 1
  while (end < source.length && source[end] !== char) end += source[end] === '\\' ? 2 : 1
  return end
}
