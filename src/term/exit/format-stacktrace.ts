import { Atom } from '../atom.ts'
import { ExportFun, Fun } from '../fun.ts'
import { inspect, quoteAtom, quoteFunction } from '../inspect/index.ts'
import type { Term } from '../term.ts'
import { TupleClass } from '../tuple.ts'

export interface FormatOptions {
  /** The name of the own node, for the pids in the text; see `inspect`. */
  readonly self?: Atom | undefined
}

/**
 * Returns the lines of a stack, each indented by four spaces. Returns an empty text for a term that is not a stack.
 *
 * @param stack a list of `{module, function, arity or arguments, [file: charlist, line: integer]}`
 * @see `Exception.format_stacktrace/1`, which ends its last line too
 */
export function formatStacktrace(stack: Term, options: FormatOptions = {}): string {
  return (stacktraceLines(stack, options) ?? []).map((line) => `    ${line}`).join('\n')
}

/** Returns the lines of a stack without indentation, or undefined for a term that is not a stack. */
export function stacktraceLines(stack: unknown, options: FormatOptions): string[] | undefined {
  if (!Array.isArray(stack)) return undefined
  const lines: string[] = []
  for (const entry of stack) {
    const line = stackLine(entry, options)
    if (line === undefined) return undefined
    lines.push(line)
  }
  return lines
}

function stackLine(entry: unknown, options: FormatOptions): string | undefined {
  if (!(entry instanceof TupleClass)) return undefined
  const location = entry.elements.at(-1)
  if (!Array.isArray(location)) return undefined
  if (entry.length === 3) {
    const [fun, arity] = entry.elements
    if (!(fun instanceof Fun || fun instanceof ExportFun) || !isArity(arity)) return undefined
    return locationText(location) + inspect(fun, { ...options, pretty: false }) + arityText(arity, options)
  }
  const [module, name, arity] = entry.elements
  if (entry.length !== 4 || !(name instanceof Atom) || !isAtom(module) || !isArity(arity)) return undefined
  return locationText(location) + callText(module, name, arity, options)
}

const isAtom = (value: unknown): value is Atom | boolean | null =>
  value instanceof Atom || typeof value === 'boolean' || value == null
const isArity = (value: unknown): value is number | readonly unknown[] =>
  typeof value === 'number' || Array.isArray(value)

function callText(
  module: Atom | boolean | null,
  name: Atom,
  arity: number | readonly unknown[],
  options: FormatOptions,
): string {
  if (name.name === '__MODULE__' && arity === 0) return `${moduleText(module)} (module)`
  if (name.name === '__MODULE__' && arity === 1) return '(module)'
  if (name.name === '__FILE__' && arity === 1) return '(file)'
  return formatMfa(module, name, arity, options)
}

/** Returns `Module.function/arity`, or `Module.function(argument, …)`. @see `Exception.format_mfa/3` */
export function formatMfa(
  module: Atom | boolean | null,
  name: Atom,
  arity: number | readonly unknown[],
  options: FormatOptions,
): string {
  // The compiler names an anonymous function after the function around it: `-f/2-fun-0-`.
  const parent = /^-(.+)\/(\d+)-[^-/]*-[^-/]*-$/s.exec(name.name)
  const its = arityText(arity, options)
  return parent
    ? `anonymous fn${its} in ${moduleText(module)}.${quoteFunction(parent[1]!)}/${parent[2]}`
    : `${moduleText(module)}.${quoteFunction(name.name)}${its}`
}

const moduleText = (module: Atom | boolean | null): string =>
  module instanceof Atom ? quoteAtom(module.name) : String(module ?? 'nil')

function arityText(arity: number | readonly unknown[], options: FormatOptions): string {
  if (typeof arity === 'number') return `/${arity}`
  return `(${arity.map((argument) => inspect(argument, { ...options, pretty: false })).join(', ')})`
}

function locationText(location: readonly unknown[]): string {
  const file = fileText(property(location, 'file'))
  if (file === undefined) return ''
  const line = property(location, 'line')
  return typeof line === 'number' && line !== 0 ? `${file}:${line}: ` : `${file}: `
}

function property(location: readonly unknown[], name: string): unknown {
  for (const pair of location)
    if (pair instanceof TupleClass && pair.elements[0] instanceof Atom && pair.elements[0].name === name)
      return pair.elements[1]
  return undefined
}

function fileText(file: unknown): string | undefined {
  if (typeof file === 'string') return file
  if (!Array.isArray(file) || file.length === 0 || file.length > 4096) return undefined
  return file.every((code) => Number.isInteger(code) && code >= 0 && code <= 0x10ffff)
    ? String.fromCodePoint(...file)
    : undefined
}
