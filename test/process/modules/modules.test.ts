import { expect, test } from 'vitest'
import { Modules, snakeCase, THIS_NODE } from '../../../src/process/index.ts'
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

test('the definitions of a module add up', () => {
  const [before, later] = [() => 1, () => 2]
  const modules = define({ before })
  modules.define('Chat', { later })
  modules.define('Chat', { before })
  expect(modules.find(Chat, atom('before'), 0)).toMatchObject({ fn: before })
  expect(modules.exportedAs(before)).toBeDefined()
  expect(modules.exportedAs(later)).toBeDefined()
})

test('a second definition of one function is an error that names both', () => {
  const modules = define({ sayName: () => 1 })
  const other = { hello() {}, say_name() {} }
  expect(() => modules.define('Chat', other, 'the application chat')).toThrow(
    'Chat.say_name is defined twice: by the program (the function sayName), and by the application chat (the function say_name).',
  )
  expect(() => modules.define('Chat', other)).toThrow(/by the program .* and by the program/)
  expect(modules.find(Chat, atom('hello'), 0)).toBeUndefined()
})

test('the definitions of one owner replace each other: an application that is started again', () => {
  const [before, later] = [() => 1, () => 2]
  const modules = define({ other: () => 3 })
  modules.define('Chat', { sayName: before }, 'the application chat')
  modules.define('Chat', { say_name: later }, 'the application chat')
  expect(modules.find(Chat, atom('say_name'), 0)).toMatchObject({ fn: later })
  expect(modules.find(Chat, atom('sayName'), 0)).toBeUndefined()
  expect(modules.find(Chat, atom('other'), 0)).toBeDefined()
  expect(modules.exportedAs(before)).toBeUndefined()
})

test('redefine replaces what programs have defined in a module, and keeps what the node has', () => {
  const [before, later, own] = [() => 1, () => 2, () => 3]
  const modules = define({ before })
  modules.define('Chat', { own }, THIS_NODE)
  modules.redefine('Chat', { later }, 'the prompt')
  expect(modules.find(Chat, atom('before'), 0)).toBeUndefined()
  expect(modules.exportedAs(before)).toBeUndefined()
  expect(modules.exportedAs(later)).toBeDefined()
  expect(modules.exportedAs(own)).toBeDefined()
  expect(() => modules.redefine('Chat', { own: () => 4 }, 'the prompt')).toThrow(
    /by this node .* by the prompt/,
  )
  expect(modules.find(Chat, atom('later'), 0)).toBeDefined()
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
