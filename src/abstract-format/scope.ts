import type { Variable } from './forms.ts'

/** What a name stands for in the Erlang code. */
export interface Declared {
  readonly variable: Variable
  /** A function whose result is a promise in JavaScript, so a call of it has to be awaited. */
  readonly async: boolean
}

/** The names that are declared at one place of a function. */
export class Scope {
  readonly #names = new Map<string, Declared>()
  readonly #parent: Scope | undefined

  constructor(parent?: Scope) {
    this.#parent = parent
  }

  declare(name: string, variable: Variable, async = false): void {
    this.#names.set(name, { variable, async })
  }

  find(name: string): Declared | undefined {
    return this.#names.get(name) ?? this.#parent?.find(name)
  }
}
