import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encode } from '../../src/etf/index.ts'
import {
  Atom,
  atom,
  BitString,
  ExportFun,
  float,
  ImproperList,
  inspect,
  ok,
  type Term,
  TermMap,
  tuple,
} from '../../src/term/index.ts'
import { type Beam, findBeam } from '../support/beam.ts'
import { anyTerm } from '../term/arbitrary.ts'

interface Question {
  readonly term: Term
  readonly width: number
  readonly limit: number
}

/** The Elixir of this machine. Later releases order maps and quote names of several scripts in another way. */
const own = findBeam('/')!
/** The Elixir of the release that is tested. */
const tested = findBeam()!

/** Returns the results of `inspect/2` of a real Elixir. */
function askElixir(questions: readonly Question[], beam: Beam): string[] {
  const parent = beam.root === '/' ? tmpdir() : join(beam.root, 'tmp')
  const folder = mkdtempSync(join(parent, 'moebi-inspect-'))
  try {
    const file = join(folder, 'questions')
    const inside = beam.root === '/' ? file : file.slice(beam.root.length)
    const line = ({ term, width, limit }: Question): string =>
      `${width} ${limit} ${Buffer.from(encode(term)).toString('base64')}\n`
    writeFileSync(file, questions.map(line).join(''))
    const program = `
      for line <- File.stream!(${JSON.stringify(inside)}) do
        [width, limit, term] = String.split(line)
        term = :erlang.binary_to_term(Base.decode64!(term))
        options = [pretty: true, width: String.to_integer(width), limit: String.to_integer(limit)]
        IO.puts(Base.encode64(inspect(term, options)))
      end`
    const [command = '', ...rest] = beam.command(['elixir', '-e', program], {})
    const output = execFileSync(command, rest, {
      encoding: 'utf8',
      timeout: 30_000,
      maxBuffer: 2 ** 26,
    })
    return output
      .trimEnd()
      .split('\n')
      .map((answer) => Buffer.from(answer, 'base64').toString())
  } finally {
    rmSync(folder, { recursive: true })
  }
}

// Elixir 1.14 prints charlists as 'abc', which the tests replace; since 1.15 it prints ~c"abc", as Moebi does.
const modern = (text: string): string =>
  text.replace(/'([^'\\]|\\.)*'/g, (list) => `~c"${list.slice(1, -1)}"`)

/** Code points beyond ASCII that Elixir escapes since 1.18: of controls, of spaces, and of characters without width. */
const UNPRINTABLE = [
  [0x80, 0xa0],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x2000, 0x200f],
  [0x2028, 0x202e],
  [0x205f, 0x2064],
  [0x2066, 0x2069],
  [0xfeff, 0xfeff],
  [0xfff9, 0xfffc],
  [0xfffe, 0xffff],
].flatMap(([first = 0, last = 0]) =>
  Array.from({ length: last - first + 1 }, (_, index) => String.fromCodePoint(first + index)),
)

// Elixir 1.14 escapes 35 of these and prints the others as they are, which the tests replace. Text from another node could
// otherwise reorder or hide itself in a terminal, so Moebi escapes all of them, as Elixir does since 1.18.
const escapes = ([1, 18] as const).every(
  (part, index) => Number(tested.version.elixir.split('.')[index]) >= part,
)
const escaped = (text: string): string =>
  escapes
    ? text
    : text.replaceAll(/[^\n -~]/gu, (found) =>
        UNPRINTABLE.includes(found)
          ? `\\u${found.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`
          : found,
      )

function sameAsElixir(
  questions: readonly Question[],
  ourForm: (text: string) => string = (text) => text,
  beam: Beam = own,
): void {
  const answers = askElixir(questions, beam)
  expect(answers).toHaveLength(questions.length)
  for (const [index, { term, width, limit }] of questions.entries())
    expect(inspect(term, { width, limit, self: atom('nonode@nohost') })).toBe(ourForm(answers[index]!))
}

const plain = (term: Term): Question => ({ term, width: 80, limit: 50 })

