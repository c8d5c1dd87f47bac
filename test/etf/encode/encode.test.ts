import { describe, expect, test } from 'vitest'
import {
  checkTerm,
  decode,
  decodeTerm,
  EncodeError,
  encode,
  encodeTerm,
  Reader,
  Writer,
} from '../../../src/etf/index.ts'
import {
  Atom,
  atom,
  BitString,
  ElixirError,
  ExportFun,
  equals,
  float,
  ImproperList,
  internPid,
  NativeRecord,
  Pid,
  type Term,
  TermMap,
  tuple,
} from '../../../src/term/index.ts'
import { hexOf } from '../golden.ts'

const hex = (term: unknown) => hexOf(encode(term))

function errorOf(term: unknown, name?: string): EncodeError {
  try {
    checkTerm(term, name === undefined ? {} : { name })
  } catch (error) {
    if (error instanceof EncodeError) return error
    throw error
  }
  throw new Error('it was encoded')
}

describe('numbers', () => {
  test('a safe integer is an integer, also -0; any other number is a float', () => {
    expect(hex(1)).toBe('836101')
    expect(hex(-0)).toBe('836100')
    expect(hex(1.5)).toBe('83463ff8000000000000')
    expect(hex(float(1))).toBe('83463ff0000000000000')
    expect(hex(2 ** 53)).toBe('83464340000000000000')
    expect(hex(1e300)).toBe(`8346${hexOf(new Uint8Array(new Float64Array([1e300]).buffer).reverse())}`)
  })

  test('a bigint takes the smallest tag', () => {
    expect(hex(1n)).toBe('836101')
    expect(hex(-1n)).toBe('8362ffffffff')
    expect(hex(2n ** 31n)).toBe('836e040000000080')
    expect(hex(-(2n ** 64n))).toBe('836e0901000000000000000001')
    expect(hex(2n ** 2040n).slice(0, 14)).toBe('836f0000010000')
  })

  test('NaN and the infinities are not terms', () => {
    expect(errorOf([Number.NaN]).message).toBe(
      'cannot send [0]: NaN is not a number of the BEAM, whose floats are finite. Send an atom or null instead.',
    )
    expect(errorOf(tuple(1, -Infinity)).path).toBe('[1]')
  })
})

describe('texts and bytes', () => {
  test.each([0, 1, 31, 32, 33, 100, 255, 256, 257, 1023, 1024, 1025, 70_000])(
    'a text of %i characters',
    (size) => {
      for (const unit of ['a', 'ä', '語', '🐕']) {
        const text = unit.repeat(size)
        const mixed = `${'a'.repeat(size)}${unit}`
        for (const one of [text, mixed]) {
          expect(Buffer.from(encode(one)).subarray(6).equals(Buffer.from(one))).toBe(true)
          expect(decode(encode(one))).toBe(one)
        }
      }
    },
  )

  test('half of a surrogate pair is an error with the path', () => {
    for (const text of ['\ud800', `${'a'.repeat(100)}\udc00`, 'a\ud800b'])
      expect(errorOf({ user: { name: text } })).toMatchObject({
        path: 'user.name',
        message: expect.stringContaining('half of a surrogate pair'),
      })
    expect(errorOf({ '\ud800': 1 }).message).toContain('can be no atom')
    expect(errorOf(atom('\ud800')).message).toContain('half of a surrogate pair')
  })

  test('bytes are a binary for the BEAM, and arrive as bytes at a Moebi node', () => {
    const bytes = Uint8Array.from(Buffer.from('text'))
    expect(hex(bytes)).toBe('836d0000000474657874')
    expect(hex(Buffer.from('text'))).toBe('836d0000000474657874')
    expect(hexOf(encode(bytes, { moebi: true }))).toBe('834d000000040874657874')
    expect(hexOf(encode(new Uint8Array(0), { moebi: true }))).toBe('834d0000000000')
    expect(decode(encode([bytes, new Uint8Array(0)], { moebi: true }))).toEqual([bytes, new Uint8Array(0)])
  })

  test('the unused bits of a bit string are encoded as zeros', () => {
    expect(hex(new BitString(Uint8Array.of(255), 3))).toBe('834d0000000103e0')
    expect(errorOf({ a: new BitString(Uint8Array.of(255), 8) })).toMatchObject({ path: 'a' })
    expect(errorOf(new BitString(new Uint8Array(0), 1)).message).toContain('at least one byte')
  })
})

