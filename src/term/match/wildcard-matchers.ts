import { Atom } from '../atom.ts'
import { bytes } from '../binary.ts'
import { ElixirError } from '../elixir-error.ts'
import { Float } from '../float.ts'
import { ExportFun, Fun } from '../fun.ts'
import { kindOf, MAP } from '../kind.ts'
import { Pid } from '../pid.ts'
import { Port, Reference } from '../reference.ts'
import { TupleClass } from '../tuple.ts'
import type { WildcardKind } from './wildcard.ts'

/** A compiled pattern. */
export interface Matcher {
  test(value: unknown): boolean
  /** Converts a matched value to the type of the pattern. Undefined when every match has this type. */
  readonly convert?: ((value: unknown) => unknown) | undefined
  /** Whether the value matches without a conversion, for `is`. Undefined when every match does. */
  readonly strict?: ((value: unknown) => boolean) | undefined
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
function isText(value: Uint8Array): boolean {
  try {
    decoder.decode(value)
    return true
  } catch {
    return false
  }
}

const isNumber = (value: unknown): boolean => typeof value === 'number' || value instanceof Float
/** The matchers of the wildcards. */
export const wildcardMatchers: { readonly [K in WildcardKind]: Matcher } = {
  any: { test: () => true },
  pid: { test: (value) => value instanceof Pid },
  ref: { test: (value) => value instanceof Reference },
  port: { test: (value) => value instanceof Port },
  fun: { test: (value) => value instanceof Fun || value instanceof ExportFun },
  atom: { test: (value) => value instanceof Atom },
  boolean: { test: (value) => typeof value === 'boolean' },
  number: { test: isNumber, convert: Number },
  integer: { test: Number.isSafeInteger },
  bigint: {
    test: (value) => typeof value === 'bigint' || Number.isSafeInteger(value),
    convert: (value) => BigInt(value as number),
    strict: (value) => typeof value === 'bigint',
  },
  float: { test: isNumber, convert: Number },
  string: {
    test: (value) => typeof value === 'string' || (value instanceof Uint8Array && isText(value)),
    convert: (value) => (typeof value === 'string' ? value : decoder.decode(value as Uint8Array)),
    strict: (value) => typeof value === 'string',
  },
  bytes: {
    test: (value) => typeof value === 'string' || value instanceof Uint8Array,
    convert: (value) => bytes(value as string),
    strict: (value) => value instanceof Uint8Array,
  },
  list: { test: Array.isArray },
  tuple: { test: (value) => value instanceof TupleClass },
  map: { test: (value) => kindOf(value) === MAP },
  exception: { test: (value) => value instanceof ElixirError },
}