test('words, operators and names that need quotes, as atoms, keys, modules and functions', () => {
  const names = (
    'ok foo? foo! foo?! Foo Elixir Elixir.Foo Elixir.Foo.Bar Elixir.foo Elixir.Foo. Elixir. Elixir.Elixir Elixir.Elixir.Foo ' +
    'Elixir.Föö a@b @a a@ kate@localhost kate@127.0.0.1 foo-bar@host é É Éa 1a _a _ __MODULE__ a.b 日本 a日 Kate? ªa x² a·b ' +
    'Foo.Bar 😀 a"b #x #{x} nil true false not and or in when fn do end ! @ # % ^ & * + - / \\ = < > . : | ~ != && ** ++ -- -> ' +
    '\\\\ == =~ <- <= <> <~ >= .. |> || ~> {} !== %{} &&& +++ --- === <<< <<~ <~> >>> ... ||| ~>> ..// <<>> ^^^ ~~~ :: => <|> ' +
    '<< >> // ?'
  ).split(' ')
  const odd = ['', 'a b', '\0', '\n', '\x7f', 'a\x80', '\ufffe', 'é', "it's"]
  const terms = [...names, ...odd].flatMap((name): Term[] => {
    const key = atom(name)
    const named =
      key instanceof Atom ? [new ExportFun(key, key, 1), new ExportFun(Atom.intern('m'), key, 0)] : []
    return [
      key,
      [tuple(key, 1)],
      { [name]: 1 },
      new TermMap<Term>([
        [key, 1],
        [1, 2],
      ]),
      ...named,
    ]
  })
  sameAsElixir(terms.map(plain))
})

test('numbers', () => {
  const floats = [
    1e-5, 1e-4, 1.23e-4, 1.2e-3, 0.1, 0.02, 1e15, 1e16, 9007199254740994, 9007199254741000,
    1.2345678901234568e17,
  ]
  const more = [
    1e21, 1.5e300, -0, 0, 5e-324, 100, 123456.789, -1e16, 12345678901234.5, 0.001, 1.7976931348623157e308,
  ]
  const random = fc.sample(fc.double({ noNaN: true, noDefaultInfinity: true }), { numRuns: 200, seed: 1 })
  sameAsElixir([...floats, ...more, ...random].map((value) => plain(float(value))))
  sameAsElixir([0, -1, 2 ** 40, 10n ** 40n, -(10n ** 40n)].map(plain))
})

test('strings, bytes and bit strings', () => {
  const texts = [
    '',
    'a',
    'é',
    '😀',
    'a"b\\',
    'a#{b',
    '#',
    '\x07\b\x7f\x1b\f\n\r\t\v',
    '\0',
    '\x80',
    '\u200b',
    '\ufffe',
    '\ud7ff\ue000',
    '\ufeff',
  ]
  const binaries = [[255], [195], [1, 2, 3], [97, 0], Array.from({ length: 60 }, (_, index) => index)]
  const bits = [
    new BitString(new Uint8Array([0b101_00000]), 3),
    new BitString(new Uint8Array([1, 2, 0x30]), 4),
  ]
  const long = ['a'.repeat(4096), 'a'.repeat(4097), `${'é'.repeat(5000)}`, 'x'.repeat(200)]
  sameAsElixir(
    [...texts, ...binaries.map((bytes) => new Uint8Array(bytes)), ...bits, ...long].map(plain),
    escaped,
    tested,
  )
  sameAsElixir(bits.flatMap((term) => [1, 2, 3, 4].map((limit) => ({ term, width: 80, limit }))))
})

test('characters that would control, reorder or hide text, in strings and atoms', () => {
  expect(UNPRINTABLE).toHaveLength(75)
  const neighbours = [
    '\xa1',
    '\u034e',
    '\u0350',
    '\u061b',
    '\u200f\u2010',
    '\u2027',
    '\u202f',
    '\u2065',
    '\u206a',
    '\ufffd',
  ]
  const texts = [...UNPRINTABLE, ...neighbours].map((character) => `a ${character}b`)
  sameAsElixir([...texts, ...texts.map((text) => atom(text))].map(plain), escaped, tested)
})

test('charlists', () => {
  const lists = ['abc', 'a\nb', 'a b#{c}', '\x07\x1b', 'x'.repeat(100)].map((text) =>
    [...text].map((each) => each.charCodeAt(0)),
  )
  const nested = [tuple('x', lists[0]), [lists[0], lists[1]], { a: lists[0] }]
  sameAsElixir([...lists, ...nested].map(plain), modern)
  sameAsElixir(
    [[127], [0], [233], [97, -1], [97, float(98)], [97, 98n ** 20n], new ImproperList([97], 98)].map(plain),
  )
  expect(inspect([...`it's "so"`].map((each) => each.charCodeAt(0)))).toBe('~c"it\'s \\"so\\""')
})

