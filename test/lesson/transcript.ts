import type { Line, Shown } from './script.ts'

const prompt = /^(?:(?:iex|moebi|\.\.\.)\([^()\s]+\)\d*> ?)+/

/** Where an error was made: `(elixir 1.14.0) lib/task.ex:826: Task.await/2`, `iex:7: (file)`, `moebi:7`. */
const frame = /^ {4,}(?:\([^()]+\) )?[\w./-]+:\d+(?::\d+)?(?:: .+)?$/
/** What iex says when its shell begins anew. */
const banner = /^Interactive Elixir \(/

/**
 * What a pane says, without what differs from run to run and from terminal to terminal: prompts (a printed line may
 * stand behind one), indentation, blank lines, stack frames, times, and the numbers of a pid but for the one thing they
 * must say, whether the process is here (`#PID<local>`, first number 0) or elsewhere (`#PID<remote>`).
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

/** The number of the prompt that stands lowest; 0 before the first. */
export function promptNumber(screen: string): number {
  const prompts = [...screen.matchAll(/^(?:iex|moebi)\([^()\s]+\)(\d+)>/gm)]
  return Number(prompts.at(-1)?.[1] ?? 0)
}

/** How many prompts there have been; a definition of many lines has one. */
export function promptCount(screen: string): number {
  return [...screen.matchAll(/^(?:iex|moebi)\([^()\s]+\)\d+>/gm)].length
}

/** The lines without the ones that were typed; undefined when not all that was typed is there yet. */
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

/** The lines without the first that each of the patterns finds. */
export function withoutAside(lines: readonly string[], aside: readonly RegExp[]): string[] {
  const rest = [...lines]
  for (const pattern of aside) {
    const at = rest.findIndex((line) => pattern.test(line))
    if (at >= 0) rest.splice(at, 1)
  }
  return rest
}

/** Whether a pane's new lines are the expected ones: no more, no fewer. */
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

/** The expected lines as a person reads them. */
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
