import { type Term, TermMap, tuple } from '../term/index.ts'
import { functionSource } from './free-names.ts'
import { APPLY, MODULE, SOURCE, VALUE } from './wire.ts'

export type AnyFunction = (...args: never[]) => unknown

/**
 * Returns what a name stands for where the function was written; undefined where the other node is to find it: its own
 * words and its modules.
 */
export type Lookup = (name: string) => { readonly value: unknown } | undefined

/** A call that a node that allows closures understands. */
export interface ClosureCall {
  readonly module: typeof MODULE
  readonly name: typeof APPLY
  readonly args: readonly Term[]
}

/** A function as text, with the values of the names that it takes from around it. */
export interface Carried {
  readonly source: string
  readonly bindings: TermMap
}

/** Functions that a function carries along, and those that they carry. */
const MOST_FUNCTIONS = 100

/**
 * Turns a call of a function into one that travels as source: `moebi_closure:apply(Source, Bindings, Args)`.
 *
 * When not to use it: in files, where functions are exported, and so named and typed. For the shell, whose functions
 * are nowhere but in what was typed.
 *
 * @throws TypeError for a function that cannot travel, or that needs something that cannot; it names it
 */
export function carryCall(fn: AnyFunction, args: readonly Term[], lookup: Lookup): ClosureCall {
  const { source, bindings } = sourceOf(fn, lookup)
  return { module: MODULE, name: APPLY, args: [source, bindings, args] }
}

/** Returns a function's text and the values of the names in it. @throws TypeError when one of them cannot travel */
export function sourceOf(fn: AnyFunction, lookup: Lookup): Carried {
  return new Carrier(lookup).carry(fn, fn.name || 'the function')
}

class Carrier {
  readonly #lookup: Lookup
  readonly #around: AnyFunction[] = []
  #count = 0

  constructor(lookup: Lookup) {
    this.#lookup = lookup
  }

  carry(fn: AnyFunction, called: string): Carried {
    if (this.#around.includes(fn))
      throw new TypeError(
        `${called} needs itself (through ${this.#around.map((one) => one.name || 'a function').join(', ')}), so it cannot ` +
          'travel by value. Define the functions in a module of the other node: defmodule.',
      )
    if (++this.#count > MOST_FUNCTIONS)
      throw new TypeError(
        `${called} is one of more than ${MOST_FUNCTIONS} functions that would have to travel.`,
      )
    const { source, freeNames } = this.#read(fn, called)
    const bindings = new TermMap()
    this.#around.push(fn)
    for (const name of freeNames) {
      const found = this.#lookup(name)
      if (found) bindings.set(name, this.#value(name, found.value))
    }
    this.#around.pop()
    return { source, bindings }
  }

  #read(fn: AnyFunction, called: string): { source: string; freeNames: readonly string[] } {
    try {
      const source = Function.prototype.toString.call(fn)
      return { source, freeNames: functionSource(source).freeNames }
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
      const { source, bindings } = this.carry(value as AnyFunction, name)
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
