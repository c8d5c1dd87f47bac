import { APPLY, CLOSURE_MODULE } from '../node/index.ts'
import { type Atom, atom, type Term, TermMap, tuple } from '../term/index.ts'
import { parseFunction } from './free-variables.ts'

// A closure is sent to another Moebi node as a spawn request for moebi_closure:apply(Source, Bindings, Args). Bindings is a map
// from variable names (binaries) to {value, Term} or {source, Source, Bindings}.
export const VALUE: Atom<'value'> = atom('value')
export const SOURCE: Atom<'source'> = atom('source')

/** Function of any type. */
export type AnyFunction = (...args: never[]) => unknown

/**
 * Returns the value of a free variable of a function on the sending node; undefined for a variable that the other node resolves,
 * such as a module.
 */
export type FreeVariableLookup = (name: string, fn: AnyFunction) => { readonly value: unknown } | undefined

/** Call of `moebi_closure:apply`, which nodes define that run closures of other nodes. */
export interface ClosureCall {
  readonly module: typeof CLOSURE_MODULE
  readonly name: typeof APPLY
  readonly args: readonly Term[]
}

/** Source code of a function, and the values of its free variables. */
export interface SerializedFunction {
  readonly source: string
  readonly bindings: TermMap
}

/** Maximum number of functions in one serialized function: those that its free variables refer to, directly and indirectly. */
const MAX_FUNCTIONS = 100

/**
 * Returns a call of `moebi_closure:apply(Source, Bindings, Args)` that runs a function on another node.
 *
 * When not to use it: for functions in files. Export these from a module, and call them by name. Functions that were typed at
 * a prompt have no module.
 *
 * @throws TypeError that names the function or the free variable that cannot be sent
 */
export function serializeCall(
  fn: AnyFunction,
  args: readonly Term[],
  lookup: FreeVariableLookup,
): ClosureCall {
  const { source, bindings } = serializeFunction(fn, lookup)
  return { module: CLOSURE_MODULE, name: APPLY, args: [source, bindings, args] }
}

/** Returns the source code of a function and the values of its free variables. @throws TypeError when one cannot be sent */
export function serializeFunction(fn: AnyFunction, lookup: FreeVariableLookup): SerializedFunction {
  return new Serializer(lookup).serialize(fn, fn.name || 'the function')
}

class Serializer {
  readonly #lookup: FreeVariableLookup
  readonly #enclosing: AnyFunction[] = []
  #count = 0

  constructor(lookup: FreeVariableLookup) {
    this.#lookup = lookup
  }

  /** @param label name of the function in error messages */
  serialize(fn: AnyFunction, label: string): SerializedFunction {
    if (this.#enclosing.includes(fn))
      throw new TypeError(
        `${label} refers to itself (through ${this.#enclosing.map((enclosing) => enclosing.name || 'a function').join(', ')}), ` +
          'so it cannot be sent to another node by value. Define the functions in a module of the other node: defmodule.',
      )
    if (++this.#count > MAX_FUNCTIONS)
      throw new TypeError(
        `${label} refers to more than ${MAX_FUNCTIONS} functions, which is the maximum that can be sent with a function. Define ` +
          'them in a module of the other node: defmodule.',
      )
    const { source, freeVariables } = this.#parse(fn, label)
    const bindings = new TermMap()
    this.#enclosing.push(fn)
    for (const name of freeVariables) {
      const found = this.#lookup(name, fn)
      if (found) bindings.set(name, this.#value(name, found.value))
    }
    this.#enclosing.pop()
    return { source, bindings }
  }

  #parse(fn: AnyFunction, label: string): { source: string; freeVariables: readonly string[] } {
    try {
      const source = Function.prototype.toString.call(fn)
      return { source, freeVariables: parseFunction(source).freeVariables }
    } catch (cause) {
      throw new TypeError(
        `${label} cannot be sent to another node: its source code is not available (it is native, or the result of bind). ` +
          'Send an arrow function that calls it.',
        { cause },
      )
    }
  }

  #value(name: string, value: unknown): Term {
    if (typeof value === 'function') {
      const { source, bindings } = this.serialize(value as AnyFunction, name)
      return tuple(SOURCE, source, bindings)
    }
    if (typeof value === 'symbol' || value instanceof Promise)
      throw new TypeError(
        typeof value === 'symbol'
          ? `${name} is a symbol, which is not a term, so it cannot be sent to another node.`
          : `${name} is a promise, which is not a term, so it cannot be sent to another node: await it first.`,
      )
    return tuple(VALUE, value as Term)
  }
}
