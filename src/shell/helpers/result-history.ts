/** How many values `v(n)` finds. */
const MAX_RESULTS = 200

/** The values of the inputs, by the numbers in the prompts. */
export class ResultHistory {
  readonly #values = new Map<number, unknown>()
  #next = 1

  /** The number of the next input. */
  get next(): number {
    return this.#next
  }

  add(value: unknown): void {
    this.#values.set(this.#next, value)
    this.#values.delete(this.#next - MAX_RESULTS)
    this.#next++
  }

  /** The value of an input; a negative number counts from the last one. @throws RangeError when there is none */
  at(line: number): unknown {
    const at = line < 0 ? this.#next + line : line
    if (this.#values.has(at)) return this.#values.get(at)
    throw new RangeError(`v(${line}) is out of bounds: the shell has no value of an input ${at}`)
  }

  clear(): void {
    this.#values.clear()
    this.#next = 1
  }
}