describe('lists', () => {
  test('bytes are written as STRING_EXT, up to 65,535 of them', () => {
    expect(hex([1, -0, 255])).toBe('836b00030100ff')
    expect(hex([1, 256])).toBe('836c000000026101620000010' + '06a')
    expect(hex([1, -1])).toBe('836c00000002610162ffffffff6a')
    expect(hex([1, 1.5]).slice(0, 4)).toBe('836c')
    expect(encode(new Array(65_535).fill(1)).length).toBe(4 + 65_535)
    expect(encode(new Array(65_536).fill(1)).length).toBe(6 + 2 * 65_536 + 1)
    expect(hex([])).toBe('836a')
    expect(hex([1n])).toBe('836c0000000161016a')
  })
})

describe('maps', () => {
  test('a property that is undefined is omitted, and any other undefined is nil', () => {
    expect(decode(encode({ a: undefined, b: 1, c: undefined }))).toEqual({ b: 1 })
    expect(hex(undefined)).toBe(hex(null))
    expect(decode(encode([undefined]))).toEqual([null])
  })

  test('an object without a prototype is a map like any other', () => {
    expect(decode(encode(Object.assign(Object.create(null), { a: 1 })))).toEqual({ a: 1 })
  })

  test('a Map is encoded as it is: keys that are strings are binaries', () => {
    expect(hex(new Map([['k', 1]]))).toBe('8374000000016d000000016b6101')
    expect(hex(new TermMap<Term, Term>([['k', 1]]))).toBe('8374000000016d000000016b6101')
  })

  test('a Map with two keys that are the same term is an error, since a BEAM would close the connection', () => {
    const map = new Map<Term, Term>([
      [tuple(1, 2), 1],
      [tuple(1, 2), 2],
    ])
    expect(errorOf({ map })).toMatchObject({ path: 'map', message: expect.stringContaining('Use a TermMap') })
    expect(
      errorOf(
        new Map<Term, Term>([
          [1, 1],
          [1n, 2],
        ]),
      ).message,
    ).toContain('the same term')
    expect(
      decode(
        encode(
          new Map<Term, Term>([
            [1, 1],
            [float(1), 2],
          ]),
        ),
      ),
    ).toBeInstanceOf(TermMap)
  })

  test('a key that cannot be an atom is an error', () => {
    expect(errorOf([{ ['x'.repeat(256)]: 1 }])).toMatchObject({
      path: '[0]',
      message: expect.stringContaining('Send a Map for keys that are text'),
    })
    expect(decode(encode({ ['🐕'.repeat(255)]: 1 }))).toEqual({ ['🐕'.repeat(255)]: 1 })
    expect(errorOf({ a: { [Symbol('s')]: 1 } })).toMatchObject({
      path: 'a',
      message: expect.stringContaining('Symbol(s)'),
    })
  })

  test('an ElixirError is encoded as its struct', () => {
    const error = new ElixirError('ArgumentError', { message: 'no' })
    expect(equals(decode(encode(error)), error)).toBe(true)
  })
})

