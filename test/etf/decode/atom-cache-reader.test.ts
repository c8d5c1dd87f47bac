import { expect, test } from 'vitest'
import { AtomCacheReader, decodeTerm, Reader } from '../../../src/etf/index.ts'
import { Atom, type Term, tuple } from '../../../src/term/index.ts'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')
const text = (name: string): string => Buffer.from(name).toString('hex')
const word = (name: string): Atom => Atom.intern(name)

/** Reads the references of a header, without 131 and 68, and the term behind it. */
function read(cache: AtomCacheReader, bytes: Buffer): Term {
  const reader = new Reader()
  reader.reset(bytes)
  cache.readHeader(reader)
  const term = decodeTerm(reader)
  expect(reader.remaining).toBe(0)
  return term
}

test('a header of no atoms is one byte', () => {
  expect(read(new AtomCacheReader(), hex('00 61 07'))).toBe(7)
})

test('an atom is read where it is new, and later by its entry', () => {
  const cache = new AtomCacheReader()
  // One reference: its four bits, and above them those of the header.
  expect(read(cache, hex(`01 08 05 02 ${text('ok')} 52 00`))).toBe(word('ok'))
  expect(read(cache, hex('01 00 05 52 00'))).toBe(word('ok'))
  expect(read(cache, hex(`01 08 05 03 ${text('new')} 52 00`))).toBe(word('new'))
  expect(read(cache, hex('01 00 05 52 00'))).toBe(word('new'))
})

test('an entry has an index of 11 bits, of which three are among the flags', () => {
  const cache = new AtomCacheReader()
  // Three references: 0x7ff is new, 0x005 is new, 0x7ff again. The last half of the second byte is that of the header.
  const both = hex(`03 8f 07 ff 01 ${text('a')} 05 01 ${text('b')} ff 68 03 52 00 52 01 52 02`)
  expect(read(cache, both)).toEqual(tuple(word('a'), word('b'), word('a')))
  expect(read(cache, hex('02 70 00 05 ff 68 02 52 01 52 00'))).toEqual(tuple(word('a'), word('b')))
})

test('the length of an atom has two bytes where a bit of the header says so', () => {
  const long = '😀'.repeat(255)
  const size = Buffer.byteLength(long).toString(16).padStart(4, '0')
  const header = hex(`02 88 01 00 00 02 ${text('ok')} 01 ${size} ${text(long)}`)
  expect(read(new AtomCacheReader(), Buffer.concat([header, hex('68 02 52 00 52 01')]))).toEqual(
    tuple(word('ok'), word(long)),
  )
})

test('true, false and nil are what they are elsewhere', () => {
  const header = `03 88 08 00 04 ${text('true')} 01 05 ${text('false')} 02 03 ${text('nil')}`
  expect(read(new AtomCacheReader(), hex(`${header} 68 03 52 00 52 01 52 02`))).toEqual(
    tuple(true, false, null),
  )
})

test('a header has up to 255 atoms', () => {
  const cache = new AtomCacheReader()
  const names = Array.from({ length: 255 }, (_, n) => `n${n}`)
  const entries = names.map((name, n) => Buffer.concat([Buffer.of(n, name.length), Buffer.from(name)]))
  // 255 references have 127 bytes, and half of the last one.
  const flags = Buffer.alloc(128, 0x88)
  flags[127] = 0x08
  const first = Buffer.concat([Buffer.of(255), flags, ...entries, hex('52 fe')])
  expect(read(cache, first)).toBe(word('n254'))
  const again = Buffer.concat([
    Buffer.of(255),
    Buffer.alloc(128),
    Buffer.from(names.map((_, n) => n)),
    hex('52 80'),
  ])
  expect(read(cache, again)).toBe(word('n128'))
})

test.each<[string, string, string]>([
  ['an entry that no header has set', '01 00 05 52 00', 'the cached atom 5, which no header has set'],
  ['an entry above 255', '01 07 05 52 00', 'the cached atom 1797, which no header has set'],
  ['an atom that the header does not have', `01 08 05 02 ${text('ok')} 52 01`, 'has none at index 1'],
  ['no number', '', 'the distribution header is cut off, expected 1 more byte'],
  ['half of its flags', '04 88 88', 'is cut off, expected 1 more byte'],
  ['no entry', '01 08', 'is cut off, expected 1 more byte'],
  ['no length', '01 08 05', 'is cut off, expected 1 more byte'],
  ['half of a length', '01 18 05 00', 'is cut off, expected 1 more byte'],
  ['half of a name', `01 08 05 04 ${text('ok')}`, 'is cut off, expected 2 more bytes'],
  ['a name that is not UTF-8', '01 08 05 01 ff 52 00', 'not valid UTF-8'],
  ['a name of 256 characters', `01 18 05 0100 ${text('a'.repeat(256))} 52 00`, 'at most 255 characters'],
])('a header with %s is refused', (_, bytes, sentence) => {
  expect(() => read(new AtomCacheReader(), hex(bytes))).toThrow(sentence)
})
