import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import {
  Atom,
  atom,
  BitString,
  compare,
  ExportFun,
  equals,
  Float,
  float,
  ImproperList,
  identical,
  internPid,
  Port,
  Reference,
  type Term,
  TermMap,
  tuple,
} from '../../src/term/index.ts'

const a = Atom.intern('a@localhost')
const b = Atom.intern('b@localhost')
const external = (...parts: (number | string)[]): string => `binary_to_term(<<131,${parts.join(',')}>>)`
const node = (name: Atom): string => `119,${name.name.length},"${name.name}"`
const pid = (name: Atom, id: number, serial: number, creation: number): [string, Term] => [
  external(88, node(name), `${id}:32`, `${serial}:32`, `${creation}:32`),
  internPid(name, id, serial, creation),
]
const port = (name: Atom, id: number, creation: number): [string, Term] => [
  external(120, node(name), `${id}:64`, `${creation}:32`),
  new Port(name, BigInt(id), creation),
]
const reference = (name: Atom, creation: number, ...words: number[]): [string, Term] => [
  external(90, `${words.length}:16`, node(name), `${creation}:32`, ...words.map((word) => `${word}:32`)),
  new Reference(name, creation, words),
]

const pairs: [string, Term][] = [
  ['0', 0],
  ['1', 1],
  ['1.0', float(1)],
  ['-1', -1],
  ['1.5', 1.5],
  ['2', 2],
  ['-0.5', -0.5],
  ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ['9007199254740992', 2n ** 53n],
  ['9007199254740993', 2n ** 53n + 1n],
  ['9007199254740992.0', 2 ** 53],
  ['1.0e20', 1e20],
  ['100000000000000000000', 10n ** 20n],
  ['100000000000000000001', 10n ** 20n + 1n],
  ['-100000000000000000001', -(10n ** 20n) - 1n],
  ['1.0e308', 1e308],
  ['(1 bsl 1100)', 1n << 1100n],
  ['true', true],
  ['false', false],
  ['nil', null],
  ['undefined', atom('undefined')],
  ["''", atom('')],
  ["'A'", atom('A')],
  ["'é'", atom('é')],
  ["'\\x{1F600}'", atom('😀')],
  ["'\\x{FFFD}'", atom('\ufffd')],
  reference(a, 1, 1),
  reference(a, 1, 1, 2, 3),
  reference(a, 1, 3, 2, 1),
  reference(a, 2, 1, 2, 3),
  reference(b, 1, 1, 2, 3),
  ['fun lists:map/2', new ExportFun(Atom.intern('lists'), Atom.intern('map'), 2)],
  ['fun lists:map/3', new ExportFun(Atom.intern('lists'), Atom.intern('map'), 3)],
  ['fun erlang:self/0', new ExportFun(Atom.intern('erlang'), Atom.intern('self'), 0)],
  port(a, 1, 1),
  port(a, 2, 1),
  port(a, 1, 2),
  port(b, 1, 1),
  pid(a, 1, 0, 1),
  pid(a, 2, 0, 1),
  pid(a, 1, 2, 1),
  pid(a, 1, 0, 2),
  pid(b, 1, 0, 1),
  pid(b, 2, 0, 1),
  ['{}', tuple()],
  ['{1}', tuple(1)],
  ['{1.0}', tuple(float(1))],
  ['{a}', tuple(atom('a'))],
  ['{1,2}', tuple(1, 2)],
  ['{{1},2}', tuple(tuple(1), 2)],
  ['#{}', {}],
  ['#{a=>1}', { a: 1 }],
  ['#{a=>1.0}', { a: float(1) }],
  ['#{a=>2}', new Map([[atom('a'), 2]])],
  ['#{b=>1}', { b: 1, c: undefined }],
  ['#{true=>1}', { true: 1 }],
  ['#{1=>a}', new TermMap([[1, atom('a')]])],
  ['#{1.0=>a}', new TermMap([[float(1), atom('a')]])],
  ['#{2=>a}', new TermMap([[2, atom('a')]])],
  ['#{0.5=>a}', new TermMap([[0.5, atom('a')]])],
  ['#{{1}=>a}', new TermMap([[tuple(1), atom('a')]])],
  ['#{{1.0}=>a}', new TermMap([[tuple(float(1)), atom('a')]])],
  ['#{<<"a">>=>1}', new TermMap([['a', 1]])],
  ['#{a=>1,b=>2}', { b: 2, a: 1 }],
  [
    '#{a=>1,<<"b">>=>2}',
    new TermMap<Term, Term>([
      ['b', 2],
      [atom('a'), 1],
    ]),
  ],
  [
    '#{a=>1,3=>2}',
    new TermMap<Term, Term>([
      [3, 2],
      [atom('a'), 1],
    ]),
  ],
  ['#{#{1=>1}=>1}', new TermMap([[new TermMap([[1, 1]]), 1]])],
  ['#{#{1.0=>1}=>1}', new TermMap([[new TermMap([[float(1), 1]]), 1]])],
  ['#{#{1=>1.0}=>1}', new TermMap([[new TermMap([[1, float(1)]]), 1]])],
  ['[]', []],
  ['[1]', [1]],
  ['[1.0]', [float(1)]],
  ['[1,2]', [1, 2]],
  ['[1,[]]', [1, []]],
  ['[1|2]', new ImproperList([1], 2)],
  ['[1|a]', new ImproperList([1], atom('a'))],
  ['[1|<<>>]', new ImproperList([1], '')],
  ['[1,2|3]', new ImproperList([1, 2], 3)],
  ['[1,2,3]', new ImproperList([1], [2, 3])],
  ['"abc"', [97, 98, 99]],
  ['<<>>', ''],
  ['<<"a">>', 'a'],
  ['<<"ab">>', new Uint8Array([97, 98])],
  ['<<"é"/utf8>>', 'é'],
  ['<<16#1F600/utf8>>', '😀'],
  ['<<16#FFFD/utf8>>', '\ufffd'],
  ['<<255>>', new Uint8Array([255])],
  ['<<1:1>>', new BitString(new Uint8Array([128]), 1)],
  ['<<97,1:1>>', new BitString(new Uint8Array([97, 128]), 1)],
  ['<<97,3:2>>', new BitString(new Uint8Array([97, 192]), 2)],
  ['<<97,0:4>>', new BitString(new Uint8Array([97, 0]), 4)],
]

