import { compileFunction, constants } from 'node:vm'
import { isTuple, type Term, TermMap, text } from '../term/index.ts'
import { parseFunction } from './free-variables.ts'
import type { AnyFunction } from './serialize.ts'
import { SOURCE, VALUE } from './serialize.ts'

/** Returns the value of a name on this node; undefined for a name that is not declared. */
export type VariableLookup = (name: string) => { readonly value: unknown } | undefined

/** File name of functions of other nodes in stack traces. */
const FILENAME = 'closure'
/** Maximum depth of functions in the bindings of functions. */
const MAX_DEPTH = 100

/**
 * Returns a function that was serialized on another node.
 *
 * A free variable is resolved in the bindings, then by `lookup`, then among the globals of JavaScript and Node.js. Declarations
 * at this node's own prompt are not in scope.
 *
 * @throws TypeError for invalid bindings, SyntaxError for a source that is not a function
 */
export function deserializeFunction(source: string, bindings: Term, lookup: VariableLookup): AnyFunction {
  return deserialize(source, bindings, lookup, 0)
}

function deserialize(source: string, bindings: Term, lookup: VariableLookup, depth: number): AnyFunction {
  if (depth > MAX_DEPTH) throw new TypeError(`a closure holds functions more than ${MAX_DEPTH} deep`)
  const entries = entriesOf(bindings)
  const names: string[] = []
  const values: unknown[] = []
  const unknown: Record<string, unknown> = Object.create(null)
  const { expression, freeVariables } = parseFunction(source)
  for (const name of freeVariables) {
    const binding = entries.get(name)
    const found = binding === undefined ? lookup(name) : { value: valueOfBinding(binding, lookup, depth) }
    if (found) {
      names.push(name)
      values.push(found.value)
    } else if (!STANDARD_GLOBALS.has(name)) {
      const fail = (): never => throwUndefined(name)
      Object.defineProperty(unknown, name, { get: fail, set: fail })
    }
  }
  // The `with` statement makes an unknown name throw a ReferenceError, also where this node's prompt has declared it.
  const make = compileFunction(
    `with (${UNKNOWN}) return (function () { 'use strict'; return (${expression}\n) })()`,
    [UNKNOWN, ...names],
    { filename: FILENAME, importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER },
  ) as (...values: unknown[]) => unknown
  const fn = make(unknown, ...values)
  if (typeof fn !== 'function') throw new TypeError('the source of a closure is not a function')
  return fn as AnyFunction
}

const UNKNOWN = '$unknown'
const STANDARD_GLOBALS = new Set([...Object.getOwnPropertyNames(globalThis), 'undefined', 'NaN', 'Infinity'])

function entriesOf(bindings: Term): Map<string, Term> {
  const pairs =
    bindings instanceof TermMap || bindings instanceof Map
      ? ([...bindings] as [Term, Term][])
      : bindings !== null && typeof bindings === 'object' && Object.keys(bindings).length === 0
        ? []
        : undefined
  if (!pairs?.every(([name]) => typeof name === 'string' || name instanceof Uint8Array))
    throw new TypeError('the bindings of a closure are a map with binaries as keys')
  return new Map(pairs.map(([name, value]) => [text(name as string | Uint8Array), value]))
}

function valueOfBinding(binding: Term, lookup: VariableLookup, depth: number): unknown {
  const [tag, first, second] = isTuple(binding) ? (binding.elements as readonly Term[]) : []
  if (tag === VALUE) return first
  if (tag === SOURCE && (typeof first === 'string' || first instanceof Uint8Array))
    return deserialize(text(first), second, lookup, depth + 1)
  throw new TypeError('a binding of a closure is {value, Term} or {source, Source, Bindings}')
}

function throwUndefined(name: string): never {
  throw new ReferenceError(`${name} is not defined`)
}
