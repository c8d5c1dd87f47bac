/**
 * A float that stays one on the wire: `float(1)` is written 1.0, while the number `1` is written as an integer.
 *
 * When not to use it: for numbers that are not whole, which are always floats.
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

/** Returns a float, also when the number is whole. Throws a RangeError for NaN and the infinities. */
export function float(value: number): Float {
  return new Float(value)
}
