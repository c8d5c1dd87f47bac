import { isAbsolute, relative } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Returns the place from which `fn` was called, as `file:///…/runtime.ts:4:19`. */
export function callerLine(fn: (...args: never[]) => unknown): string | undefined {
  const holder: { stack?: string } = {}
  Error.captureStackTrace(holder, fn)
  return holder.stack?.split('\n')[1]
}

/** Returns the path of a file for a message: relative to the working directory where it is inside, with its line when known. */
export function showFile(path: string, line?: number): string {
  const inside = relative(process.cwd(), path)
  const shown = inside.startsWith('..') || isAbsolute(inside) ? path : inside.replaceAll('\\', '/')
  return line === undefined ? shown : `${shown}:${line}`
}

/**
 * Returns the line of a file in which an error was thrown: of the first place in that file that the stack names. The first lines of
 * the stack of a syntax error name it too.
 */
export function lineInStack(stack: string, path: string): number | undefined {
  for (const name of [pathToFileURL(path).href, path]) {
    const from = stack.indexOf(name)
    // A file that is imported again has a query.
    const line = from < 0 ? null : /^(?:\?[^\s:]*)?:(\d+)/.exec(stack.slice(from + name.length))
    if (line) return Number(line[1])
  }
  return undefined
}

/** Returns the first line of a source, from `from` on, on which `key` is a key of an object. Comments do not count. */
export function lineOfKey(source: string, key: string): number | undefined {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, (comment) => comment.replaceAll(/[^\n]/g, ' '))
  const escaped = key.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const at = code.search(new RegExp(`(?<![\\w$.-])(['"\`]?)${escaped}\\1\\]?\\s*[:(,}]`))
  return at < 0 ? undefined : code.slice(0, at).split('\n').length
}
