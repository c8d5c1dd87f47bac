// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are sources of functions
import { describe, expect, test } from 'vitest'
import { TranslationError, translateCall } from '../../src/abstract-format/index.ts'
import * as builtins from '../../src/index.ts'
import { atom, float, ImproperList, type TermMap } from '../../src/index.ts'

/** Translates a function that is written as it would be at a prompt. */
function translate(source: string, surroundings: Readonly<Record<string, unknown>> = {}) {
  const names = { ...builtins, ...surroundings }
  const fn = new Function(...Object.keys(names), `return (${source})`)(
    ...Object.values(names),
  ) as () => unknown
  return translateCall(fn, [], {
    builtins,
    lookup: (name) => (Object.hasOwn(surroundings, name) ? { value: surroundings[name] } : undefined),
  })
}

function refusal(source: string, surroundings: Readonly<Record<string, unknown>> = {}): string {
  try {
    translate(source, surroundings)
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return (error as Error).message
  }
  throw new Error(`${source} was translated`)
}

describe('a construct without an exact meaning in Erlang is refused, with its place in the line', () => {
  test('a loop that counts', () => {
    expect(refusal('() => { for (let i = 0; i < 3; i++) self() }')).toBe(
      [
        'A for loop changes a variable, and a variable of Erlang has one value. Use for … of, or a function that calls itself.',
        '  () => { for (let i = 0; i < 3; i++) self() }',
        '          ^',
      ].join('\n'),
    )
  })

  test('the error knows the line and the column of a function of several lines', () => {
    let error: unknown
    try {
      translate('() => {\n  const n = 1\n  return n == 1\n}')
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(TranslationError)
    expect(error).toMatchObject({ line: 3, column: 10 })
    expect((error as Error).message.split('\n').slice(1)).toEqual(['  return n == 1', '         ^'])
  })

  test.each([
    ['() => { let n = 1; n = 2; return n }', 'one value'],
    ['() => { let n; return n }', 'write const'],
    ['() => { while (true) self() }', 'function that calls itself'],
    ['() => { try { exit(1) } catch {} }', 'try has no exact meaning'],
    ["() => { throw new Error('no') }", 'Use exit(reason)'],
    ['() => new Date()', '`new` has no exact meaning'],
    ['() => 1n', 'bigint'],
    ['() => /x/', 'regular expression'],
    ['() => 1 == 1', 'Write ==='],
    ['() => 1 & 2', 'The operator &'],
    ['() => typeof 1', 'The operator typeof'],
    ['() => this', '`this`'],
    ['() => NaN', 'whose floats are finite'],
    ['() => nowhere', 'nowhere is not declared'],
    ['() => receive()  && 1', 'has to be awaited'],
    ['() => [1].sort()', 'The method sort'],
    ['() => [1, 2].map(async (x) => x)', 'must not be async'],
    ['() => { const [a = 1] = [2]; return a }', 'A default has no exact meaning'],
    ['() => { const [a, ...b] = [2]; return b }', 'A rest element'],
    ['function* f() { yield 1 }', 'A generator'],
    ['() => receive(on(atom("a"), () => true, () => 1))', 'A guard'],
    ['() => receive(on(1 + 1, () => 1))', 'nothing that is computed'],
    ['() => console.log(1)', 'console.log has no exact meaning'],
    ['() => JSON.stringify(1)', 'JSON.stringify has no exact meaning'],
    ['() => IO.gets("name? ")', 'IO.gets has no exact meaning'],
    ['() => exit()', 'exit takes 1 argument where it is translated, got 0'],
    ['() => { function f() { return 1 } { function f() { return 2 } } return f() }', 'f is declared around'],
    ['() => Kate.age', 'Kate.age is a function of another node. Call it'],
    ['() => { const x = null; return x === null }', 'Write == null'],
    ['() => undefined !== self()', 'Write != null'],
    ['() => { var n = 1; return n }', 'Write const'],
    ['() => { for (var n of [1]) self() }', 'Write const'],
    ['() => { const f = () => n; const n = 2; return f() }', 'n is used before its declaration'],
    ['() => { const n = n + 1; return n }', 'n is used before its declaration'],
    ['() => { for (const n of n) self() }', 'n is used before its declaration'],
    ['() => { function f() { return n } const n = 5; return f() }', 'n is used before its declaration'],
    ['() => toString()', 'toString has no exact meaning'],
    ['() => [].toString', 'toString is inherited by objects'],
    ['() => { const { constructor } = {}; return constructor }', 'constructor is inherited by objects'],
    ['() => ({ __proto__: null })', 'A prototype has no meaning'],
    ['() => ({ a: undefined })', 'left out of a map'],
    ["() => '\\ud83d'", 'Half of a surrogate pair'],
    ['() => { const [] = [1]; return 1 }', 'A pattern without names'],
    ['() => match(1, on(_.constructor, () => 1))', 'The pattern _.constructor'],
    ["() => match('a', on(_.bytes, () => 1))", 'The pattern _.bytes'],
    ['() => match(1, on(_.bigint, () => 1))', 'The pattern _.bigint'],
    ['() => match(true, on(!false, () => 1))', 'nothing that is computed'],
    ["() => match('a1', on(`a${1}`, () => 1))", 'nothing that is computed'],
    ['() => { const f = async () => 1; const g = f; return g() === 1 }', 'This call may return a promise'],
    [
      'async () => { const call = (f) => f(); return await call(async () => 1) }',
      'This call may return a promise',
    ],
    ['() => { const g = () => receive(); return g() }', 'receive(…) has to be awaited'],
    ['() => (async () => 1)() + 1', 'This call has to be awaited'],
    ['() => { const f = async (x) => x; return f?.(3) + 1 }', 'This call has to be awaited'],
    ['() => { const f = async (x) => x; return [1].map(f) }', 'must not be async'],
    ['() => [1].map((x) => GenServer.call(self(), x))', 'GenServer.call(…) has to be awaited'],
    ['() => match(1, on(1, async () => 5)) + 1', 'await match(…)'],
    ['() => [1].at?.(0)', 'A method that may be missing'],
  ])('%s', (source, why) => {
    expect(refusal(source)).toContain(why)
  })

  test('what a function takes along has to be a term, or a function that can be translated', () => {
    expect(refusal('() => mark', { mark: Symbol('mark') })).toContain('mark is a symbol')
    expect(refusal('() => later', { later: Promise.resolve(1) })).toContain('await it first')
    expect(refusal('() => helper()', { helper: () => new Date() })).toContain(
      'In helper: `new` has no exact meaning',
    )
    expect(refusal('() => parse("1")', { parse: Number.parseInt })).toContain('its source cannot be read')
  })

  test.each([
    ['a bigint', 5n],
    ['a Float', float(5)],
    ['bytes', new Uint8Array([1])],
    ['an improper list', new ImproperList([1], 2)],
    ['a Map', new Map([['a', 1]])],
  ])('%s can be passed on, but not be used', (kind, value) => {
    for (const use of [
      'value.length',
      'value + 1',
      '`${value}`',
      'value === 1',
      '[...value]',
      '(() => { const x = value; return x })()',
    ])
      expect(refusal(`() => ${use}`, { value })).toContain(`value is ${kind}`)
    expect(() =>
      translate('() => { send(self(), value); return lists.member(1, [value]) }', { value }),
    ).not.toThrow()
  })

  test('a Float that is used is refused with the way to a number', () => {
    expect(refusal('() => price * 2', { price: float(5) })).toContain(
      'price is a Float, which has another meaning in Erlang. It can be passed on, but not be used here. ' +
        'Take the number before: const n = Number(price).',
    )
  })

  test('a word of Moebi that is declared at the prompt is no word', () => {
    expect(refusal('() => match(1, on(_, () => 1))', { on: 5 })).toContain(
      'A clause is written here as on(…)',
    )
    expect(refusal('() => [later()]', { later: async () => 1 })).toContain('later(…) has to be awaited')
  })

  test('a list or a map of the prompt is no pattern', () => {
    for (const want of [[1], { a: 1 }])
      expect(refusal('() => match([1], on(want, () => 1))', { want })).toContain('Write it as a pattern')
  })

  test('two functions that need each other', () => {
    const even = (n: number): boolean => n === 0 || odd(n - 1)
    const odd = (n: number): boolean => n !== 0 && even(n - 1)
    expect(refusal('() => even(2)', { even, odd })).toContain('needs itself through another function')
  })

  test('an expression that is nested without end', () => {
    expect(refusal(`() => 1${' + 1'.repeat(1000)}`)).toContain('500 deep')
  })
})

test('values travel as bindings and never as text', () => {
  const { args } = translate('() => name', { name: '"], halt(). [' })
  const captured = (args[1] as TermMap).get(atom('Bindings')) as TermMap
  expect([...captured.values()]).toEqual(['"], halt(). ['])
})
