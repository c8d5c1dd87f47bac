import type { Variable } from './forms.ts'

/** Erlang variable or function for a name, and its properties. */
export interface Declared {
  readonly variable: Variable
  /** Whether it is a function whose result is a promise in JavaScript, so that its calls must be awaited. */
  readonly async: boolean
  /** Whether the value is a known function. */
  readonly known: boolean
  /** Whether the name is declared later in the same block. */
  readonly pending: boolean
}

/** Names that are declared in one block of a function. */
export class Scope {
  readonly #names = new Map<string, Declared>()
  readonly #parent: Scope | undefined

  constructor(parent?: Scope) {
    this.#parent = parent
  }

  declare(name: string, variable: Variable, known = false, async = false): void {
    this.#names.set(name, { variable, known, async, pending: false })
  }

  /** Names that the block declares at a later statement. They hide equal names of outer blocks in the whole block. */
  announce(name: string): void {
    this.#names.set(name, { variable: null, known: false, async: false, pending: true })
  }

  has(name: string): boolean {
    return this.#names.has(name)
  }

  isPending(name: string): boolean {
    return this.#names.get(name)?.pending === true
  }

  find(name: string): Declared | undefined {
    return this.#names.get(name) ?? this.#parent?.find(name)
  }
}
