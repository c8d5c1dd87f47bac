import { describe, expect, test } from 'vitest'
import { format } from '../../src/io/index.ts'
import {
  atom,
  charlist,
  ExportFun,
  ImproperList,
  Pid,
  type Term,
  TermMap,
  tuple,
} from '../../src/term/index.ts'

const count = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i)
const abc = charlist('abc')
const abcdef = charlist('abcdef')
const some = atom('some_long_atom_name')

// Results of io_lib:format of OTP 25, started with +pc unicode as iex is.
const golden: readonly (readonly [template: string, args: readonly Term[], text: string])[] = [
  [
    '~s|~10s|~-10s|~.3s|~10.3s|~-10.3.*s',
    [abc, abc, abc, abcdef, abcdef, 43, abcdef],
    'abc|       abc|abc       |abc|       abc|abc+++++++',
  ],
  ['~3s|~ts|~s|~s', [abcdef, [1087, 1088], atom('atom'), 'bin'], 'abc|пр|atom|bin'],
  [
    '~b ~B ~.16b ~.16B ~8.16.0b ~-6b| ~3b|~.2b',
    [10, -10, 255, 255, 255, 5, 12345, 5],
    '10 -10 ff FF 000000ff 5     | ***|101',
  ],
  [
    '~.16# ~.16+ ~.10x ~.16X ~X',
    [255, 255, 31, charlist('10#'), -255, charlist('0x'), 9, charlist('pre')],
    '16#FF 16#ff 10#31 -0xFF pre9',
  ],
  ['~c~c ~5c ~10.5c| ~-10.5c|~tc', [97, 1024 + 98, 120, 121, 122, 1087], 'ab xxxxx      yyyyy| zzzzz     |п'],
  [
    '~f ~.2f ~10.3f ~-10.3f|~20.5f ~.1f ~5.2f|~e ~.3e ~12.4e ~g ~g ~g ~.3g',
    [
      1.5, 2.345, 7.14159, 7.14159, -1.0e10, 0.05, 123456.789, 1.5, 123456.789, -0.00012, 1.5, 123456.789,
      0.00001, 99.95,
    ],
    '1.500000 2.35      7.142 7.142     |  -10000000000.00000 0.1 *****|1.50000e+0 1.23e+5    -1.200e-4 1.50000 1.23457e+5 1.00000e-5 100.0',
  ],
  ['~g ~g ~g ~g', [0.1, 0.099, 9999.5, 10000.0], '0.100000 9.90000e-2 9999.50 1.00000e+4'],
  [
    '~w ~10w|~-10w|~3w|~.3w',
    [tuple(atom('a'), charlist('b'), 'c'), atom('abc'), atom('abc'), atom('abcdef'), atom('abcdef')],
    '{a,[98],<<99>>}        abc|abc       |***|***',
  ],
  ['~~ ~3~ ~n~2n~i~w', [atom('ignored'), atom('shown')], '~ ~~~ \n\n\nshown'],
  ['~*s|~*.*.*s|~-*w|', [8, charlist('ab'), 8, 4, 45, abcdef, 6, atom('ab')], '      ab|----abcd|ab    |'],
  [
    '~w ~p ~w ~p',
    [[104, 105], [104, 105], atom('an atom'), atom('Elixir.Kate')],
    `[104,105] "hi" 'an atom' 'Elixir.Kate'`,
  ],
  [
    'hello ~p and ~p~n',
    [
      count(1, 40),
      [
        tuple(atom('key'), charlist('value')),
        tuple(atom('other_key'), 'binary value'),
        tuple(atom('third'), [some, some, some]),
      ],
    ],
    'hello [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,\n       27,28,29,30,31,32,33,34,35,36,37,38,39,40] and [{key,"value"},\n                                                       {other_key,\n                                                        <<"binary value">>},\n                                                       {third,\n                                                        [some_long_atom_name,\n                                                         some_long_atom_name,\n                                                         some_long_atom_name]}]\n',
  ],
  [
    '~30p|~0p|~80p',
    [
      tuple(
        atom('error'),
        tuple(atom('badmatch'), tuple(atom('some'), atom('long'), atom('tuple'), atom('that_wraps'))),
      ),
      count(1, 50),
      { a: 1 },
    ],
    `{error,\n    {badmatch,\n        {some,long,tuple,\n            that_wraps}}}|[${count(1, 50).join(',')}]|#{a =>\n${' '.repeat(175)}1}`,
  ],
  [
    '~p',
    [
      {
        key: 'value',
        another: [1, 2, 3],
        long_key_name: 'a value that makes the map too long for a line',
      },
    ],
    '#{another => [1,2,3],\n  key => <<"value">>,\n  long_key_name => <<"a value that makes the map too long for a line">>}',
  ],
  [
    '~p ~w',
    [new ExportFun(atom('lists'), atom('map'), 2), new ExportFun(atom('erlang'), atom('self'), 0)],
    'fun lists:map/2 fun erlang:self/0',
  ],
  [
    '~P|~W|~P',
    [
      count(1, 20),
      5,
      tuple(atom('a'), atom('b'), atom('c'), atom('d'), atom('e'), atom('f')),
      3,
      charlist('a long string here'),
      3,
    ],
    '[1,2,3,4|...]|{a,b,...}|"a long string here"',
  ],
  ['~lp ~p', [abc, abc], '[97,98,99] "abc"'],
  ['~tp ~p ~ts ~tw', [[1087], [1087], [1087], atom('п')], `"п" [1087] п 'п'`],
]

test.each(golden)('%s is formatted as in Erlang', (template, args, text) => {
  expect(format(template, args)).toBe(text)
})

describe('format returns undefined where Erlang raises badarg', () => {
  test.each<[string, Term[]]>([
    ['~p', []],
    ['~p', [1, 2]],
    ['~q', [1]],
    ['~', []],
    ['~s', [1]],
    ['~s', [[1087]]],
    ['~b', [atom('a')]],
    ['~b', [1.5]],
    ['~.40b', [1]],
    ['~f', [atom('a')]],
    ['~c', [atom('a')]],
    ['~*s', [atom('a'), 'b']],
    ['~999999999999s', ['a']],
  ])('%s', (template, args) => {
    expect(format(template, args)).toBeUndefined()
  })
})

test('pids of the own node begin with 0', () => {
  const self = atom('alex@localhost')
  const pid = new Pid(self, 106, 0, 1)
  expect(format('~p', [pid], { self })).toBe('<0.106.0>')
  expect(format('~p', [pid], { self: atom('kate@localhost') })).toMatch(/^<9\d+\.106\.0>$/)
})

test('maps with keys of any type, improper lists and binaries that are not text are formatted', () => {
  const map = new TermMap<Term, Term>([
    [tuple(1), 'a'],
    [1.5, 'b'],
    [2, 'c'],
  ])
  expect(format('~p ~p ~p', [map, new ImproperList([1], 2), Uint8Array.of(1, 255)])).toBe(
    '#{2 => <<"c">>,1.5 => <<"b">>,{1} => <<"a">>} [1|2] <<1,255>>',
  )
})

test('a very deeply nested term is cut, and does not crash the node', () => {
  let deep: Term = []
  for (let i = 0; i < 100_000; i++) deep = [deep]
  expect(format('~w', [deep])).toContain('...')
})
