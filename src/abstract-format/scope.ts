import type { Variable } from './forms.ts'

/** What a name stands for in the Erlang code. */
export interface Declared {
  readonly variable: Variable
  /** A function whose result is a promise in JavaScript, so a call of it has to be awaited. */
  readonly async: boolean
  /** Whether the value is a function that is known here. */
  readonly known: boolean
  /** Declared later in the same block. */
  readonly pending: boolean
}

/** The names that are declared at one place of a function. */
export class Scope {
  readonly #names = new Map<string, Declared>()
  readonly #parent: Scope | undefined

  constructor(parent?: Scope) {
    this.#parent = parent
  }

  declare(name: string, variable: Variable, known = false, async = false): void {
    this.#names.set(name, { variable, known, async, pending: false })
  }

  /** Names that the block declares further down. Until then they hide names of the same text around the block. */
  announce(name: string): void {
    this.#names.set(name, { variable: null, known: false, async: false, pending: true })
  }

  isPending(name: string): boolean {
    return this.#names.get(name)?.pending === true
  }

  find(name: string): Declared | undefined {
    return this.#names.get(name) ?? this.#parent?.find(name)
  }
}
