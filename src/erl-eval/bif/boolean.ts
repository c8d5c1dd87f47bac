import { badarg, type Functions, failWith } from '../value/index.ts'

const bool = (value: unknown): boolean => (typeof value === 'boolean' ? value : badarg())

/** Operators on booleans. */
export const booleans: Functions = {
  not: (value: unknown) => !bool(value),
  and: (a: unknown, b: unknown) => {
    const [left, right] = [bool(a), bool(b)]
    return left && right
  },
  or: (a: unknown, b: unknown) => {
    const [left, right] = [bool(a), bool(b)]
    return left || right
  },
  xor: (a: unknown, b: unknown) => bool(a) !== bool(b),
}

/** Returns the value on the left of `andalso` or `orelse`. Raises `{badarg, Value}` when it is not a boolean. */
export function leftSide(value: unknown): boolean {
  return typeof value === 'boolean' ? value : failWith('badarg', value)
}