test('collections, broken over lines of many widths and cut at many limits', () => {
  const terms = fc.sample(
    anyTerm.filter((term) => !/#(PID|Port|Ref)/.test(inspect(term))),
    { numRuns: 600, seed: 42 },
  )
  const widths = [80, 5, 10, 20, 40, 12, 30]
  const limits = [50, 50, 1, 2, 3, 5]
  sameAsElixir(
    terms.map((term, index) => ({
      term,
      width: widths[index % widths.length]!,
      limit: limits[index % limits.length]!,
    })),
  )
})

test('long terms of a realistic program', () => {
  const nested = (size: number): Term => ({
    name: 'some name',
    list: Array.from({ length: size }, (_, index) => index * 100),
    map: new TermMap([['a', tuple(1, 2, atom('three'))]]),
  })
  const terms: Term[] = [
    Array.from({ length: 100 }, (_, index) => index + 1000),
    Array.from({ length: 5 }, (_, index) => tuple(atom(`k${index}`), nested(index * 3))),
    [1, 5, 9, 20, 40].map(nested),
    tuple(
      atom('module'),
      Atom.intern('Elixir.Kate'),
      new Uint8Array(1000).fill(200),
      tuple(atom('say_name'), 0),
    ),
    Array.from({ length: 12 }, () => 'éééééééé'),
    tuple(
      atom('error'),
      tuple({ a: 'x'.repeat(70) }, ['y'.repeat(90), { b: 'z'.repeat(30), c: 'z'.repeat(50) }]),
    ),
    ['x', 1, tuple(), ok, null].map((value) =>
      Array.from({ length: 9 }, (_, index) => tuple(atom(`key${index}`), value)),
    ),
    Array.from({ length: 9 }, (_, index) => tuple(atom(`key${index}`), 'short')),
    Array.from(
      { length: 9 },
      (_, index) => [[], index % 2 ? {} : tuple(), 'short', new Uint8Array([255])][index % 4],
    ),
    Array.from({ length: 30 }, (_, index) => [[], {}, tuple(), 'short'][index % 4]),
    new ImproperList([nested(3), 'x'.repeat(60)], atom('tail')),
    new ImproperList(
      Array.from({ length: 60 }, (_, index) => index * 1000),
      'tail',
    ),
    new TermMap<Term>(Array.from({ length: 30 }, (_, index) => [`key ${index}`, [index, 'v'.repeat(index)]])),
  ]
  sameAsElixir(terms.flatMap((term) => [20, 60, 80, 120].map((width) => ({ term, width, limit: 50 }))))
})

test('structs of Elixir', () => {
  const struct = (name: string, fields: { [key: string]: Term }): Term => ({
    __struct__: atom(`Elixir.${name}`),
    ...fields,
  })
  const iso = atom('Elixir.Calendar.ISO')
  const date = { calendar: iso, year: 2026, month: 1, day: 2 }
  const time = { calendar: iso, hour: 3, minute: 4, second: 5, microsecond: tuple(6000, 3) }
  const zone = { time_zone: 'Etc/UTC', zone_abbr: 'UTC', utc_offset: 0, std_offset: 0 }
  sameAsElixir(
    [
      struct('Range', { first: 1, last: 3, step: 1 }),
      struct('Range', { first: 10, last: 1, step: -2 }),
      struct('Date', date),
      struct('Time', time),
      struct('Time', { ...time, microsecond: tuple(0, 0) }),
      struct('NaiveDateTime', { ...date, ...time }),
      struct('DateTime', { ...date, ...time, ...zone }),
      struct('MapSet', {
        map: new TermMap([
          [2, []],
          [1, []],
        ]),
        version: 2,
      }),
      struct('RuntimeError', { __exception__: true, message: 'oops' }),
      struct('KeyError', { __exception__: true, message: null, term: {}, key: atom('a') }),
      struct('UndefinedFunctionError', {
        __exception__: true,
        module: atom('Elixir.Nope'),
        function: atom('nope'),
        arity: 1,
        reason: null,
        message: null,
      }),
    ].map(plain),
  )
})
