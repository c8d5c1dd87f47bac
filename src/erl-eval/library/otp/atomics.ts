import { atom, Reference, TupleClass } from '../../../term/index.ts'
import { currentMachine } from '../../machine/index.ts'
import { badarg, ErlMap, type Functions, integer, isInteger, items } from '../../value/index.ts'

type Integers = BigInt64Array | BigUint64Array

/** Arrays of integers, by the references that `new` has returned. */
const arrays = new WeakMap<Reference, Integers>()
const MAX_SIZE = 2 ** 20
const OK = atom('ok')

function create(size: unknown, signed: boolean): Reference {
  if (typeof size !== 'number' || size < 1 || size > MAX_SIZE) return badarg()
  const ref = currentMachine().process.kernel.makeRef()
  arrays.set(ref, signed ? new BigInt64Array(size) : new BigUint64Array(size))
  return ref
}

const arrayOf = (ref: unknown): Integers =>
  (ref instanceof Reference ? arrays.get(ref) : undefined) ?? badarg()

/** Changes an element and returns its values before and after. The array wraps around, as on a BEAM. */
function change(
  ref: unknown,
  index: unknown,
  next: (before: bigint) => bigint,
): readonly [before: number | bigint, after: number | bigint] {
  const array = arrayOf(ref)
  if (typeof index !== 'number' || index < 1 || index > array.length) return badarg()
  const before = array[index - 1]!
  array[index - 1] = next(before)
  return [integer(before), integer(array[index - 1]!)]
}

const amount = (value: unknown): bigint => (isInteger(value) ? BigInt(value) : badarg())
const same = (value: bigint): bigint => value

const put = (ref: unknown, index: unknown, value: unknown): unknown => {
  change(ref, index, () => amount(value))
  return OK
}
const add = (ref: unknown, index: unknown, by: unknown): unknown => {
  change(ref, index, (before) => before + amount(by))
  return OK
}
const sub = (ref: unknown, index: unknown, by: unknown): unknown => {
  change(ref, index, (before) => before - amount(by))
  return OK
}
const get = (ref: unknown, index: unknown): unknown => change(ref, index, same)[0]

function isSigned(options: unknown): boolean {
  return !items(options).some(
    (option) =>
      option instanceof TupleClass && option.elements[0] === atom('signed') && option.elements[1] === false,
  )
}

function info(ref: unknown): ErlMap {
  const array = arrayOf(ref)
  const signed = array instanceof BigInt64Array
  return ErlMap.from([
    [atom('size'), array.length],
    [atom('max'), integer(signed ? 2n ** 63n - 1n : 2n ** 64n - 1n)],
    [atom('min'), signed ? integer(-(2n ** 63n)) : 0],
    [atom('memory'), array.byteLength],
  ])
}

/** The module `atomics`. */
export const atomics: Functions = {
  new: (size: unknown, options: unknown) => create(size, isSigned(options)),
  put,
  get,
  add,
  sub,
  add_get: (ref: unknown, index: unknown, by: unknown) =>
    change(ref, index, (before) => before + amount(by))[1],
  sub_get: (ref: unknown, index: unknown, by: unknown) =>
    change(ref, index, (before) => before - amount(by))[1],
  exchange: (ref: unknown, index: unknown, value: unknown) => change(ref, index, () => amount(value))[0],
  compare_exchange: (ref: unknown, index: unknown, expected: unknown, value: unknown) => {
    const wanted = amount(expected)
    const [before] = change(ref, index, (current) => (current === wanted ? amount(value) : current))
    return BigInt(before) === wanted ? OK : before
  },
  info,
}

/** The module `counters`. */
export const counters: Functions = {
  new: (size: unknown, _options: unknown) => create(size, true),
  put,
  get,
  add,
  sub,
  info: (ref: unknown) => {
    const all = info(ref)
    return ErlMap.from(['size', 'memory'].map((name) => [atom(name), all.get(atom(name))]))
  },
}