const sources = pairs.map(([source]) => source)
const terms = pairs.map(([, term]) => term)

// One character for each pair of terms: <, >, = for equal, # for exactly equal.
function judgedByErlang(): string[] {
  const program = `
    Judge = fun(X, Y) when X =:= Y -> $#; (X, Y) when X == Y -> $=; (X, Y) when X < Y -> $<; (_, _) -> $> end,
    Terms = [${sources.join(',\n')}],
    [io:format("~s~n", [[Judge(X, Y) || Y <- Terms]]) || X <- Terms],
    halt().`
  return execFileSync('erl', ['-noshell', '-noinput', '-eval', program], {
    encoding: 'utf8',
    timeout: 20_000,
  })
    .trim()
    .split('\n')
}

function judgedByUs(x: Term, y: Term): string {
  if (identical(x, y)) return '#'
  if (equals(x, y)) return '='
  return compare(x, y) < 0 ? '<' : '>'
}

test('==, =:= and < of all pairs of terms are those of Erlang', () => {
  const rows = judgedByErlang()
  expect(rows).toHaveLength(terms.length)
  const differences: string[] = []
  for (const [i, row] of rows.entries())
    for (const [j, erlang] of [...row].entries()) {
      const us = judgedByUs(terms[i], terms[j])
      if (us !== erlang)
        differences.push(`${sources[i]} and ${sources[j]}: Erlang says ${erlang}, we say ${us}`)
      if (us === '=' || us === '#') expect(compare(terms[i], terms[j])).toBe(0)
    }
  expect(differences).toEqual([])
})

test('a list of all terms is sorted as lists:sort/1 sorts it', () => {
  const shuffled = terms.map((_, index) => (index * 37) % terms.length)
  const program = `
    Terms = [{K, T} || {K, T} <- lists:zip(lists:seq(0, ${terms.length - 1}), [${sources.join(',\n')}])],
    Sorted = lists:sort(fun({_, X}, {_, Y}) -> X =< Y end, [lists:nth(I + 1, Terms) || I <- [${shuffled}]]),
    io:format("~w~n", [[K || {K, _} <- Sorted]]), halt().`
  const erlang = execFileSync('erl', ['-noshell', '-noinput', '-eval', program], {
    encoding: 'utf8',
    timeout: 20_000,
  })
  const ours = shuffled.toSorted((i, j) => compare(terms[i], terms[j]))
  expect(ours).toEqual(JSON.parse(erlang))
  expect(terms.some((term) => term instanceof Float)).toBe(true)
})
