import { readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** The files of a project that a file imports, itself included, however far away. */
export function filesReachableFrom(file: string): string[] {
  const found = new Set<string>()
  const visit = (path: string): void => {
    if (found.has(path)) return
    found.add(path)
    for (const other of importedBy(path)) visit(other)
  }
  visit(file)
  return [...found]
}

/**
 * Which version of a file this is: when it, or a file that it imports, was last changed, in ms since 1970; 0 when that was
 * before `since`.
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

/** The files that a file imports itself. */
export function importedBy(file: string): readonly string[] {
  return readState(file).imports
}

// Read again only when it has changed.
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
