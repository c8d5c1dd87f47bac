import { type Atom, atom, type Term, TermMap, tuple } from '../term/index.ts'
import { parseFunction } from './free-variables.ts'

// A closure travels between Moebi nodes as a spawn request for moebi_closure:apply(Source, Bindings, Args). Bindings is a map from
// variable names (binaries) to {value, Term} or {source, Source, Bindings}.
export const CLOSURE_MODULE: Atom<'moebi_closure'> = atom('moebi_closure')
export const APPLY: Atom<'apply'> = atom('apply')
export const VALUE: Atom<'value'> = atom('value')
export const SOURCE: Atom<'source'> = atom('source')

export type AnyFunction = (...args: never[]) => unknown

/**
 * Returns what a name stands for where the function was written; undefined where the other node is to find it: its own
 * words and its modules.
 */
export type VariableLookup = (name: string) => { readonly value: unknown } | undefined

/** A call that a node that allows closures understands. */
export interface ClosureCall {
  readonly module: typeof CLOSURE_MODULE
  readonly name: typeof APPLY
  readonly args: readonly Term[]
}

/** A function as text, with the values of the names that it takes from around it. */
export interface SerializedFunction {
  readonly source: string
  readonly bindings: TermMap
}

/** Functions that a function carries along, and those that they carry. */
const MAX_FUNCTIONS = 100

/**
 * Turns a call of a function into one that travels as source: `moebi_closure:apply(Source, Bindings, Args)`.
 *
 * When not to use it: in files, where functions are exported, and so named and typed. For the shell, whose functions
 * are nowhere but in what was typed.
 *
 * @throws TypeError for a function that cannot travel, or that needs something that cannot; it names it
 */
export function serializeCall(fn: AnyFunction, args: readonly Term[], lookup: VariableLookup): ClosureCall {
  const { source, bindings } = serializeFunction(fn, lookup)
  return { module: CLOSURE_MODULE, name: APPLY, args: [source, bindings, args] }
}

/** Returns a function's text and the values of the names in it. @throws TypeError when one of them cannot travel */
export function serializeFunction(fn: AnyFunction, lookup: VariableLookup): SerializedFunction {
  return new Serializer(lookup).serialize(fn, fn.name || 'the function')
}

class Serializer {
  readonly #lookup: VariableLookup
  readonly #enclosing: AnyFunction[] = []
  #count = 0

  constructor(lookup: VariableLookup) {
    this.#lookup = lookup
  }

  serialize(fn: AnyFunction, called: string): SerializedFunction {
    if (this.#enclosing.includes(fn))
      throw new TypeError(
        `${called} needs itself (through ${this.#enclosing.map((one) => one.name || 'a function').join(', ')}), so it cannot ` +
          'travel by value. Define the functions in a module of the other node: defmodule.',
      )
    if (++this.#count > MAX_FUNCTIONS)
      throw new TypeError(
        `${called} is one of more than ${MAX_FUNCTIONS} functions that would have to travel.`,
      )
    const { source, freeNames } = this.#read(fn, called)
    const bindings = new TermMap()
    this.#enclosing.push(fn)
    for (const name of freeNames) {
      const found = this.#lookup(name)
      if (found) bindings.set(name, this.#value(name, found.value))
    }
    this.#enclosing.pop()
    return { source, bindings }
  }

  #read(fn: AnyFunction, called: string): { source: string; freeNames: readonly string[] } {
    try {
      const source = Function.prototype.toString.call(fn)
      return { source, freeNames: parseFunction(source).freeVariables }
    } catch (cause) {
      throw new TypeError(
        `${called} cannot travel to another node: its source cannot be read (it is part of Node.js, or bound). ` +
          'Wrap the call of it in an arrow function.',
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
        `${name} is a ${typeof value === 'symbol' ? 'symbol' : 'promise'}, and that is no term, so it cannot travel to ` +
          `another node${typeof value === 'symbol' ? '.' : `: await it first.`}`,
      )
    return tuple(VALUE, value as Term)
  }
}
