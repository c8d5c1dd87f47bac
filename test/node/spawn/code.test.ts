import { describe, expect, test } from 'vitest'
import { atom, elixir, erlang, type Term, type Tuple } from '../../../src/index.ts'
import { openLiteral } from '../../../src/node/spawn/open-literal.ts'

describe('elixir`…` and erlang`…`', () => {
  test('a value becomes a variable, and never text of the code', () => {
    const code = elixir`Enum.map(${[1, 2]}, fn x -> x + ${'"]; System.halt() #'} end)`
    expect(code.source).toBe('Enum.map(moebi_0, fn x -> x + moebi_1 end)')
    const [source, bindings] = code.call.args as [string, readonly Tuple<readonly Term[]>[]]
    expect(source).toBe(code.source)
    expect(bindings.map((pair) => [...pair])).toEqual([
      [atom('moebi_0'), [1, 2]],
      [atom('moebi_1'), '"]; System.halt() #'],
    ])
  })

  test('a variable of Erlang begins with a capital letter', () => {
    expect(erlang`lists:reverse(${[1]})`.source).toBe('lists:reverse(Moebi_0)')
  })

  test('a backslash stands as it is written', () => {
    expect(elixir`"a\n"`.source).toBe('"a\\n"')
  })

  test('a value within a string is refused, since it would be text there', () => {
    expect(() => elixir`IO.puts("hi ${'x'}")`).toThrow(
      'value 1 of elixir`…` is within a string, where a variable would be plain text.',
    )
    expect(() => erlang`io:format("~p", [1]), 'an ${1} atom'`).toThrow('is within a quoted atom')
    expect(() => elixir`1 # ${2}`).toThrow('is within a comment')
    expect(elixir`"hi #{${'x'}}"`.source).toBe('"hi #{moebi_0}"')
  })

  test('a value that would become a part of a name is refused', () => {
    expect(() => elixir`:${'x'}`).toThrow(
      'value 1 of elixir`…` would be a part of an atom, as text of the code. Write it apart from other text.',
    )
    expect(() => elixir`%{${'x'}: 1}`).toThrow('a part of an atom')
    expect(() => elixir`1 + ${1}${2}`).toThrow('value 2 of elixir`…` would be a part of a name')
    expect(() => elixir`String.${'length'}("x")`).toThrow('a part of a name')
    expect(() => elixir`@${'x'}`).toThrow('a part of a name')
    expect(() => erlang`dog${1}`).toThrow('value 1 of erlang`…` would be a part of a name')
    expect(() => erlang`${1}x`).toThrow('a part of a name')
    expect(elixir`1..${3}`.source).toBe('1..moebi_0')
    expect(elixir`<<${1}::8>>`.source).toBe('<<moebi_0::8>>')
    expect(erlang`${'lists'}:${'max'}([1])`.source).toBe('Moebi_0:Moebi_1([1])')
  })

  test.each([
    ['elixir', 'f(', undefined],
    ['elixir', '"a" <> ', undefined],
    ['elixir', '"a\\"', 'a string'],
    ['elixir', '"""\nx "', 'a string'],
    ['elixir', '"""\nx """ ', undefined],
    ['elixir', "'a", 'a charlist'],
    ['elixir', '?" <> ', undefined],
    ['elixir', '"#{%{a: 1}', undefined],
    ['elixir', '"#{f(%{a: 1})} ', 'a string'],
    ['elixir', '# "\n', undefined],
    ['elixir', '~s(hi ', 'a sigil'],
    ['elixir', '~s(hi) <> ', undefined],
    ['elixir', '~s(#{', undefined],
    ['elixir', '~S(#{', 'a sigil'],
    ['elixir', '~w[a\\] ', 'a sigil'],
    ['elixir', '~r/"/ ', undefined],
    ['elixir', '~S"""\n" ', 'a sigil'],
    ['elixir', '~D[2026-11-29] ', undefined],
    ['elixir', '1 =~ "', 'a string'],
    ['elixir', '"#{empty?} ', 'a string'],
    ['elixir', 'Enum.empty?("', 'a string'],
    ['erlang', '$" ++ ', undefined],
    ['erlang', '"#{', 'a string'],
    ['erlang', '% "', 'a comment'],
    ['erlang', '% "\n', undefined],
    ['erlang', "'a\\'", 'a quoted atom'],
  ] as const)('%s: after %j', (language, source, expected) => {
    expect(openLiteral(language, source)).toBe(expected)
  })
})
