const maximums = new WeakMap<object, number>()

/** Returns whether a function accepts `arity` arguments, with its default values and rest parameters. */
export function acceptsArity(fn: (...args: never[]) => unknown, arity: number): boolean {
  if (fn.length === arity) return true
  if (fn.length > arity) return false
  const most = maximums.get(fn) ?? mostArguments(fn)
  maximums.set(fn, most)
  return arity <= most
}

/** Returns the maximum number of arguments of a function. Only its source text says it: `length` ends at a default value. */
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
      // Not a parameter list: the body of an arrow function with one bare parameter, or a computed method name.
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

/** Returns the index at which the string, template or comment that begins at `at` ends; `at` when none begins there. */
function skipQuoted(source: string, at: number): number {
  const char = source[at]!
  if (char === '/' && source[at + 1] === '*') return source.indexOf('*/', at + 2) + 1 || source.length
  if (char === '/' && source[at + 1] === '/') return source.indexOf('\n', at) + 1 || source.length
  if (char !== '"' && char !== "'" && char !== '`') return at
  let end = at + 1
  while (end < source.length && source[end] !== char) end += source[end] === '\\' ? 2 : 1
  return end
}
