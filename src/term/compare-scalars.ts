import { Atom } from './atom.ts'
import { BitString, bytes } from './binary.ts'
import { Float } from './float.ts'
import { ExportFun, type Fun } from './fun.ts'
import { isInteger } from './kind.ts'
import type { Pid } from './pid.ts'
import type { Port, Reference } from './reference.ts'

// Each function compares two terms of one kind that hold no other terms. The sign of the result is their order.

/** @param exact whether every integer comes before every float, as among the keys of a map */
export function compareNumbers(
  a: number | bigint | Float,
  b: number | bigint | Float,
  exact: boolean,
): number {
  if (exact) {
    // Among keys every integer comes before every float.
    const floats = Number(!isInteger(a)) - Number(!isInteger(b))
    if (floats !== 0) return floats
  }
  const left = a instanceof Float ? a.value : a
  const right = b instanceof Float ? b.value : b
  if (left < right) return -1
  if (left > right) return 1
  // 0.0 and -0.0 are different only as Float: in JavaScript, arithmetic with integers may result in -0.
  return exact && a instanceof Float && b instanceof Float
    ? Number(Object.is(right, -0)) - Number(Object.is(left, -0))
    : 0
}

/** Returns the name of an atom; `true`, `false` and `nil` are atoms. */
export function nameOf(atom: unknown): string {
  return atom instanceof Atom ? atom.name : atom == null ? 'nil' : String(atom)
}

// JavaScript compares UTF-16 units. Above U+FFFF their order is not the order of code points, which is that of UTF-8.
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index)
    const right = b.charCodeAt(index)
    if (left === right) continue
    const surrogates = Number(isSurrogate(left)) - Number(isSurrogate(right))
    return surrogates || left - right
  }
  return a.length - b.length
}

const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff

export function compareBinaries(
  a: string | Uint8Array | BitString,
  b: string | Uint8Array | BitString,
): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  const left = a instanceof BitString ? a.bytes : bytes(a)
  const right = b instanceof BitString ? b.bytes : bytes(b)
  const leftBits = a instanceof BitString ? left.length * 8 - 8 + a.bits : left.length * 8
  const rightBits = b instanceof BitString ? right.length * 8 - 8 + b.bits : right.length * 8
  const common = Math.min(leftBits, rightBits)
  const whole = common >> 3
  for (let index = 0; index < whole; index++)
    if (left[index] !== right[index]) return left[index]! - right[index]!
  const rest = 8 - (common & 7)
  const last = rest === 8 ? 0 : (left[whole]! >> rest) - (right[whole]! >> rest)
  return last || leftBits - rightBits
}

const compareNodes = (a: Pid | Port | Reference, b: Pid | Port | Reference): number =>
  compareText(a.node.name, b.node.name) || a.creation - b.creation

export function comparePids(a: Pid, b: Pid): number {
  return a.serial - b.serial || a.id - b.id || compareNodes(a, b)
}

export function comparePorts(a: Port, b: Port): number {
  return compareNodes(a, b) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}

// The last word is the most significant one. Missing words are zero.
export function compareReferences(a: Reference, b: Reference): number {
  const nodes = compareNodes(a, b)
  if (nodes !== 0) return nodes
  for (let index = Math.max(a.words.length, b.words.length) - 1; index >= 0; index--) {
    const words = (a.words[index] ?? 0) - (b.words[index] ?? 0)
    if (words !== 0) return words
  }
  return 0
}

export function compareFuns(a: Fun | ExportFun, b: Fun | ExportFun): number {
  if (a instanceof ExportFun || b instanceof ExportFun) {
    if (!(a instanceof ExportFun)) return -1
    if (!(b instanceof ExportFun)) return 1
    return (
      compareText(a.module.name, b.module.name) || compareText(a.name.name, b.name.name) || a.arity - b.arity
    )
  }
  return (
    compareText(a.module.name, b.module.name) ||
    a.index - b.index ||
    compareBinaries(a.uniq, b.uniq) ||
    compareBinaries(a.external, b.external)
  )
}
