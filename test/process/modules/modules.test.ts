import { expect, test } from 'vitest'
import { Modules, snakeCase } from '../../../src/process/index.ts'
import { type Atom, atom } from '../../../src/term/index.ts'

const Chat = atom('Elixir.Chat') as Atom

function define(exports: Record<string, unknown>): Modules {
  const modules = new Modules()
  expect(modules.define('Chat', exports)).toBe(Chat)
  return modules
}

test('a function is found by its name in snake case, and by the key of its export', () => {
  const receiveMessage = (text: string): string => text
  const modules = define({ receiveMessage, notAFunction: 3 })
  for (const name of ['receive_message', 'receiveMessage'])
    expect(modules.find(Chat, atom(name) as Atom, 1)).toMatchObject({
      name: atom('receive_message'),
      fn: receiveMessage,
    })
  expect(modules.find(Chat, atom('not_a_function'), 0)).toBeUndefined()
  expect(modules.find(Chat, atom('constructor'), 0)).toBeUndefined()
  expect(modules.find(atom('Elixir.Other'), atom('receive_message'), 1)).toBeUndefined()
})

test('exportedAs returns the module and name of an exported function', () => {
  const receiveMessage = (text: string): string => text
  const modules = define({ receiveMessage })
  expect(modules.exportedAs(receiveMessage)).toMatchObject({ module: Chat, name: atom('receive_message') })
  expect(modules.exportedAs(() => 1)).toBeUndefined()
})

test('two exports with the same name in snake case are an error in define', () => {
  expect(() => define({ sayName() {}, say_name() {} })).toThrow(/exports two functions as say_name/)
})

test('a module that is defined again replaces the first one', () => {
  const [before, later] = [() => 1, () => 2]
  const modules = define({ before })
  modules.define('Chat', { later })
  expect(modules.find(Chat, atom('before'), 0)).toBeUndefined()
  expect(modules.exportedAs(before)).toBeUndefined()
  expect(modules.exportedAs(later)).toBeDefined()
})

test('find checks the number of arguments, with default values and rest parameters', () => {
  const modules = define({
    one: (a: number) => a,
    // biome-ignore lint/suspicious/noDoubleEquals: the text is in the body and not in the parameters
    compares: (a: number) => (a == 1 ? [a, (b = 3) => b] : (c: number) => c >= a),
    bare: (a: number) => a,
    withDefault: (a: number, b = ')', c = [1, 2]) => [a, b, c],
    destructured: ({ a, b = 2 }: { a: number; b?: number }, [c, d]: number[]) => [a, b, c, d],
    rest: (a: number, ...more: number[]) => [a, more],
    onlyRest: (...more: number[]) => more,
    commented: (a: number /* , b = 1 */, c = 2 /* ) */) => [a, c],
    async method(a: number, b = { c: (d = 1) => d }) {
      return [a, b]
    },
    *generator(a = 1) {
      yield a
    },
  })
  const takes = (name: string): number[] =>
    [0, 1, 2, 3, 4, 9].filter((arity) => modules.find(Chat, atom(name) as Atom, arity) !== undefined)
  expect(takes('one')).toEqual([1])
  expect(takes('compares')).toEqual([1])
  expect(takes('with_default')).toEqual([1, 2, 3])
  expect(takes('destructured')).toEqual([2])
  expect(takes('rest')).toEqual([1, 2, 3, 4, 9])
  expect(takes('only_rest')).toEqual([0, 1, 2, 3, 4, 9])
  expect(takes('commented')).toEqual([1, 2])
  expect(takes('method')).toEqual([1, 2])
  expect(takes('generator')).toEqual([0, 1])
})

test.each([
  ['sayName', 'say_name'],
  ['say_name', 'say_name'],
  ['sendSMS', 'send_sms'],
  ['parseJSONText', 'parse_json_text'],
  ['utf8Length', 'utf8_length'],
  ['ok', 'ok'],
])('%s is %s on the wire', (key, wireName) => {
  expect(snakeCase(key)).toBe(wireName)
})