describe('a value that is not a term', () => {
  class Point {
    x = 1
  }
  const cycle: Record<string, unknown> = { a: [1] }
  cycle.self = { again: cycle }

  test.each<[string, unknown, string, string]>([
    [
      'a date',
      { message: { user: { created: new Date(0) } } },
      'message.user.created',
      'date.getTime() or date.toISOString()',
    ],
    ['a date in a list', [1, 2, { when: new Date(0) }], '[2].when', 'a Date is not a term'],
    ['a function', tuple(atom('run'), function work() {}), '[1]', 'the function work cannot leave this node'],
    ['an arrow', { f: [() => 1] }, 'f[0]', 'Send the module and the name of an exported function'],
    ['a symbol', [Symbol('ok')], '[0]', 'Send atom("ok") instead'],
    ['a promise', { p: Promise.resolve(1) }, 'p', 'Await it'],
    ['an error', { e: new TypeError('x') }, 'e', 'the error TypeError is not a term. Send error.message'],
    [
      'an instance of a class',
      { 'odd key': new Point() },
      '["odd key"]',
      'an instance of Point is not a term',
    ],
    ['a set', new Set([1]), '', 'cannot send the term: a Set is not a term. Send [...set]'],
    ['a regular expression', [/a/], '[0]', 'Send regexp.source'],
    ['a URL', [new URL('http://localhost')], '[0]', 'Send url.href'],
    ['a buffer', [new ArrayBuffer(1)], '[0]', 'an ArrayBuffer is not a term. Send new Uint8Array(buffer)'],
    ['other numbers', [new Int32Array(1)], '[0]', 'an Int32Array is not a term'],
    ['a boxed number', [Object(1)], '[0]', 'a Number object is not a term. Send value.valueOf()'],
    ['in a map', new Map([['k', new Date(0)]]), 'get("k")', 'a Date'],
    [
      'in a map of terms',
      new TermMap<Term, Term>([[1, [Symbol.iterator] as unknown as Term]]),
      'values()[0][0]',
      'a symbol',
    ],
    ['a key of a map', new Map([[new Date(0), 1]]), 'keys()[0]', 'a Date'],
    ['a tail', new ImproperList([1], new Date(0) as unknown as Term), 'tail', 'a Date'],
    ['in an exception', new ElixirError('X', { at: new Date(0) as unknown as Term }), 'at', 'a Date'],
    [
      'in a record',
      new NativeRecord(Atom.intern('m'), Atom.intern('r'), 0, [
        [Atom.intern('f'), new Date(0) as unknown as Term],
      ]),
      'f',
      'a Date',
    ],
    ['a cycle', [cycle], '[0].self', 'it contains itself'],
  ])('%s', (_, term, path, sentence) => {
    const error = errorOf(term)
    expect(error.path).toBe(path)
    expect(error.message).toContain(sentence)
    expect(error.code).toBe('ETF_ENCODE')
  })

  test('the path begins with the name of the term', () => {
    expect(errorOf({ when: new Date(0) }, 'message').message).toMatch(/^cannot send message\.when: a Date/)
    expect(errorOf([[new Date(0)]], 'args').path).toBe('args[0][0]')
  })

  test('it is found at any depth', () => {
    let term: unknown = new Date(0)
    for (let i = 0; i < 1000; i++) term = [term]
    expect(errorOf(term).path).toMatch(/^(\[0\]){19}….*\[0\]$/)
  })

  test('a term that another copy of the package has made has its own error', () => {
    const Other = class Atom {
      name = 'x'
    }
    expect(errorOf(new Other()).message).toContain('made by another copy of moebi')
  })

  test('an error that a getter throws is passed on', () => {
    const thrown = new RangeError('mine')
    const term = {
      get a(): never {
        throw thrown
      },
    }
    expect(() => encode(term)).toThrow(thrown)
  })
})

describe('the option replacer', () => {
  const exported = () => 1
  const replacer = (value: unknown) =>
    value === exported ? new ExportFun(Atom.intern('m'), Atom.intern('f'), 0) : undefined

  test('encodes a term in place of a function', () => {
    expect(decode(encode({ f: exported }, { replacer }))).toEqual({
      f: new ExportFun(Atom.intern('m'), Atom.intern('f'), 0),
    })
    expect(() => encode({ f: [() => 2] }, { replacer })).toThrow(/cannot send f\[0\]: the function/)
  })

  test('must return a term', () => {
    const never = () => [exported] as unknown as Term
    expect(() => encode({ f: exported }, { replacer: never })).toThrow('cannot send f: the function exported')
  })

  test('may call encode itself', () => {
    const packed = (value: unknown) => (typeof value === 'function' ? encode('inner') : undefined)
    expect(decode(encode(['outer', () => 1, 'after'], { replacer: packed }))).toEqual([
      'outer',
      encode('inner'),
      'after',
    ])
  })
})

