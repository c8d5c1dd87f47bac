import {
  type Atom,
  ExportFun,
  Float,
  hash as hashTerm,
  Pid,
  Port,
  Reference,
  TupleClass,
} from '../../../term/index.ts'
import {
  Bits,
  badarg,
  Cons,
  ErlMap,
  type Functions,
  isAtom,
  isInteger,
  NIL,
  toTerm,
} from '../../value/index.ts'

// The hash functions erlang:phash2 and erlang:phash, which give the same number on every node and in every release of OTP:
// erts/emulator/beam/erl_term_hashing.c. Arithmetic is modulo 2^32.

/** 2^32 divided by the golden ratio. Each type of value is hashed with a multiple of it. */
const GOLDEN = 0x9e3779b9
const seed = (multiple: number): number => Math.imul(GOLDEN, multiple)
const NIL_HASH = 3468870702
const NIL_TAG = 2
const SMALL = 2 ** 27

/** State of Bob Jenkins' hash function. */
interface Mixer {
  a: number
  b: number
  c: number
}

function mix(state: Mixer): void {
  let { a, b, c } = state
  a = (a - b - c) ^ (c >>> 13)
  b = (b - c - a) ^ (a << 8)
  c = (c - a - b) ^ (b >>> 13)
  a = (a - b - c) ^ (c >>> 12)
  b = (b - c - a) ^ (a << 16)
  c = (c - a - b) ^ (b >>> 5)
  a = (a - b - c) ^ (c >>> 3)
  b = (b - c - a) ^ (a << 10)
  c = (c - a - b) ^ (b >>> 15)
  state.a = a
  state.b = b
  state.c = c
}

/** Adds two integers of 32 bits to a hash. */
function mixIn(hash: number, first: number, second: number, constant: number): number {
  const state = { a: (constant + first) | 0, b: (constant + second) | 0, c: hash }
  mix(state)
  return state.c
}

function hashBytes(bytes: Uint8Array, initial: number): number {
  const state = { a: GOLDEN | 0, b: GOLDEN | 0, c: initial | 0 }
  const word = (at: number): number =>
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)
  let at = 0
  for (; at + 12 <= bytes.length; at += 12) {
    state.a = (state.a + word(at)) | 0
    state.b = (state.b + word(at + 4)) | 0
    state.c = (state.c + word(at + 8)) | 0
    mix(state)
  }
  // The lowest byte of c is for the length.
  state.a = (state.a + word(at)) | 0
  state.b = (state.b + word(at + 4)) | 0
  state.c = (state.c + bytes.length + (word(at + 8) << 8)) | 0
  mix(state)
  return state.c
}

/** Hash of an atom's name: hashpjw over its bytes, where a character of Latin-1 counts as one byte. */
function hashAtom(value: Atom | boolean | null): number {
  const bytes = Buffer.from(value === null ? 'nil' : String(value))
  let hash = 0
  for (let i = 0; i < bytes.length; i++) {
    let byte = bytes[i]!
    if ((byte & 0xfe) === 0xc2 && i + 1 < bytes.length && (bytes[i + 1]! & 0xc0) === 0x80)
      byte = ((byte << 6) | (bytes[++i]! & 0x3f)) & 0xff
    hash = ((hash << 4) + byte) | 0
    const top = hash & 0xf0000000
    if (top !== 0) hash = hash ^ (top >>> 24) ^ top
  }
  return hash
}

/** The magnitude of an integer in words of 32 bits, the lowest first; an even number of them. */
function wordsOf(value: number | bigint): number[] {
  let rest = BigInt(value)
  if (rest < 0n) rest = -rest
  const words: number[] = []
  do {
    words.push(Number(rest & 0xffffffffn), Number((rest >> 32n) & 0xffffffffn))
    rest >>= 64n
  } while (rest > 0n)
  return words
}

function hashInteger(value: number | bigint, hash: number): number {
  if (value >= -SMALL && value < SMALL) {
    const small = Number(value)
    const mixed = small < 0 ? mixIn(hash, -small, 0, seed(1)) : hash
    return mixIn(mixed, small, 0, seed(1))
  }
  const words = wordsOf(value)
  let result = hash
  for (let i = 0; i < words.length; i += 2)
    result = mixIn(result, words[i]!, words[i + 1]!, seed(value < 0 ? 10 : 11))
  return result
}

/** The two halves of a double. Both zeros are +0.0. */
function halvesOf(value: number): [high: number, low: number] {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value === 0 ? 0 : value)
  return [view.getInt32(0), view.getInt32(4)]
}

const portWords = (port: Port): [low: number, high: number] => {
  const [low, high] = wordsOf(port.id)
  return [low!, high!]
}

