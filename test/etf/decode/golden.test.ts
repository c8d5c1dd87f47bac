import { describe, expect, test } from 'vitest'
import { decode, encode } from '../../../src/etf/index.ts'
import {
  Atom,
  atom,
  BitString,
  ElixirError,
  ExportFun,
  equals,
  type Float,
  Fun,
  float,
  ImproperList,
  identical,
  internPid,
  NativeRecord,
  Port,
  Reference,
  type Term,
  TermMap,
  tuple,
} from '../../../src/term/index.ts'
import { bytesOf, type Golden, golden, goldens, hexOf } from '../golden.ts'

const kate = Atom.intern('kate@host')
const nonode = Atom.intern('nonode@nohost')
const creation = 0x65414243
const words = (n: number) => Array.from({ length: n }, (_, i) => 0x01020304 + i * 0x04040404)
const odd = JSON.parse('{"__proto__":1,"constructor":2,"toString":3,"hasOwnProperty":4}') as Term
const pid = internPid(nonode, 42, 0, 0)
const reference = new Reference(nonode, 0, [3, 2, 1])

const nested = (levels: number, inner: Term, wrap: (inner: Term, level: number) => Term): Term => {
  let term = inner
  for (let level = 1; level <= levels; level++) term = wrap(term, level)
  return term
}

