/** A value that a function takes from around it. */
export interface Capture {
  readonly name: string
  /** Where it is in the environment around. */
  readonly from: number
  /** Where it is put in the environment of the function. */
  readonly at: number
}

/** What the names of one function stand for: places in the environment of a call. */
export class Scope {
  readonly #parent: Scope | undefined
  /** The variables that are bound where the compiler is. */
  variables: Map<string, number> = new Map()
  readonly captures: Capture[] = []
  /** How many places there are. */
  slots: number
  /** Where a new variable goes that was bound under the same name before, so that all clauses of a case agree. */
  readonly #places = new Map<string, number>()
  readonly #captured = new Map<string, number>()

  constructor(arity: number, parent: Scope | undefined) {
    this.slots = arity
    this.#parent = parent
  }

  /** Returns a new place. */
  place(): number {
    return this.slots++
  }

  /** Returns where a variable is; undefined where it is not bound. */
  lookup(name: string): number | undefined {
    const own = this.variables.get(name) ?? this.#captured.get(name)
    if (own !== undefined) return own
    const from = this.#parent?.lookup(name)
    if (from === undefined) return undefined
    const at = this.place()
    this.captures.push({ name, from, at })
    this.#captured.set(name, at)
    return at
  }

  /** Binds a new variable, and returns where it is. */
  bind(name: string): number {
    const at = this.#places.get(name) ?? this.place()
    this.#places.set(name, at)
    this.variables.set(name, at)
    return at
  }

  /** Binds a variable that hides another one of the same name. */
  shadow(name: string): number {
    const at = this.place()
    this.variables.set(name, at)
    return at
  }

  /** Compiles branches, each from what is bound now. After them everything is bound that one of them has bound. */
  branches(branches: readonly (() => void)[]): void {
    const before = this.variables
    const after = new Map(before)
    for (const branch of branches) {
      this.variables = new Map(before)
      branch()
      for (const [name, at] of this.variables) after.set(name, at)
    }
    this.variables = after
  }

  /** Compiles something whose variables are not seen outside of it. */
  inner<T>(compile: () => T): T {
    const before = this.variables
    this.variables = new Map(before)
    try {
      return compile()
    } finally {
      this.variables = before
    }
  }
}
