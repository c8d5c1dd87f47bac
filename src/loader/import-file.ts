import { readFileSync } from 'node:fs'
import { isAbsolute, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { inspect, types } from 'node:util'
import { codeFolder } from '../package/index.ts'
import { registerTypeScriptHooks } from './register-typescript-hooks.ts'

/** A file that cannot be imported. The message names the file, and the line when it is known. */
export class ImportError extends Error {
  static {
    ImportError.prototype.name = 'ImportError'
  }
}

/**
 * Imports a module of a project, which may be TypeScript.
 *
 * @param query query of its URL: a module is evaluated again for each new one
 * @throws ImportError that names the file and the line, when the module cannot be parsed, throws, or imports what does not exist
 */
export async function importFile(path: string, query = ''): Promise<{ readonly default?: unknown }> {
  if (/\.[mc]?ts$/.test(path)) registerTypeScriptHooks()
  const ended = (): void =>
    void process.stderr.write(
      `moebi: ${showFile(path)}: the program ended before this file was evaluated. Check its top-level await, and process.exit.\n`,
    )
  process.once('exit', ended)
  try {
    return (await import(`${pathToFileURL(path).href}${query}`)) as { readonly default?: unknown }
  } catch (error) {
    throw locateError(path, error)
  } finally {
    process.off('exit', ended)
  }
}

/** Returns an error that was thrown while a file was evaluated as one whose message names the file and the line. */
export function locateError(path: string, cause: unknown): ImportError {
  // An error of the loader's hooks comes from their thread, and is no native error here.
  if (!types.isNativeError(cause) && !(cause instanceof Error))
    return new ImportError(`${showFile(path)}: a value that is no error was thrown: ${inspect(cause)}`, {
      cause,
    })
  const { stack = '', name, message } = cause
  const line = lineInStack(stack, path) ?? lineOfImport(path, message)
  const elsewhere = line === undefined ? placeInStack(stack) : undefined
  const where = elsewhere === undefined ? '' : ` (${elsewhere})`
  return new ImportError(`${showFile(path, line)}: an exception was raised: ${name}: ${message}${where}`, {
    cause,
  })
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

// Returns the place of an error in another file of the project.
function placeInStack(stack: string): string | undefined {
  for (const [, url, line] of stack.matchAll(
    /(?<![^\s(])((?:file:\/\/|\/|[A-Z]:\\)[^\s?()]+?)(?:\?[^\s:]*)?:(\d+)/g,
  )) {
    const path = url!.startsWith('file:') ? fileURLToPath(url!) : url!
    if (!path.includes('node_modules') && !path.startsWith(fileURLToPath(codeFolder)))
      return showFile(path, Number(line))
  }
  return undefined
}

// The error for a module that does not exist has no line: finds the import.
function lineOfImport(path: string, message: string): number | undefined {
  const missing = /^Cannot find (?:package|module) '(?:[^']*\/)?([^'/]+)' imported from (.+)$/.exec(message)
  if (missing?.[2] !== path) return undefined
  const lines = readFileSync(path, 'utf8').split('\n')
  const at = lines.findIndex((line) => /\b(?:from|import)\b/.test(line) && line.includes(missing[1]!))
  return at < 0 ? undefined : at + 1
}
