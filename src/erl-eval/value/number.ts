import { Float } from '../../term/index.ts'
import { BADARITH, fail, systemLimit } from './raise.ts'

// Integers are numbers while they are safe, and bigints beyond. Every float is a `Float`, so 1 and 1.0 are distinct.

const MAX = Number.MAX_SAFE_INTEGER
/** Maximum number of bits of an integer. */
const MAX_BITS = 2 ** 24

export const isInteger = (value: unknown): value is number | bigint =>
  typeof value === 'number' || typeof value === 'bigint'
export const isNumber = (value: unknown): value is number | bigint | Float =>
  typeof value === 'number' || typeof value === 'bigint' || value instanceof Float

/** Returns an integer as a number when it is safe, otherwise as a bigint. */
export function integer(value: bigint): number | bigint {
  return value <= MAX && value >= -MAX ? Number(value) : value
}

/** Returns the float of a double. Raises `badarith` when the double is not finite. */
export function floatOf(value: number): Float {
  return Number.isFinite(value) ? new Float(value) : fail(BADARITH)
}

/** Returns the double of a number. Raises `badarith` for any other value, and for an integer that is too large. */
export function toDouble(value: unknown): number {
  if (typeof value === 'number') return value
  if (value instanceof Float) return value.value
  if (typeof value !== 'bigint') return fail(BADARITH)
  const double = Number(value)
  return Number.isFinite(double) ? double : fail(BADARITH)
}

type Operation = (a: unknown, b: unknown) => unknown

const bothIntegers = (a: unknown, b: unknown): boolean => isInteger(a) && isInteger(b)

export const add: Operation = (a, b) => {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b
    return sum <= MAX && sum >= -MAX ? sum : BigInt(a) + BigInt(b)
  }
  if (bothIntegers(a, b)) return integer(BigInt(a as bigint) + BigInt(b as bigint))
  return floatOf(toDouble(a) + toDouble(b))
}

export const subtract: Operation = (a, b) => {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b
    return difference <= MAX && difference >= -MAX ? difference : BigInt(a) - BigInt(b)
  }
  if (bothIntegers(a, b)) return integer(BigInt(a as bigint) - BigInt(b as bigint))
  return floatOf(toDouble(a) - toDouble(b))
}

export const multiply: Operation = (a, b) => {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b
    // The product of 0 and a negative number is -0 in JavaScript.
    return product <= MAX && product >= -MAX ? product + 0 : BigInt(a) * BigInt(b)
  }
  if (bothIntegers(a, b)) {
    const [left, right] = [BigInt(a as bigint), BigInt(b as bigint)]
    checkBits(bitLength(left) + bitLength(right))
    return integer(left * right)
  }
  return floatOf(toDouble(a) * toDouble(b))
}

export const divide: Operation = (a, b) => {
  const divisor = toDouble(b)
  const dividend = toDouble(a)
  return divisor === 0 ? fail(BADARITH) : floatOf(dividend / divisor)
}

/** Returns the result of `a div b`. */
export const quotient: Operation = (a, b) => {
  if (!bothIntegers(a, b) || b === 0) return fail(BADARITH)
  // For safe integers the difference is an exact multiple of b, so the division is exact.
  if (typeof a === 'number' && typeof b === 'number') return (a - (a % b)) / b + 0
  return integer(BigInt(a as bigint) / BigInt(b as bigint))
}

/** Returns the result of `a rem b`. */
export const remainder: Operation = (a, b) => {
  if (!bothIntegers(a, b) || b === 0) return fail(BADARITH)
  if (typeof a === 'number' && typeof b === 'number') return (a % b) + 0
  return integer(BigInt(a as bigint) % BigInt(b as bigint))
}

export const negate = (a: unknown): unknown => {
  if (typeof a === 'number') return 0 - a
  if (typeof a === 'bigint') return integer(-a)
  return a instanceof Float ? new Float(-a.value) : fail(BADARITH)
}

export const plus = (a: unknown): unknown => (isNumber(a) ? a : fail(BADARITH))

const isSmall = (value: unknown): value is number => typeof value === 'number' && (value | 0) === value

export const bitAnd: Operation = (a, b) => (isSmall(a) && isSmall(b) ? a & b : bitwise(a, b, (x, y) => x & y))
export const bitOr: Operation = (a, b) => (isSmall(a) && isSmall(b) ? a | b : bitwise(a, b, (x, y) => x | y))
export const bitXor: Operation = (a, b) => (isSmall(a) && isSmall(b) ? a ^ b : bitwise(a, b, (x, y) => x ^ y))
export const bitNot = (a: unknown): unknown => (isInteger(a) ? integer(-BigInt(a) - 1n) : fail(BADARITH))
export const shiftLeft: Operation = (a, b) => shift(a, b, 1)
export const shiftRight: Operation = (a, b) => shift(a, b, -1)

function bitwise(a: unknown, b: unknown, operation: (a: bigint, b: bigint) => bigint): number | bigint {
  if (!isInteger(a) || !isInteger(b)) return fail(BADARITH)
  return integer(operation(BigInt(a), BigInt(b)))
}

function shift(a: unknown, b: unknown, direction: 1 | -1): number | bigint {
  if (!isInteger(a) || !isInteger(b)) return fail(BADARITH)
  const count = Number(b) * direction
  const value = BigInt(a)
  if (count > 0 && value !== 0n) checkBits(bitLength(value) + count)
  if (count < -MAX_BITS) return value < 0n ? -1 : 0
  return integer(count >= 0 ? value << BigInt(value === 0n ? 0 : count) : value >> BigInt(-count))
}

function bitLength(value: bigint): number {
  if (value >= -MAX && value <= MAX) return 53
  return value.toString(16).length * 4
}

function checkBits(bits: number): void {
  if (bits > MAX_BITS) systemLimit()
}
