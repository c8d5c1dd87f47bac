import type { Line, Shown } from './script.ts'

const prompt = /^(?:(?:iex|moebi|\.\.\.)\([^()\s]+\)\d*> ?)+/

/** Stack frame: `(elixir 1.14.0) lib/task.ex:826: Task.await/2`, `iex:7: (file)`, `moebi:7`. */
const frame = /^ {4,}(?:\([^()]+\) )?[\w./-]+:\d+(?::\d+)?(?:: .+)?$/
/** Line that iex prints when its shell restarts. */
const banner = /^Interactive Elixir \(/

/**
 * Returns the lines of a pane without the parts that differ between runs and terminals: prompts (an output line may follow one),
 * indentation, blank lines, stack frames, times, and the numbers of a pid. Of a pid remains whether the process is local
 * (`#PID<local>`, first number 0) or remote (`#PID<remote>`).
 */
export function readPane(screen: string): string[] {
  return screen
    .replaceAll(/\{:module, (\w+),\s*<<[^>]*>>,[^}]*\}*/g, '{:module, $1}')
    .split('\n')
    .map((line) => line.replace(prompt, ''))
    .filter((line) => !frame.test(line) && !banner.test(line))
    .map(normalised)
    .filter((line) => line !== '')
}

function normalised(line: string): string {
  return line
    .trim()
    .replaceAll(/#PID<0\.\d+\.\d+>/g, '#PID<local>')
    .replaceAll(/#PID<[1-9]\d*\.\d+\.\d+>/g, '#PID<remote>')
    .replaceAll(/#Reference<[\d.]+>/g, '#Reference<…>')
    .replace(/^(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d(?:\.\d+)? /, '')
}

/** Returns the number of the lowest prompt; 0 before the first one. */
export function promptNumber(screen: string): number {
  const prompts = [...screen.matchAll(/^(?:iex|moebi)\([^()\s]+\)(\d+)>/gm)]
  return Number(prompts.at(-1)?.[1] ?? 0)
}

/** Returns the count of prompts. An input of several lines has one. */
export function promptCount(screen: string): number {
  return [...screen.matchAll(/^(?:iex|moebi)\([^()\s]+\)\d+>/gm)].length
}

/** Returns the lines without the typed ones; undefined while not all typed lines are there. */
export function withoutTyped(lines: readonly string[], typed: readonly string[]): string[] | undefined {
  const rest = [...lines]
  let from = 0
  for (const line of typed) {
    const at = rest.indexOf(line.trim(), from)
    if (at < 0) return undefined
    rest.splice(at, 1)
    from = at
  }
  return rest
}

/** Returns the lines without the first match of each pattern. */
export function withoutAside(lines: readonly string[], aside: readonly RegExp[]): string[] {
  const rest = [...lines]
  for (const pattern of aside) {
    const at = rest.findIndex((line) => pattern.test(line))
    if (at >= 0) rest.splice(at, 1)
  }
  return rest
}

/** Returns whether a pane's new lines are exactly the expected ones. */
export function matches(lines: readonly string[], shown: Shown): boolean {
  const rest = [...lines]
  for (const expected of shown.lines) {
    const at = shown.anyOrder ? rest.findIndex((line) => same(line, expected)) : 0
    const line = rest[at]
    if (line !== undefined && same(line, expected)) rest.splice(at, 1)
    else if (!isOptional(expected)) return false
  }
  return rest.length === 0
}

/** Returns the expected lines as text. */
export function describeLines(shown: Shown): string {
  const text = (line: string | RegExp) => (typeof line === 'string' ? line : `a line like ${line}`)
  const lines = shown.lines.map((line) =>
    isOptional(line) ? `${text(line.maybe)} (or nothing)` : text(line),
  )
  if (lines.length === 0) return 'silence'
  return lines.join('\n') + (shown.anyOrder ? '\n(in any order)' : '')
}

function same(line: string, expected: Line): boolean {
  if (isOptional(expected)) return same(line, expected.maybe)
  return typeof expected === 'string' ? line === expected : expected.test(line)
}

function isOptional(line: Line): line is { readonly maybe: string | RegExp } {
  return typeof line === 'object' && 'maybe' in line
}
