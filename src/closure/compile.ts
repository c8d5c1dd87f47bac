import { compileFunction, constants } from 'node:vm'
import { isTuple, type Term, TermMap, text } from '../term/index.ts'
import type { AnyFunction, Lookup } from './carry.ts'
import { functionSource } from './free-names.ts'
import { SOURCE, VALUE } from './wire.ts'

/** Under which name V8 knows the functions of other nodes, in stacks. */
const FILENAME = 'closure'
/** Functions within functions that were carried along. */
const DEEPEST = 100

/**
 * Makes a function of its source.
 *
 * Its names stand for what was carried along, then for what `lookup` says, then for what JavaScript and Node.js have. What
 * happens to be declared at this node's own prompt is not in its scope.
 *
 * @throws TypeError for bindings that are none, SyntaxError for a source that is no function
 */
export function compile(source: string, bindings: Term, lookup: Lookup): AnyFunction {
  return build(source, bindings, lookup, 0)
}

function build(source: string, bindings: Term, lookup: Lookup, depth: number): AnyFunction {
  if (depth > DEEPEST) throw new TypeError(`a closure holds functions more than ${DEEPEST} deep`)
  const carried = entriesOf(bindings)
  const names: string[] = []
  const values: unknown[] = []
  const unknown: Record<string, unknown> = Object.create(null)
  const { expression, freeNames } = functionSource(source)
  for (const name of freeNames) {
    const binding = carried.get(name)
    const found = binding === undefined ? lookup(name) : { value: carriedValue(binding, lookup, depth) }
    if (found) {
      names.push(name)
      values.push(found.value)
    } else if (!STANDARD.has(name)) {
      const fail = (): never => undefinedName(name)
      Object.defineProperty(unknown, name, { get: fail, set: fail })
    }
  }
  // `with` is what makes an unknown name throw like one, whatever this node's prompt has declared; the function is strict.
  const make = compileFunction(
    `with (${UNKNOWN}) return (function () { 'use strict'; return (${expression}\n) })()`,
    [UNKNOWN, ...names],
    { filename: FILENAME, importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER },
  ) as (...values: unknown[]) => unknown
  const fn = make(unknown, ...values)
  if (typeof fn !== 'function') throw new TypeError('the source of a closure is no function')
  return fn as AnyFunction
}

const UNKNOWN = '$unknown'
const STANDARD = new Set([...Object.getOwnPropertyNames(globalThis), 'undefined', 'NaN', 'Infinity'])

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

function carriedValue(binding: Term, lookup: Lookup, depth: number): unknown {
  const [tag, first, second] = isTuple(binding) ? (binding.elements as readonly Term[]) : []
  if (tag === VALUE) return first
  if (tag === SOURCE && (typeof first === 'string' || first instanceof Uint8Array))
    return build(text(first), second, lookup, depth + 1)
  throw new TypeError('a binding of a closure is {value, Term} or {source, Source, Bindings}')
}

function undefinedName(name: string): never {
  throw new ReferenceError(`${name} is not defined`)
}
