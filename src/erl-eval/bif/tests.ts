import { ExportFun, Float, Fun, NativeRecord, Pid, Port, Reference, TupleClass } from '../../term/index.ts'
import {
  Bits,
  badarg,
  Closure,
  compareValues,
  ErlMap,
  equal,
  type Functions,
  isAtom,
  isInteger,
  isList,
  isNumber,
  same,
} from '../value/index.ts'

const isFunction = (value: unknown): value is Closure | Fun | ExportFun =>
  value instanceof Closure || value instanceof Fun || value instanceof ExportFun

/** Type tests and comparisons. */
export const tests: Functions = {
  is_atom: isAtom,
  is_binary: (value: unknown) => value instanceof Bits && value.isBinary,
  is_bitstring: (value: unknown) => value instanceof Bits,
  is_boolean: (value: unknown) => typeof value === 'boolean',
  is_float: (value: unknown) => value instanceof Float,
  is_function: (value: unknown, arity: unknown = undefined) =>
    isFunction(value) && (arity === undefined || value.arity === arity),
  // With bounds since OTP 29.
  is_integer: (value: unknown, low: unknown = undefined, high: unknown = undefined) => {
    if (low === undefined) return isInteger(value)
    if (!isInteger(low) || !isInteger(high)) return badarg()
    return isInteger(value) && low <= value && value <= high
  },
  is_list: isList,
  is_map: (value: unknown) => value instanceof ErlMap,
  is_number: isNumber,
  is_pid: (value: unknown) => value instanceof Pid,
  is_port: (value: unknown) => value instanceof Port,
  is_record: (value: unknown, tag: unknown = undefined, size: unknown = undefined) =>
    tag === undefined
      ? value instanceof NativeRecord
      : value instanceof TupleClass &&
        value.elements[0] === tag &&
        (size === undefined || value.length === size),
  is_reference: (value: unknown) => value instanceof Reference,
  is_tuple: (value: unknown) => value instanceof TupleClass,
  '==': equal,
  '/=': (a: unknown, b: unknown) => !equal(a, b),
  '=:=': same,
  '=/=': (a: unknown, b: unknown) => !same(a, b),
  '<': (a: unknown, b: unknown) => compareValues(a, b) < 0,
  '>': (a: unknown, b: unknown) => compareValues(a, b) > 0,
  '=<': (a: unknown, b: unknown) => compareValues(a, b) <= 0,
  '>=': (a: unknown, b: unknown) => compareValues(a, b) >= 0,
}
