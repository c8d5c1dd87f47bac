import { Atom } from './atom.ts'
import { BitString, bytes } from './binary.ts'
import type { Float } from './float.ts'
import { ExportFun, type Fun } from './fun.ts'
import {
  ATOM,
  BINARY,
  FUN,
  isInteger,
  isObjectMap,
  kindOf,
  LIST,
  MAP,
  NUMBER,
  objectEntries,
  PID,
  PORT,
  RECORD,
  REFERENCE,
  TUPLE,
} from './kind.ts'
import { splitTail } from './list.ts'
import type { NativeRecord } from './native-record.ts'
import type { Pid } from './pid.ts'
import type { Port, Reference } from './reference.ts'
import type { TupleClass } from './tuple.ts'

// Deeper containers do not count for the hash, so that a term of any depth can be hashed by recursion.
const MAX_DEPTH = 32

/** Returns a 32-bit hash, which is the same for terms that are `identical`. It is not Erlang's `phash2`. */
export function hash(term: unknown): number {
  return hashAt(term, 0) | 0
}

const mix = (hash: number, value: number): number => {
  const mixed = Math.imul(hash ^ value, 0x9e3779b1)
  return mixed ^ (mixed >>> 15)
}

function hashAt(term: unknown, depth: number): number {
  const kind = kindOf(term)
  if (depth > MAX_DEPTH) return kind === LIST || kind === TUPLE || kind === MAP ? kind : hashFlat(term, kind)
  switch (kind) {
    case TUPLE:
      return hashEach((term as TupleClass).elements, mix(TUPLE, (term as TupleClass).elements.length), depth)
    case LIST: {
      const { items, tail } = splitTail(term)
      return mix(hashEach(items, LIST, depth), hashAt(tail, depth + 1))
    }
    case MAP:
      return hashMap(term as object, depth)
    default:
      return hashFlat(term, kind)
  }
}

function hashEach(items: readonly unknown[], seed: number, depth: number): number {
  let hash = seed
  for (let index = 0; index < items.length; index++) hash = mix(hash, hashAt(items[index], depth + 1))
  return hash
}

// A map has no order, so the hashes of its entries are added.
function hashMap(map: object, depth: number): number {
  let sum = 0
  let size = 0
  const add = (key: number, value: unknown): void => {
    sum = (sum + mix(key, hashAt(value, depth + 1))) | 0
    size++
  }
  if (isObjectMap(map)) for (const [name, value] of objectEntries(map)) add(hashText(name, ATOM), value)
  else for (const [key, value] of map as Map<unknown, unknown>) add(hashAt(key, depth + 1), value)
  return mix(mix(MAP, sum), size)
}

function hashFlat(term: unknown, kind: number): number {
  switch (kind) {
    case NUMBER:
      return hashNumber(term as number)
    case ATOM:
      return hashText(term instanceof Atom ? term.name : term == null ? 'nil' : String(term), ATOM)
    case BINARY:
      if (typeof term === 'string') return hashBinary(term)
      return term instanceof BitString
        ? mix(hashBytes(term.bytes.subarray(0, -1), term.bits), term.bytes.at(-1)! >> (8 - term.bits))
        : hashBytes(term as Uint8Array, BINARY)
    case PID: {
      const { node, id, serial, creation } = term as Pid
      return mix(mix(mix(hashText(node.name, PID), id), serial), creation)
    }
    case REFERENCE: {
      const { node, words, creation } = term as Reference
      // References that differ only in zero words at the end are identical.
      return words.reduce(
        (sum, word, index) => sum ^ (word && mix(word, index)),
        hashText(node.name, creation),
      )
    }
    case PORT:
      return mix(hashText((term as Port).node.name, PORT), hashNumber((term as Port).id))
    case FUN:
      return term instanceof ExportFun
        ? mix(hashText(term.module.name, hashText(term.name.name, FUN)), term.arity)
        : hashBytes((term as Fun).external, FUN)
    case RECORD:
      return hashText((term as NativeRecord).name.name, RECORD)
    default:
      return kind
  }
}

const double = new Float64Array(1)
const halves = new Int32Array(double.buffer)

function hashNumber(number: number | bigint | Float): number {
  if (isInteger(number)) {
    const small = Number(number)
    if (!Number.isSafeInteger(small)) return hashText(number.toString(16), NUMBER)
    return mix(mix(NUMBER, small | 0), Math.floor(small / 2 ** 32))
  }
  double[0] = Number(number)
  return mix(mix(1, halves[0]!), halves[1]!)
}

function hashText(text: string, seed: number): number {
  let hash = seed
  for (let index = 0; index < text.length; index++) hash = mix(hash, text.charCodeAt(index))
  return hash
}

// A text has the hash of its bytes. ASCII text is hashed without making them.
function hashBinary(text: string): number {
  let hash = BINARY
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit >= 0x80) return hashBytes(bytes(text), BINARY)
    hash = mix(hash, unit)
  }
  return hash
}

function hashBytes(content: Uint8Array, seed: number): number {
  let hash = seed
  for (let index = 0; index < content.length; index++) hash = mix(hash, content[index]!)
  return hash
}
