/** Returns the place from which `fn` was called, as the line of a stack: `at file:///…/runtime.ts:4:19`. */
export function callerLine(fn: (...args: never[]) => unknown): string | undefined {
  const holder: { stack?: string } = {}
  Error.captureStackTrace(holder, fn)
  return holder.stack?.split('\n')[1]
}

/** Returns the first line of a source on which `key` is a key of an object. Comments do not count. */
export function lineOfKey(source: string, key: string): number | undefined {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, (comment) => comment.replaceAll(/[^\n]/g, ' '))
  const escaped = key.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const at = code.search(new RegExp(`(?<![\\w$.-])(['"\`]?)${escaped}\\1\\]?\\s*[:(,}]`))
  return at < 0 ? undefined : code.slice(0, at).split('\n').length
}
