import { readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** Returns a file and the files that it imports, directly or through others. */
export function filesReachableFrom(file: string): string[] {
  const reachable = new Set<string>()
  const visit = (path: string): void => {
    if (reachable.has(path)) return
    reachable.add(path)
    for (const imported of importedBy(path)) visit(imported)
  }
  visit(file)
  return [...reachable]
}

/**
 * Returns the version of a file: the time of the last change of the file or of a file that it imports, in ms since 1970. Returns 0
 * for a change before `since`.
 */
export function versionOf(file: string, since: number): number {
  const newest = Math.max(...filesReachableFrom(file).map((path) => readState(path).modified))
  return newest > since ? newest : 0
}

interface FileState {
  readonly modified: number
  readonly imports: readonly string[]
}

const known = new Map<string, FileState>()
const IMPORT = /\b(?:from|import)\s*\(?\s*(?:'(\.[^'\n]+)'|"(\.[^"\n]+)")/g

/** Returns the files that a file imports directly. */
export function importedBy(file: string): readonly string[] {
  return readState(file).imports
}

// A file is read again only when it has changed.
function readState(file: string): FileState {
  const modified = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
  const before = known.get(file)
  if (before?.modified === modified) return before
  const imports = modified === 0 || !/\.[mc]?[jt]s$/.test(file) ? [] : importsIn(readFileSync(file, 'utf8'))
  const source = { modified, imports: imports.map((target) => resolve(dirname(file), target)) }
  known.set(file, source)
  return source
}

function importsIn(text: string): string[] {
  return [...text.matchAll(IMPORT)].map(([, single, double]) => (single ?? double)!)
}