// What each golden term is in TypeScript. The bytes of funs are compared in a test of their own.
const expected: Record<string, Term> = {
  zero: 0,
  byte: 255,
  small: 256,
  'minus one': -1,
  'int32 max': 2 ** 31 - 1,
  'int32 min': -(2 ** 31),
  'above int32': 2 ** 31,
  'below int32': -(2 ** 31) - 1,
  'safe max': Number.MAX_SAFE_INTEGER,
  'safe min': Number.MIN_SAFE_INTEGER,
  'above safe': 2n ** 53n,
  'below safe': -(2n ** 53n),
  '64 bits': 2n ** 64n - 1n,
  '65 bits': 2n ** 64n,
  'negative 70 bits': -(2n ** 70n),
  '255 digits': 2n ** 2040n - 1n,
  '256 digits': 2n ** 2040n,
  float: 3.14,
  'negative float': -1.0e-7,
  'large float': 1.0e308,
  'tiny float': 5e-324,
  'whole float': float(1),
  'negative zero': float(-0),
  atom: atom('ok'),
  'empty atom': atom(''),
  'latin1 atom': atom('größe'),
  'unicode atom': atom('日本語'),
  'emoji atom': atom('🐕'),
  'long atom': atom('a'.repeat(255)),
  'longest atom': atom('🐕'.repeat(255)),
  true: true,
  false: false,
  nil: null,
  undefined: atom('undefined'),
  'elixir alias': atom('Elixir.Chat'),
  'empty binary': '',
  text: 'hi, Kate',
  'unicode text': 'größe 日本語 🐕',
  'long text': 'abcdefghij'.repeat(100),
  'long unicode text': 'häß'.repeat(300),
  'no text': Uint8Array.of(255, 254, 0),
  'surrogate bytes': Uint8Array.of(0xed, 0xa0, 0x80),
  'overlong bytes': Uint8Array.of(0xc0, 0x80),
  'long no text': new Uint8Array(300).fill(200),
  bits: new BitString(Uint8Array.of(1, 2, 0b10100000), 3),
  'one bit': new BitString(Uint8Array.of(128), 1),
  'seven bits': new BitString(Uint8Array.of(254), 7),
  'empty list': [],
  string: [97, 98, 99],
  'bytes as a list': [0, 255],
  list: [1, 256, atom('ok')],
  'list in a list': [[], [[]], [[1], [atom('a')]]],
  'improper list': new ImproperList([1], 2),
  'longer improper list': new ImproperList([atom('a'), atom('b'), atom('c')], 'd'),
  charlist: [...'日本'].map((character) => character.codePointAt(0)!),
  'empty tuple': tuple(),
  tuple: tuple(atom('ok'), tuple(1, 2), [], ''),
  'one in a tuple': tuple(atom('a')),
  'seven in a tuple': tuple(1, 2, 3, 4, 5, 6, 7),
  'large tuple': tuple(...Array.from({ length: 256 }, (_, i) => i + 1)),
  'empty map': {},
  'map of atoms': { a: 1, b: 'x' },
  'map of texts': new TermMap([['k', atom('v')]]),
  'map of all sorts': new TermMap<Term, Term>([
    [1, 2],
    [atom('a'), 2],
    [null, 1],
    [tuple(atom('x'), 1), []],
    [[], tuple()],
    [1.5, atom('a')],
  ]),
  'map of integer and float': new TermMap<Term, Term>([
    [1, atom('integer')],
    [float(1), atom('float')],
  ]),
  'map of true and nil': { true: 1, false: 2, nil: 3 },
  'map of odd keys': odd,
  'large map': new TermMap(Array.from({ length: 100 }, (_, i) => [i + 1, (i + 1) ** 2] as const)),
  'large map of atoms': Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i + 1}`, i + 1])),
  'nested maps': { a: { b: new TermMap([['c', {}]]) } },
  struct: { __struct__: atom('Elixir.URI'), host: 'h', port: null },
  exception: new ElixirError('RuntimeError', { message: 'oops' }),
  pid,
  'remote pid': internPid(kate, 96, 1, creation),
  'pid of 32 bits': internPid(kate, 0xffffffff, 0xffffffff, 0xffffffff),
  reference,
  'remote reference': new Reference(kate, creation, words(3)),
  'reference of one word': new Reference(kate, creation, words(1)),
  'reference of five words': new Reference(kate, creation, words(5)),
  port: new Port(nonode, 7n, 0),
  'remote port': new Port(kate, 9n, creation),
  'port of 64 bits': new Port(kate, 0x0102030405060708n, creation),
  export: new ExportFun(Atom.intern('lists'), Atom.intern('map'), 2),
  'export of true': new ExportFun(Atom.intern('true'), Atom.intern('nil'), 0),
  fun: undefined,
  'fun with bindings': undefined,
  call: tuple(
    atom('$gen_call'),
    tuple(pid, new ImproperList([atom('alias')], reference)),
    tuple(
      atom('start_task'),
      [tuple(nonode, atom('self_name'), pid), atom('monitor')],
      atom('temporary'),
      null,
    ),
  ),
  'deep list': nested(400, [], (inner) => [inner]),
  'deep tuple': nested(400, tuple(), (inner) => tuple(inner, 1)),
  'deep map': nested(
    400,
    {},
    (inner, level) =>
      new TermMap<Term, Term>([
        [level % 2, 1],
        [atom('a'), inner],
      ]),
  ),
  'deep object': nested(10, atom('x'), (inner) => ({ a: inner, b: new ImproperList([1], inner) })),
  'deep improper list': nested(
    300,
    atom('ok'),
    (inner) => new ImproperList([new ImproperList([inner], atom('x'))], atom('y')),
  ),
  FLOAT_EXT: 3.14,
  'FLOAT_EXT negative': -1.5e-300,
  'FLOAT_EXT whole': float(2),
  COMPRESSED: Array.from({ length: 200 }, () => tuple(atom('abc'), 'abc')),
  'COMPRESSED binary': 'moebi '.repeat(1000),
  local: tuple(atom('local'), [atom('ok')]),
  SMALL_ATOM_EXT: atom('aäb'),
  'ATOM_EXT true': true,
  'ATOM_UTF8_EXT short': atom('ok'),
  PID_EXT: internPid(kate, 96, 1, 2),
  PORT_EXT: new Port(kate, 9n, 3),
  REFERENCE_EXT: new Reference(kate, 1, [99]),
  NEW_REFERENCE_EXT: new Reference(kate, 1, [1, 2, 3]),
  'LARGE_TUPLE_EXT of two': tuple(1, 2),
  'LIST_EXT of bytes': [1, 2],
  'LIST_EXT in pieces': [1, 2, 3, 4, 5],
  'LIST_EXT of nothing': [],
  'LIST_EXT of nothing but a tail': 1,
  'STRING_EXT of nothing': [],
  'INTEGER_EXT of a byte': 1,
  'SMALL_BIG_EXT of a byte': 5,
  'SMALL_BIG_EXT with zeros': -5,
  'LARGE_BIG_EXT of a byte': -5,
  'SMALL_BIG_EXT of nothing': 0,
  'BIT_BINARY_EXT of whole bytes': Uint8Array.of(1, 2),
  'BIT_BINARY_EXT of nothing': new Uint8Array(0),
  'BIT_BINARY_EXT with bits behind': new BitString(Uint8Array.of(0b11100000), 3),
  'LARGE_BIG_EXT that is safe': Number.MAX_SAFE_INTEGER,
  record: new NativeRecord(Atom.intern('rec'), Atom.intern('pair'), 1, [
    [Atom.intern('first'), [1, tuple(atom('ok'), 'x')]],
    [Atom.intern('second'), 2],
  ]),
}

const sorted = (bytes: Uint8Array): string => [...bytes].sort((a, b) => a - b).join()

describe.each(goldens)('$name', ({ name, bytes, v2 }: Golden) => {
  test('is decoded as its term', () => {
    expect(Object.keys(expected)).toContain(name)
    const wanted = expected[name]
    if (wanted === undefined) return
    for (const form of name.startsWith('BIT_BINARY_EXT of') ? [bytes] : [bytes, v2]) {
      const term = decode(form)
      expect(equals(term, wanted)).toBe(true)
      expect(Object.getPrototypeOf(Object(term))).toBe(Object.getPrototypeOf(Object(wanted)))
    }
  })

  test('is encoded as OTP encodes it', () => {
    const again = encode(decode(v2), { moebi: false })
    // OTP writes the keys of a map in its own order.
    if (/map|object|exception|struct/.test(name)) expect(sorted(again)).toBe(sorted(v2))
    else expect(hexOf(again)).toBe(hexOf(v2))
    expect(identical(decode(again), decode(v2))).toBe(true)
    expect(equals(decode(encode(decode(bytes))), decode(bytes))).toBe(true)
  })

  test('is decoded with each option', () => {
    expect(equals(decode(bytes, { floats: 'number' }), decode(bytes))).toBe(true)
    expect(hexOf(encode(decode(v2, { binaries: 'bytes' }))).length).toBe(hexOf(v2).length)
  })
})

test('every golden term has its counterpart in TypeScript', () => {
  expect(goldens.map(({ name }) => name).sort()).toEqual(Object.keys(expected).sort())
})

test('a binary is a string where it is valid UTF-8, and bytes with the option binaries', () => {
  expect(decode(golden('text').bytes)).toBe('hi, Kate')
  expect(decode(golden('text').bytes, { binaries: 'bytes' })).toEqual(
    Uint8Array.from(Buffer.from('hi, Kate')),
  )
})

test('floats without a fraction are Float, and numbers with the option floats', () => {
  expect(decode(golden('whole float').bytes)).toEqual(float(1))
  expect(decode(golden('whole float').bytes, { floats: 'number' })).toBe(1)
  expect(Object.is((decode(golden('negative zero').bytes) as Float).value, -0)).toBe(true)
  expect(Object.is(decode(golden('negative zero').bytes, { floats: 'number' }), -0)).toBe(true)
  expect(decode(golden('float').bytes)).toBe(3.14)
})

test('keys of maps are always exact, since 1 and 1.0 are two keys', () => {
  const map = decode(golden('map of integer and float').bytes) as TermMap
  expect(map.get(1)).toBe(atom('integer'))
  expect(map.get(float(1))).toBe(atom('float'))
  const bytes = encode(new Map([[tuple(float(2)), float(2)]]))
  const inTuple = decode(bytes, { floats: 'number' }) as TermMap
  expect([...inTuple]).toEqual([[tuple(float(2)), 2]])
})

test('keys are exact at any depth, and with floats: number the values beside them are not', () => {
  const map = new Map<Term, Term>([
    [[float(1)], float(1)],
    [2, [float(2)]],
  ])
  let term: Term = nested(300, map, (inner) => [inner])
  term = decode(encode(term), { floats: 'number' })
  while (Array.isArray(term)) term = term[0] as Term
  expect(equals((term as TermMap).get([float(1)]), 1)).toBe(true)
  expect((term as TermMap).get([float(1)])).toBe(1)
  expect((term as TermMap).get(2)).toEqual([2])
})

test('an object with the key __proto__ keeps its prototype', () => {
  const term = decode(golden('map of odd keys').bytes) as Record<string, unknown>
  expect(Object.getPrototypeOf(term)).toBe(Object.prototype)
  expect(Object.keys(term).sort()).toEqual(['__proto__', 'constructor', 'hasOwnProperty', 'toString'])
})

test('an exception of Elixir is an error that can be thrown, and is encoded as the same struct', () => {
  const error = decode(golden('exception').bytes) as ElixirError
  expect(error).toBeInstanceOf(ElixirError)
  expect(error.message).toBe('oops')
  expect(error.name).toBe('RuntimeError')
})

test('two pids of one process are one object, whatever their tags', () => {
  expect(decode(golden('pid').bytes)).toBe(decode(golden('pid').v2))
  expect(decode(golden('pid').bytes)).toBe(pid)
})

test('a fun is encoded as the bytes that it was decoded from', () => {
  for (const name of ['fun', 'fun with bindings'])
    for (const form of [golden(name).bytes, golden(name).v2]) {
      const fun = decode(form) as Fun
      expect(fun).toBeInstanceOf(Fun)
      expect(fun.module.name).toBe('erl_eval')
      expect(hexOf(encode(fun))).toBe(hexOf(form))
    }
  expect((decode(golden('fun').bytes) as Fun).arity).toBe(1)
})

test('ATOM_CACHE_REF is looked up in the atoms of the distribution header, also inside of a fun', () => {
  const cache = [Atom.intern('erl_eval'), Atom.intern('nonode@nohost'), true]
  expect(decode(bytesOf('83 68 02 52 00 52 02'), { cache })).toEqual(tuple(Atom.intern('erl_eval'), true))
  const { v2 } = golden('fun')
  const plain = decode(v2) as Fun
  const hex = hexOf(v2)
    .replace('770865726c5f6576616c', '5200')
    .replace('770d6e6f6e6f6465406e6f686f7374', '5201')
  const size = (hex.length - 4) / 2
  const cached = decode(bytesOf(`8370${size.toString(16).padStart(8, '0')}${hex.slice(12)}`), {
    cache,
  }) as Fun
  expect(hexOf(cached.external)).toBe(hexOf(plain.external))
})

test('a decoded term does not refer to the bytes that it was decoded from', () => {
  const bytes = Buffer.from(golden('no text').bytes)
  const term = decode(bytes) as Uint8Array
  bytes.fill(0)
  expect(term).toEqual(Uint8Array.of(255, 254, 0))
  expect(term.buffer.byteLength).toBe(3)
})
