import { Atom, atom } from '../atom.ts'
import { identical } from '../compare.ts'
import { ElixirError } from '../elixir-error.ts'
import { Float } from '../float.ts'
import { isObjectMap, kindOf, MAP, NOT_A_TERM, objectEntries } from '../kind.ts'
import { TermMap } from '../term-map.ts'
import { TupleClass } from '../tuple.ts'
import { ListPattern, Wildcard } from './wildcard.ts'
import { type Matcher, wildcardMatchers } from './wildcard-matchers.ts'

const compiled = new WeakMap<object, Matcher>()

/** Returns the matcher of a pattern. A pattern that is an object is compiled once. */
export function matcherOf(pattern: unknown): Matcher {
  if (typeof pattern !== 'object' || pattern === null) return compile(pattern)
  let matcher = compiled.get(pattern)
  if (!matcher) {
    matcher = compile(pattern)
    compiled.set(pattern, matcher)
  }
  return matcher
}

/** Returns the matcher of a pattern. */
export function compile(pattern: unknown): Matcher {
  if (pattern instanceof Wildcard) return wildcardMatchers[pattern.kind]
  if (pattern instanceof ListPattern)
    return pattern.open ? openList(compile(pattern.items[0])) : closedList(pattern.items)
  if (Array.isArray(pattern)) return tupleOf(pattern)
  if (pattern instanceof TupleClass) return tupleOf(pattern.elements)
  if (pattern instanceof Atom || typeof pattern === 'boolean') return { test: (value) => value === pattern }
  if (pattern === null || pattern === undefined)
    return { test: (value) => value === null || value === undefined }
  if (typeof pattern === 'string' || pattern instanceof Uint8Array) return literalBinary(pattern)
  if (kindOf(pattern) === NOT_A_TERM) throw notAPattern(pattern)
  if (typeof pattern === 'number') return literalNumber(pattern)
  if (kindOf(pattern) !== MAP || pattern instanceof ElixirError)
    return { test: (value) => equalTo(pattern, value) }
  return isObjectMap(pattern) ? objectOf(pattern) : mapOf(pattern as ReadonlyMap<unknown, unknown>)
}

// A value that is not a term (a Date in a message between local processes) matches no literal.
function equalTo(pattern: unknown, value: unknown): boolean {
  return pattern === value || (kindOf(value) === kindOf(pattern) && identical(pattern, value))
}

// In TypeScript 1 and 1.0 are one number, so `1` in a pattern matches both. `float(1)` matches a float only.
function literalNumber(pattern: number): Matcher {
  return {
    test: (value) =>
      value === pattern || (value instanceof Float ? value.value === pattern : equalTo(pattern, value)),
    convert: () => pattern,
  }
}

function literalBinary(pattern: string | Uint8Array): Matcher {
  const isText = typeof pattern === 'string'
  return {
    test: (value) => value === pattern || equalTo(pattern, value),
    convert: () => pattern,
    strict: (value) => (typeof value === 'string') === isText && equalTo(pattern, value),
  }
}

function tupleOf(elements: readonly unknown[]): Matcher {
  const matchers = elements.map((element) => compile(element))
  const test = (value: unknown): boolean => value instanceof TupleClass && allMatch(matchers, value.elements)
  if (!matchers.some(converts)) return { test, convert: undefined, strict: undefined }
  return {
    test,
    convert: (value) => {
      const { elements } = value as TupleClass
      const converted = convertEach(elements, matchers)
      return converted === elements ? value : new TupleClass(converted)
    },
    strict: (value) => value instanceof TupleClass && allMatchStrictly(matchers, value.elements),
  }
}

function closedList(patterns: readonly unknown[]): Matcher {
  const matchers = patterns.map((pattern) => compile(pattern))
  const test = (value: unknown): boolean => Array.isArray(value) && allMatch(matchers, value)
  if (!matchers.some(converts)) return { test, convert: undefined, strict: undefined }
  return {
    test,
    convert: (value) => convertEach(value as readonly unknown[], matchers),
    strict: (value) => Array.isArray(value) && allMatchStrictly(matchers, value),
  }
}

function openList(item: Matcher): Matcher {
  const { test, convert, strict } = item
  return {
    test: (value) => Array.isArray(value) && value.every((each) => test(each)),
    convert: convert && ((value) => (value as unknown[]).map((each) => convert(each))),
    strict: strict && ((value) => Array.isArray(value) && value.every((each) => strict(each))),
  }
}

function converts({ convert }: Matcher): boolean {
  return convert !== undefined
}

/** Whether there are as many items as matchers, and each item matches. */
function allMatch(matchers: readonly Matcher[], items: readonly unknown[]): boolean {
  if (items.length !== matchers.length) return false
  for (let index = 0; index < matchers.length; index++) if (!matchers[index]!.test(items[index])) return false
  return true
}

