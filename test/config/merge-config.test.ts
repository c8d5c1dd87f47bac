import { expect, test } from 'vitest'
import { mergeConfig } from '../../src/config/index.ts'

test('plain objects are merged at every depth, and other values are replaced', () => {
  class Store {
    readonly size = 1
  }
  const [before, after] = [new Store(), new Store()]
  const base = {
    chat: { a: { b: 1, c: 2 }, list: [1], map: new Map([['a', 1]]), empty: { x: 1 }, n: 1, store: before },
  }
  const over = {
    chat: { a: { c: 3, d: 4 }, list: [2], map: new Map([['b', 2]]), empty: {}, n: null, store: after },
  }
  const merged = mergeConfig(base, over)
  expect(merged).toEqual({
    chat: {
      a: { b: 1, c: 3, d: 4 },
      list: [2],
      map: new Map([['b', 2]]),
      empty: { x: 1 },
      n: null,
      store: after,
    },
  })
  expect(merged.chat.store).toBe(after)
  expect(base.chat.a).toEqual({ b: 1, c: 2 })
})

test('undefined is a value, as nil is in Elixir', () => {
  expect(mergeConfig({ chat: { port: 1 } }, { chat: { port: undefined } })).toEqual({
    chat: { port: undefined },
  })
})

test('a key named __proto__ is a key', () => {
  const over = JSON.parse('{ "chat": { "__proto__": { "admin": true } } }') as object
  const { chat } = mergeConfig({ chat: {} as { admin?: boolean } }, over)
  expect(chat.admin).toBe(undefined)
  expect(Object.keys(chat)).toEqual(['__proto__'])
})

test('functions are kept as they are', () => {
  const supervisor = (): string => 'local'
  expect(
    mergeConfig({ chat: { supervisor: () => 'remote' } }, { chat: { supervisor } }).chat.supervisor,
  ).toBe(supervisor)
})
