import { describe, expect, test } from 'vitest'
import { TranslationError, translateCall } from '../../src/abstract-format/index.ts'
import * as words from '../../src/index.ts'
import { atom, type TermMap } from '../../src/index.ts'

/** Translates a function that is written as it would be at a prompt. */
function translate(source: string, surroundings: Readonly<Record<string, unknown>> = {}) {
  const names = { ...words, ...surroundings }
  const fn = new Function(...Object.keys(names), `return (${source})`)(
    ...Object.values(names),
  ) as () => unknown
  return translateCall(fn, [], {
    words,
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
    ['() => Kate.age', 'Kate.age is a function of another node. Call it'],
  ])('%s', (source, why) => {
    expect(refusal(source)).toContain(why)
  })

  test('what a function takes along has to be a term, or a function that can be translated', () => {
    expect(refusal('() => mark', { mark: Symbol('mark') })).toContain('mark is a symbol')
    expect(refusal('() => later', { later: Promise.resolve(1) })).toContain('await it first')
    expect(refusal('() => helper()', { helper: () => new Date() })).toContain('`new` has no exact meaning')
    expect(refusal('() => parse("1")', { parse: Number.parseInt })).toContain('its source cannot be read')
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
