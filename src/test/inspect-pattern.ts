import type { Kernel } from '../process/index.ts'
import { Atom, isTuple, ListPattern, type Term, TermMap, Wildcard } from '../term/index.ts'

/** Returns a pattern as text in the syntax of Elixir; wildcards as in TypeScript: `{:hi, _.string}`. */
export function inspectPattern(pattern: unknown, kernel: Kernel): string {
  const inside = (each: unknown): string => inspectPattern(each, kernel)
  if (pattern instanceof Wildcard) return pattern.kind === 'any' ? '_' : `_.${pattern.kind}`
  if (pattern instanceof ListPattern)
    return pattern.open ? `listOf(${inside(pattern.items[0])})` : `[${pattern.items.map(inside).join(', ')}]`
  if (Array.isArray(pattern)) return `{${pattern.map(inside).join(', ')}}`
  if (isTuple(pattern as Term)) return `{${[...(pattern as Iterable<unknown>)].map(inside).join(', ')}}`
  if (isPlainObject(pattern))
    return `%{${Object.entries(pattern)
      .map(([key, value]) => `${key}: ${inside(value)}`)
      .join(', ')}}`
  if (pattern instanceof Map || pattern instanceof TermMap)
    return `%{${[...pattern].map(([key, value]) => `${kernel.inspect(key as Term)} => ${inside(value)}`).join(', ')}}`
  return kernel.inspect(pattern as Term)
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || value instanceof Atom) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
