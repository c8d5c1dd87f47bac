/**
 * A number that is encoded as a float: `float(1)` is encoded as 1.0, and the number `1` as an integer.
 *
 * When not to use it: for a number with a fraction. It is always encoded as a float.
 */
export class Float {
  readonly value: number

  constructor(value: number) {
    if (!Number.isFinite(value))
      throw new RangeError(`a float of the BEAM is finite, got ${value}: send an atom or null instead`)
    this.value = value
  }

  valueOf(): number {
    return this.value
  }

  toJSON(): number {
    return this.value
  }
}

/** Returns a Float. Throws a RangeError for NaN and the infinities. */
export function float(value: number): Float {
  return new Float(value)
}
