/** Variable of an outer function that a fun captures. */
export interface Capture {
  readonly name: string
  /** Slot in the environment of the outer function. */
  readonly from: number
  /** Slot in the environment of the fun. */
  readonly at: number
}

/** Variables of one function, by name, with their slots in the environment of a call. */
export class Scope {
  readonly #parent: Scope | undefined
  /** The variables that are bound at the current position. */
  variables: Map<string, number> = new Map()
  readonly captures: Capture[] = []
  /** Number of slots. */
  slots: number
  /** Slots by variable name. A variable that several clauses of a `case` bind has one slot. */
  readonly #places = new Map<string, number>()
  readonly #captured = new Map<string, number>()

  constructor(arity: number, parent: Scope | undefined) {
    this.slots = arity
    this.#parent = parent
  }

  /** Returns a new slot. */
  place(): number {
    return this.slots++
  }

  /** Returns the slot of a variable; undefined when it is not bound. */
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

  /** Binds a new variable, and returns its slot. */
  bind(name: string): number {
    const at = this.#places.get(name) ?? this.place()
    this.#places.set(name, at)
    this.variables.set(name, at)
    return at
  }

  /** Binds a variable that hides another one of the same name. Returns its slot. */
  shadow(name: string): number {
    const at = this.place()
    this.variables.set(name, at)
    return at
  }

  /**
   * Compiles branches. Each begins with the variables that are bound now. Afterwards all variables are bound that any branch has
   * bound.
   */
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

  /** Compiles code whose variables are not visible outside of it. */
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
