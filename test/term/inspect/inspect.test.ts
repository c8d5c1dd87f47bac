import { inspect as nodeInspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import {
  Atom,
  atom,
  BitString,
  charlist,
  ElixirError,
  ExportFun,
  error,
  Fun,
  float,
  ImproperList,
  inspect,
  internPid,
  nodeByNumber,
  nodeNumber,
  ok,
  Port,
  Reference,
  type Term,
  TermMap,
  tuple,
} from '../../../src/term/index.ts'

const self = atom('alex@localhost')
const other = atom('kate@localhost')
const number = nodeNumber(other)
const mine = internPid(self, 114, 0, 1)
const hers = internPid(other, 173, 0, 1)
const reference = new Reference(self, 1, [88752, 3075735554, 1785354217])
const show = (term: unknown): string => inspect(term, { self })

describe('a term is shown as Elixir shows it', () => {
  test('atoms, texts, numbers, bytes', () => {
    expect(show([ok, atom('foo bar'), atom('Elixir.Kate'), other, true, null, undefined])).toBe(
      '[:ok, :"foo bar", Kate, :kate@localhost, true, nil, nil]',
    )
    expect(show(['a "b"\n', '', 1, -1.5, float(1), 1e20, 10n ** 20n])).toBe(
      '["a \\"b\\"\\n", "", 1, -1.5, 1.0, 1.0e20, 100000000000000000000]',
    )
    expect(
      show(tuple(new Uint8Array([1, 2]), new Uint8Array([97]), new BitString(new Uint8Array([0xa0]), 3))),
    ).toBe('{<<1, 2>>, "a", <<5::size(3)>>}')
  })

  test('collections', () => {
    expect(show({ a: 1, 'b c': [], dropped: undefined })).toBe('%{a: 1, "b c": []}')
    expect(
      show(
        new TermMap<Term>([
          ['a', 1],
          [2, {}],
          [tuple(), atom('x')],
        ]),
      ),
    ).toBe('%{2 => %{}, {} => :x, "a" => 1}')
    expect(show([tuple(ok, 1), tuple(error, tuple())])).toBe('[ok: 1, error: {}]')
    expect(show(new ImproperList([1], 2))).toBe('[1 | 2]')
    expect(show(charlist('abc'))).toBe('~c"abc"')
    expect(show({ __struct__: atom('Elixir.Dog'), name: 'Moebi' })).toBe('%Dog{name: "Moebi"}')
    expect(show(new ElixirError('RuntimeError', { message: 'oops' }))).toBe('%RuntimeError{message: "oops"}')
  })

  test('pids, references, ports: 0 for the own node, a constant number for each other node', () => {
    expect(show(tuple(mine, hers))).toBe(`{#PID<0.114.0>, #PID<${number}.173.0>}`)
    expect(show(reference)).toBe('#Reference<0.1785354217.3075735554.88752>')
    expect(show(new Port(other, 5n, 1))).toBe(`#Port<${number}.5>`)
    expect(number).not.toBe(0)
    expect(nodeNumber(other)).toBe(number)
    expect(nodeByNumber(number)).toBe(other)
    expect(inspect(hers)).toBe('#PID<kate@localhost.173.0>')
  })

  test('funs', () => {
    expect(show(new ExportFun(atom('Elixir.Kate'), atom('say_name'), 0))).toBe('&Kate.say_name/0')
    const module = Buffer.from('erl_eval')
    const external = Buffer.concat([
      Buffer.from([112, 0, 0, 0, 0, 0, ...new Uint8Array(16), 0, 0, 0, 43, 0, 0, 0, 0, 119, module.length]),
      module,
      Buffer.from([97, 43, 98, 0, 0x32, 0x9b, 0xa4]),
    ])
    expect(show(new Fun(atom('erl_eval'), 0, 43, new Uint8Array(16), external))).toBe(
      '#Function<43.3316644/0 in :erl_eval>',
    )
    expect(show(new Fun(atom('m'), 1, 2, new Uint8Array(16), new Uint8Array()))).toBe(
      '#Function<2.0/1 in :m>',
    )
  })
})

describe('a long term is broken as in the lesson', () => {
  test('the message of a monitor', () => {
    const down = tuple(atom('DOWN'), reference, atom('process'), hers, atom('normal'))
    expect(show(down)).toBe(
      `{:DOWN, #Reference<0.1785354217.3075735554.88752>, :process, #PID<${number}.173.0>,\n :normal}`,
    )
    const named = tuple(
      atom('DOWN'),
      reference,
      atom('process'),
      tuple(atom('nosuchname'), other),
      atom('noproc'),
    )
    expect(show(named)).toBe(
      '{:DOWN, #Reference<0.1785354217.3075735554.88752>, :process,\n {:nosuchname, :kate@localhost}, :noproc}',
    )
  })

  test('the exit of a linked process', () => {
    const location = [
      tuple(atom('file'), charlist('erl_eval.erl')),
      tuple(atom('line'), 742),
      tuple(atom('error_info'), { module: atom('Elixir.Exception') }),
    ]
    const exit = tuple(
      atom('EXIT'),
      hers,
      tuple(new ElixirError('RuntimeError', { message: 'oops' }), [
        tuple(atom('erl_eval'), atom('do_apply'), 7, location),
      ]),
    )
    expect(show(exit).split('\n')).toEqual([
      `{:EXIT, #PID<${number}.175.0>,`.replace('175', '173'),
      ' {%RuntimeError{message: "oops"},',
      '  [',
      '    {:erl_eval, :do_apply, 7,',
      '     [file: ~c"erl_eval.erl", line: 742, error_info: %{module: Exception}]}',
      '  ]}}',
    ])
  })

  test('the options of a terminal', () => {
    const options = [
      tuple(atom('expand_fun'), new ExportFun(atom('Elixir.IEx.Autocomplete'), atom('expand'), 1)),
      tuple(atom('echo'), true),
      tuple(atom('binary'), true),
      tuple(atom('encoding'), atom('unicode')),
    ]
    expect(show(tuple(tuple(ok, 200), tuple(ok, 60), options)).split('\n')).toEqual([
      '{{:ok, 200}, {:ok, 60},',
      ' [',
      '   expand_fun: &IEx.Autocomplete.expand/1,',
      '   echo: true,',
      '   binary: true,',
      '   encoding: :unicode',
      ' ]}',
    ])
  })

  test('the result of defmodule', () => {
    const code = [
      ...[
        70, 79, 82, 49, 0, 0, 5, 136, 66, 69, 65, 77, 65, 116, 85, 56, 0, 0, 0, 186, 0, 0, 0, 19, 11, 69, 108,
        105, 120,
      ],
      ...[105, 114, 46, 75, 97, 116, 101, 8, 95, 95, 105, 110, 102, 111, 95, 95, 10, 97, 116, 116],
    ]
    const made = tuple(atom('module'), atom('Elixir.Kate'), new Uint8Array(code), tuple(atom('say_name'), 0))
    expect(show(made).split('\n')).toEqual([
      '{:module, Kate,',
      ' <<70, 79, 82, 49, 0, 0, 5, 136, 66, 69, 65, 77, 65, 116, 85, 56, 0, 0, 0, 186,',
      '   0, 0, 0, 19, 11, 69, 108, 105, 120, 105, 114, 46, 75, 97, 116, 101, 8, 95,',
      '   95, 105, 110, 102, 111, 95, 95, 10, 97, ...>>, {:say_name, 0}}',
    ])
  })

  test('but not when one line is asked for', () => {
    const numbers = Array.from({ length: 100 }, (_, index) => index)
    expect(inspect(numbers, { pretty: false })).toMatch(/^\[0, 1, .*, 49, \.\.\.\]$/)
    expect(inspect(numbers, { pretty: false, limit: 3 })).toBe('[0, 1, 2, ...]')
    expect(inspect(numbers, { pretty: false, limit: Number.POSITIVE_INFINITY })).not.toContain('...')
  })
})

describe('anything can be shown', () => {
  test('functions, symbols, dates and NaN are shown as Node.js shows them', () => {
    expect(show(new Date(0))).toBe('1970-01-01T00:00:00.000Z')
    expect(show(tuple(ok, () => 1))).toBe('{:ok, [Function (anonymous)]}')
    expect(show(class Dog {})).toBe('[class Dog]')
    expect(show({ a: Promise.resolve(1) })).toBe('%{a: #Promise<...>}')
    expect(show([Symbol('x'), Number.NaN])).toBe('[Symbol(x), NaN]')
    expect(
      show(
        new Map([
          [new Date(0), 1],
          [new Date(0), 2],
        ]),
      ),
    ).toContain('1970')
  })

  test('a value that holds itself, and a value that is very deep', () => {
    const circle: unknown[] = [1]
    circle.push(circle)
    expect(show(circle)).toBe('[1, [Circular]]')
    let deep: Term = 1
    for (let depth = 0; depth < 100_000; depth++) deep = [deep]
    expect(show(deep)).toContain('...')
    expect(inspect(deep, { limit: Number.POSITIVE_INFINITY })).toContain('...')
  })

  test('with colours, which do not change the line breaks', () => {
    const plain = inspect([ok, 'x'.repeat(70), 1.5], { colors: false })
    const colored = inspect([ok, 'x'.repeat(70), 1.5], { colors: true })
    expect(colored).toContain('\u001b[36m:ok\u001b[39m')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
    expect(colored.replace(/\u001b\[\d+m/g, '')).toBe(plain)
  })
})

test('console.log shows terms as Elixir does, also inside of other values', () => {
  expect(nodeInspect({ reply: tuple(ok, hers), when: Atom.intern('later') })).toBe(
    '{ reply: {:ok, #PID<kate@localhost.173.0>}, when: :later }',
  )
  expect(nodeInspect(new TermMap([[1, float(2)]]))).toBe('%{1 => 2.0}')
  expect(nodeInspect([ok], { colors: true })).toBe('[ \u001b[36m:ok\u001b[39m ]')
})

test('an array with holes is shown with nil in them, as it is sent', () => {
  expect(inspect(new Array(2))).toBe('[nil, nil]')
  const holed: unknown[] = [tuple(atom('a'), 1)]
  holed[2] = 3
  expect(inspect(holed)).toBe('[{:a, 1}, nil, 3]')
})
