import { Float } from '../../term/index.ts'
import {
  add,
  badarg,
  bitAnd,
  bitNot,
  bitOr,
  bitXor,
  compareValues,
  divide,
  type Functions,
  integer,
  isInteger,
  isNumber,
  multiply,
  negate,
  plus,
  quotient,
  remainder,
  shiftLeft,
  shiftRight,
  subtract,
} from '../value/index.ts'

/** Returns the integer of a double without a fraction. */
function wholeOf(value: number): number | bigint {
  return Number.isSafeInteger(value) ? value + 0 : integer(BigInt(value))
}

const rounded =
  (round: (value: number) => number) =>
  (value: unknown): unknown => {
    if (isInteger(value)) return value
    return value instanceof Float ? wholeOf(round(value.value)) : badarg()
  }

/** Operators on numbers, and functions that convert one number to another. */
export const arithmetic: Functions = {
  '+': (a: unknown, ...b: unknown[]) => (b.length === 0 ? plus(a) : add(a, b[0])),
  '-': (a: unknown, ...b: unknown[]) => (b.length === 0 ? negate(a) : subtract(a, b[0])),
  '*': multiply,
  '/': divide,
  div: quotient,
  rem: remainder,
  band: bitAnd,
  bor: bitOr,
  bxor: bitXor,
  bnot: bitNot,
  bsl: shiftLeft,
  bsr: shiftRight,
  abs: (value: unknown) => {
    if (!isNumber(value)) return badarg()
    if (value instanceof Float) return new Float(Math.abs(value.value))
    return value < 0 ? negate(value) : value
  },
  float: (value: unknown) => {
    const double = isInteger(value) ? Number(value) : value instanceof Float ? value.value : badarg()
    return Number.isFinite(double) ? new Float(double) : badarg()
  },
  round: rounded((value) => Math.sign(value) * Math.round(Math.abs(value))),
  trunc: rounded(Math.trunc),
  ceil: rounded(Math.ceil),
  floor: rounded(Math.floor),
  max: (a: unknown, b: unknown) => (compareValues(a, b) >= 0 ? a : b),
  min: (a: unknown, b: unknown) => (compareValues(a, b) <= 0 ? a : b),
}