test('100,000 levels of lists, tuples, maps and records are encoded', () => {
  const wraps: ((inner: Term) => Term)[] = [
    (inner) => [inner],
    (inner) => tuple(inner, 1),
    (inner) => ({ inner, left: undefined }),
    (inner) => new Map([['k', inner]]),
    (inner) => new ImproperList([1, inner], 'tail'),
    (inner) => new ElixirError('X', { inner }),
    (inner) => new NativeRecord(Atom.intern('m'), Atom.intern('r'), 0, [[Atom.intern('inner'), inner]]),
  ]
  let all: Term = []
  for (let level = 0; level < 20_000; level++) all = wraps[level % wraps.length]!(all)
  const bytes = encode(all)
  expect(hexOf(encode(decode(bytes))) === hexOf(bytes)).toBe(true)
  let lists: Term = []
  for (let level = 0; level < 100_000; level++) lists = [lists]
  expect(encode(lists).length).toBe(2 + 100_000 * 6)
})

test('a pid is interned when it is encoded', () => {
  const pid = new Pid(Atom.intern('here@localhost'), 1, 2, 3)
  const bytes = encode([pid])
  expect(pid.interned).toBe(true)
  expect(internPid(pid.node, 1, 2, 3)).toBe(pid)
  expect((decode(bytes) as Term[])[0]).toBe(pid)
})

describe('a writer', () => {
  test('removes what was written since an offset, also when the slab has grown in between', () => {
    const writer = new Writer(64)
    encodeTerm(writer, 'first')
    const mark = writer.offset
    expect(() => encodeTerm(writer, ['x'.repeat(1000), new Date(0)])).toThrow(EncodeError)
    writer.offset = mark
    encodeTerm(writer, 2)
    expect(hexOf(writer.takeBytes())).toBe(`${hex('first').slice(2)}6102`)
  })

  test('stores a length that was not known yet', () => {
    const writer = new Writer(16)
    writer.u8(1)
    writer.takeBytes()
    const at = writer.offset
    writer.u32(0)
    encodeTerm(writer, 'x'.repeat(100))
    writer.setU32(at, writer.length - 4)
    expect(writer.takeBytes().readUInt32BE(0)).toBe(105)
  })

  test('never writes into bytes that takeBytes has returned', () => {
    const writer = new Writer(256)
    const taken: [Uint8Array, string][] = []
    for (let i = 0; i < 500; i++) {
      encodeTerm(writer, `message ${'.'.repeat(i % 90)} ${i}`)
      const bytes = writer.takeBytes()
      taken.push([bytes, hexOf(bytes)])
    }
    for (const [bytes, was] of taken) expect(hexOf(bytes)).toBe(was)
    const reader = new Reader()
    reader.reset(taken[499]![0])
    expect(decodeTerm(reader)).toContain('499')
  })

  test('releases a slab that grew for one large message', () => {
    const writer = new Writer(1024)
    encodeTerm(writer, new Uint8Array(100_000))
    expect(writer.takeBytes().length).toBe(100_005)
    expect(writer.bytes.length).toBe(0)
    writer.u8(1)
    expect(writer.bytes.length).toBe(1024)
  })

  test('writes numbers with the most significant byte first', () => {
    const writer = new Writer()
    writer.u16(0x0102)
    writer.u32(0xfffefdfc)
    writer.u64(0x0102030405060708n)
    writer.f64(-2)
    writer.raw(Uint8Array.of(9))
    expect(hexOf(writer.takeBytes())).toBe('0102fffefdfc0102030405060708c00000000000000009')
    expect(writer.length).toBe(0)
  })
})