/** Returns the hash of a value, continued from the hash of the values before it. */
function hash2(value: unknown, before: number): number {
  let hash = before
  // Values after this one, the next one last. Lists and tuples may be nested to any depth.
  const stack: unknown[] = [value]
  while (stack.length > 0) {
    const next = stack.pop()
    if (isAtom(next)) hash = hash === 0 ? hashAtom(next) : mixIn(hash, hashAtom(next), 0, seed(3))
    else if (isInteger(next)) hash = hashInteger(next, hash)
    else if (next === NIL) hash = hash === 0 ? NIL_HASH | 0 : mixIn(hash, NIL_TAG, 0, seed(2))
    else if (next instanceof Cons) hash = hashBytesOfList(next, hash, stack)
    else if (next instanceof TupleClass) {
      hash = mixIn(hash, next.length, 0, seed(9))
      for (let i = next.length - 1; i >= 0; i--) stack.push(next.elements[i])
    } else if (next instanceof Bits) hash = hashBits(next, hash)
    else if (next instanceof ErlMap) {
      const size = mixIn(hash, next.size, 0, seed(16))
      const pairs = next.entries().reduce((sum, [key, item]) => sum ^ hash2(item, hash2(key, 0)), 0)
      hash = next.size === 0 ? size : mixIn(size, pairs, 0, seed(19))
    } else if (next instanceof Float) {
      const [high, low] = halvesOf(next.value)
      hash = mixIn(hash, high, low, seed(12))
    } else if (next instanceof Pid) hash = mixIn(hash, next.id, 0, seed(5))
    else if (next instanceof Port) hash = mixIn(hash, ...portWords(next), seed(6))
    else if (next instanceof Reference) hash = mixIn(hash, next.words[0]!, 0, seed(7))
    else if (next instanceof ExportFun) {
      const module = mixIn(hash, next.arity, hashAtom(next.module), seed(1))
      hash = mixIn(module, hashAtom(next.name), 0, seed(14))
    } else hash = mixIn(hash, hashTerm(toTerm(next)), 0, seed(1))
  }
  return hash
}

/** Hashes the bytes at the start of a list, four at a time, and leaves the rest of the list on the stack. */
function hashBytesOfList(list: Cons, before: number, stack: unknown[]): number {
  let hash = before
  let bytes = 0
  let count = 0
  let rest: unknown = list
  while (rest instanceof Cons && isByte(rest.head)) {
    bytes = (bytes << 8) + rest.head
    if (++count === 4) {
      hash = mixIn(hash, bytes, 0, seed(4))
      bytes = 0
      count = 0
    }
    rest = rest.tail
  }
  if (count > 0) hash = mixIn(hash, bytes, 0, seed(4))
  if (rest instanceof Cons) stack.push(rest.tail, rest.head)
  else stack.push(rest)
  return hash
}

const isByte = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value < 256

function hashBits(bits: Bits, before: number): number {
  const initial = seed(13) + before
  if (bits.size === 0) return initial | 0
  const whole = bits.size >> 3
  const rest = bits.size & 7
  const hash = hashBytes(bits.part(0, whole * 8).toBytes(), initial)
  if (rest === 0) return hash
  return mixIn(hash, rest, bits.part(whole * 8, rest).toBytes()[0]! >> (8 - rest), seed(15))
}

/** The primes of the older function. */
const PRIMES = [
  0, 268440163, 268439161, 268435459, 268436141, 268438633, 268437017, 268438039, 268437511, 268439627,
  268440479, 268440577, 268440581, 268440593, 268440611,
] as const

const times = (hash: number, prime: number, plus: number): number =>
  (Math.imul(hash, PRIMES[prime]!) + plus) | 0

function bytesOfWord(hash: number, word: number, prime: number): number {
  let result = hash
  for (let shift = 0; shift < 32; shift += 8) result = times(result, prime, (word >>> shift) & 0xff)
  return result
}

function hash1(value: unknown, before: number): number {
  let hash = before
  if (value === NIL) return times(hash, 3, 1)
  if (isAtom(value)) return times(hash, 1, hashAtom(value))
  if (isInteger(value)) {
    const words = wordsOf(value)
    if (words.at(-1) === 0) words.pop()
    for (const word of words) hash = bytesOfWord(hash, word, 2)
    return times(hash, value < 0 ? 4 : 3, 0)
  }
  if (value instanceof Bits) {
    const whole = value.size >> 3
    const rest = value.size & 7
    for (const byte of value.part(0, whole * 8).toBytes()) hash = times(hash, 1, byte)
    if (rest > 0)
      hash = times(times(hash, 1, value.part(whole * 8, rest).toBytes()[0]! >> (8 - rest)), 12, rest)
    return times(hash, 4, whole)
  }
  if (value instanceof Cons) {
    let rest: unknown = value
    for (; rest instanceof Cons; rest = rest.tail)
      hash = isByte(rest.head) ? times(hash, 2, rest.head) : hash1(rest.head, hash)
    return times(hash1(rest, hash), 8, 0)
  }
  if (value instanceof TupleClass) {
    for (const element of value.elements as readonly unknown[]) hash = hash1(element, hash)
    return times(hash, 9, value.length)
  }
  if (value instanceof ErlMap) return times(hash, 13, PRIMES[14] + hash2(value, 0))
  if (value instanceof Float) {
    const [high, low] = halvesOf(value.value)
    return times(hash, 6, high ^ low)
  }
  if (value instanceof Pid) return times(bytesOfWord(hash, value.id, 5), 6, 0)
  if (value instanceof Reference) return times(bytesOfWord(hash, value.words[0]!, 9), 10, 0)
  if (value instanceof Port) {
    const [low, high] = portWords(value)
    return times(bytesOfWord(high === 0 ? hash : bytesOfWord(hash, high, 11), low, 9), 10, 0)
  }
  if (value instanceof ExportFun)
    return times(times(times(hash, 11, value.arity), 1, hashAtom(value.module)), 1, hashAtom(value.name))
  return times(hash, 10, hashTerm(toTerm(value)))
}

const MAX_RANGE = 2 ** 32

function inRange(hash: number, range: unknown): number {
  if (typeof range !== 'number' || range < 1 || range > MAX_RANGE) return badarg()
  return (hash >>> 0) % range
}

/** The hash functions of `erlang`. The hash of a fun is not the one of a BEAM node. */
export const hashes: Functions = {
  phash2: (value: unknown, range: unknown = 2 ** 27) => inRange(hash2(value, 0), range),
  phash: (value: unknown, range: unknown) => inRange(hash1(value, 0), range) + 1,
}
