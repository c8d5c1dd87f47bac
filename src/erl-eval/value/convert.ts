import {
  Atom,
  atom,
  BitString,
  ElixirError,
  Float,
  ImproperList,
  type Term,
  TermMap,
  TupleClass,
} from '../../term/index.ts'
import { Bits, bitsOfBytes, bitsOfText } from './bits.ts'
import { Closure } from './closure.ts'
import { EvaluatedFun } from './evaluated-fun.ts'
import { Cons, NIL } from './list.ts'
import { ErlMap, isAtom } from './map.ts'
import { integer } from './number.ts'

// Terms are the data of TypeScript code: arrays, strings, plain objects. Values are the data of the machine: list cells, bit
// strings, and maps that share their parts. Atoms, pids, references and tuples are the same in both. A tuple whose elements need
// no conversion stays the same object.

/** Converts a term to a value. */
export function fromTerm(term: Term): unknown {
  switch (typeof term) {
    case 'number':
      return Number.isSafeInteger(term) ? term + 0 : new Float(term)
    case 'string':
      return bitsOfText(term)
    case 'bigint':
      return integer(term)
    case 'undefined':
      return null
    case 'boolean':
      return term
  }
  if (term === null || term instanceof Atom) return term
  if (term instanceof TupleClass) return convertTuple(term, fromTerm)
  if (Array.isArray(term)) return listFrom(term, NIL)
  if (term instanceof Uint8Array) return bitsOfBytes(term)
  if (term instanceof ImproperList) return listFrom(term.items, fromTerm(term.tail))
  if (term instanceof BitString) return new Bits(term.bytes, 0, term.bytes.length * 8 - 8 + term.bits)
  if (term instanceof EvaluatedFun) return term.closure
  if (term instanceof TermMap || term instanceof Map)
    return ErlMap.from(
      Array.from(term as Iterable<[Term, Term]>, ([key, value]) => [fromTerm(key), fromTerm(value)]),
    )
  if (term instanceof ElixirError) return mapOfFields(term.fields)
  const prototype: unknown = Object.getPrototypeOf(term)
  return prototype === Object.prototype || prototype === null ? mapOfFields(term) : term
}

function listFrom(items: readonly Term[], tail: unknown): unknown {
  let list = tail
  for (let i = items.length - 1; i >= 0; i--) list = new Cons(fromTerm(items[i]), list)
  return list
}

function mapOfFields(fields: object): ErlMap {
  const entries: [unknown, unknown][] = []
  for (const [key, value] of Object.entries(fields))
    if (value !== undefined) entries.push([atom(key), fromTerm(value as Term)])
  return ErlMap.from(entries)
}

function convertTuple(tuple: TupleClass, convert: (element: never) => unknown): TupleClass {
  const { elements } = tuple
  for (let i = 0; i < elements.length; i++) {
    const converted = convert(elements[i] as never)
    if (converted === elements[i]) continue
    const copy = elements.slice()
    copy[i] = converted
    for (let j = i + 1; j < elements.length; j++) copy[j] = convert(elements[j] as never)
    return new TupleClass(copy)
  }
  return tuple
}

/** Converts a value to a term. */
export function toTerm(value: unknown): Term {
  if (typeof value !== 'object' || value === null || value instanceof Atom) return value as Term
  if (value instanceof TupleClass) return convertTuple(value, toTerm) as Term
  if (value instanceof Cons) return listTerm(value)
  if (value === NIL) return []
  if (value instanceof Bits) return binaryTerm(value)
  // Only a float without a fraction would be read as an integer.
  if (value instanceof Float) return Number.isInteger(value.value) ? value : value.value
  if (value instanceof ErlMap) return mapTerm(value)
  if (value instanceof Closure) return new EvaluatedFun(value, toTerm)
  return value as Term
}

function listTerm(list: Cons): Term {
  const items: Term[] = []
  let rest: unknown = list
  while (rest instanceof Cons) {
    items.push(toTerm(rest.head))
    rest = rest.tail
  }
  return rest === NIL ? items : new ImproperList(items, toTerm(rest))
}

function binaryTerm(bits: Bits): Term {
  if (!bits.isBinary) return new BitString(bits.toBytes().slice(), bits.size & 7)
  return bits.toText() ?? bits.toBytes().slice()
}

function mapTerm(map: ErlMap): Term {
  const entries = map.entries()
  if (!entries.every(([key]) => isAtom(key)))
    return new TermMap(entries.map(([key, value]) => [toTerm(key), toTerm(value)] as const))
  const fields: Record<string, Term> = {}
  for (const [key, value] of entries) {
    const name = key === null ? 'nil' : String(key)
    if (name === '__proto__')
      Object.defineProperty(fields, name, {
        value: toTerm(value),
        configurable: true,
        enumerable: true,
        writable: true,
      })
    else fields[name] = toTerm(value)
  }
  return fields.__exception__ === true && fields.__struct__ instanceof Atom
    ? new ElixirError(fields.__struct__, fields)
    : fields
}
