/** Number of values that are kept for `v(n)`. */
const MAX_RESULTS = 200

/** Values of the last inputs, by the numbers in the prompts. */
export class ResultHistory {
  readonly #values = new Map<number, unknown>()
  #next = 1

  /** Number of the next input. */
  get next(): number {
    return this.#next
  }

  add(value: unknown): void {
    this.#values.set(this.#next, value)
    this.#values.delete(this.#next - MAX_RESULTS)
    this.#next++
  }

  /** Returns the value of an input. A negative number counts from the last input. @throws RangeError when there is none */
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
