/**
 * A float of the BEAM without a fraction: `float(1)` is encoded as 1.0, and the number `1` as an integer.
 *
 * A Float computes like its number: `price * 2`, `price < 10`, `Math.max(price, 1)`, `` `${price}` `` and JSON take its value.
 * It is an object, so `price === 1`, `typeof` and a `switch` do not. `Number(price)` and {@link plainNumbers} return
 * numbers.
 *
 * When not to use it: for a number with a fraction. It is always encoded as a float.
 */
export class Float extends Number {
  readonly value: number

  constructor(value: number) {
    if (!Number.isFinite(value))
      throw new RangeError(`a float of the BEAM is finite, got ${value}: send an atom or null instead`)
    super(value)
    this.value = value
  }
}

/** Returns a Float. Throws a RangeError for NaN and the infinities. */
export function float(value: number): Float {
  return new Float(value)
}

/** Whether a term holds a float as a `Float` (`'exact'`), or as a number, which is sent on as an integer (`'number'`). */
export type Floats = 'exact' | 'number'

/** Returns the option `floats` of a function. @throws TypeError for any other value */
export function floatsOption(given: unknown, fn: string): Floats | undefined {
  if (given === undefined || given === 'exact' || given === 'number') return given
  throw new TypeError(`${fn}: floats is 'exact' or 'number', got: ${String(given)}. Leave it out for 'exact'`)
}
