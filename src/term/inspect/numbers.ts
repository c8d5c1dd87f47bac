import type { Float } from '../float.ts'
import { isInteger } from '../kind.ts'

/** Returns a number as Elixir shows it. */
export function inspectNumber(value: number | bigint | Float): string {
  return isInteger(value) ? String(Object.is(value, -0) ? 0 : value) : floatText(Number(value))
}

// The BEAM writes an exponent where more digits than these are before the point.
const DIGITS_BEFORE_POINT = 16

/** Returns a float as the BEAM writes it: the fewest digits that are the same float when they are read, with a point. */
function floatText(float: number): string {
  const sign = float < 0 || Object.is(float, -0) ? '-' : ''
  const [mantissa, exponent] = Math.abs(float).toExponential().split('e') as [string, string]
  const digits = mantissa.replace('.', '')
  // The float is 0.DIGITS times ten to the power of `point`.
  const point = float === 0 ? 1 : Number(exponent) + 1
  const scientific = `${digits[0]}.${digits.slice(1) || '0'}e${point - 1}`
  if (point > DIGITS_BEFORE_POINT) return sign + scientific
  if (point >= digits.length) return `${sign}${digits.padEnd(point, '0')}.0`
  if (point > 0) return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
  const decimal = `0.${'0'.repeat(-point)}${digits}`
  return sign + (decimal.length <= scientific.length ? decimal : scientific)
}