function allMatchStrictly(matchers: readonly Matcher[], items: readonly unknown[]): boolean {
  if (items.length !== matchers.length) return false
  for (let index = 0; index < matchers.length; index++) {
    const { strict, test } = matchers[index]!
    if (!(strict ?? test)(items[index])) return false
  }
  return true
}

/** Converts items to the types of their patterns. Returns the same array when no item is converted. */
function convertEach(items: readonly unknown[], matchers: readonly Matcher[]): readonly unknown[] {
  let changed: unknown[] | undefined
  for (let index = 0; index < matchers.length; index++) {
    const convert = matchers[index]!.convert
    const item = items[index]
    const converted = convert ? convert(item) : item
    if (converted === item) continue
    changed ??= [...items]
    changed[index] = converted
  }
  return changed ?? items
}

// A plain object matches maps that have at least these atoms as keys. A map that has other keys too is a TermMap; it is
// converted to a plain object of the keys that are atoms.
function objectOf(pattern: object): Matcher {
  const fields = objectEntries(pattern).map(([name, value]) => ({
    name,
    key: atom(name),
    matcher: compile(value),
  }))
  const test = (value: unknown, how: 'test' | 'strict'): boolean => {
    if (kindOf(value) !== MAP) return false
    for (const { name, key, matcher } of fields) {
      const field = fieldOf(value as object, name, key)
      if (field === undefined) return false
      if (!(how === 'strict' && matcher.strict ? matcher.strict(field) : matcher.test(field))) return false
    }
    return true
  }
  const converts = fields.filter(({ matcher }) => matcher.convert)
  return {
    test: (value) => test(value, 'test'),
    convert: (value) => {
      const plain = isObjectMap(value as object) && !(value instanceof ElixirError)
      if (plain && converts.length === 0) return value
      const object = plain ? (value as { [key: string]: unknown }) : plainObject(value as object)
      const changes = converts.map(({ name, matcher }) => [name, matcher.convert!(object[name])] as const)
      // Not by assignment, which would set the prototype for the key `__proto__`.
      return changes.every(([name, converted]) => object[name] === converted)
        ? object
        : Object.fromEntries([...Object.entries(object), ...changes])
    },
    strict: (value) =>
      kindOf(value) === MAP &&
      isObjectMap(value as object) &&
      !(value instanceof ElixirError) &&
      test(value, 'strict'),
  }
}

function fieldOf(map: object, name: string, key: unknown): unknown {
  if (!isObjectMap(map)) {
    const found = (map as ReadonlyMap<unknown, unknown>).get(key)
    return found === undefined && (map as ReadonlyMap<unknown, unknown>).has(key) ? null : found
  }
  const fields = map instanceof ElixirError ? map.fields : map
  return Object.hasOwn(fields, name) ? fields[name as keyof typeof fields] : undefined
}

function plainObject(map: object): { [key: string]: unknown } {
  const entries = isObjectMap(map)
    ? objectEntries(map)
    : [...(map as ReadonlyMap<unknown, unknown>)]
        .filter(([key]) => key instanceof Atom)
        .map(([key, value]) => [String(key), value] as const)
  return Object.fromEntries(entries)
}

// A Map in a pattern matches maps that have at least these keys.
function mapOf(pattern: ReadonlyMap<unknown, unknown>): Matcher {
  const fields = [...pattern].map(([key, value]) => ({ key, matcher: compile(value) }))
  const test = (value: unknown): boolean => {
    if (kindOf(value) !== MAP) return false
    const map = termMap(value as object)
    return fields.every(({ key, matcher }) => map.has(key as null) && matcher.test(map.get(key as null)))
  }
  return {
    test,
    convert: (value) => {
      const map = new TermMap(termMap(value as object))
      for (const { key, matcher } of fields)
        if (matcher.convert) map.set(key as null, matcher.convert(map.get(key as null)) as null)
      return map
    },
    strict: (value) =>
      value instanceof TermMap &&
      fields.every(({ key, matcher }) => (matcher.strict ?? matcher.test)(value.get(key as null))) &&
      test(value),
  }
}

function termMap(map: object): TermMap {
  if (map instanceof TermMap) return map
  return isObjectMap(map)
    ? new TermMap(objectEntries(map).map(([name, value]) => [atom(name), value as null]))
    : new TermMap(map as ReadonlyMap<null, null>)
}

function notAPattern(value: unknown): TypeError {
  const what =
    typeof value === 'function' ? 'a function' : `an instance of ${(value as object).constructor?.name}`
  return new TypeError(
    `a pattern is made of terms, _ and _.pid, _.string …, got ${what}: put conditions into the guard, on(pattern, guard, handler)`,
  )
}
