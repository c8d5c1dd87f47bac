import { EventEmitter } from 'node:events'
import { Socket } from 'node:net'
import { inspect as nodeInspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { hideFields, inspect, ok, tuple } from '../../../src/term/index.ts'

class Counter {
  name = 'hits'
  n = 1
}

describe('an instance of a class', () => {
  test('is shown by its class and its own fields, also inside of a term', () => {
    expect(inspect(new Counter())).toBe('#Counter<name: "hits", n: 1>')
    expect(inspect(tuple(ok, [new Counter()]))).toBe('{:ok, [#Counter<name: "hits", n: 1>]}')
  })

  test('in it is shown by its class only, and so is what it has in its containers', () => {
    class Office {
      counter = new Counter()
      counters = [new Counter(), { first: new Counter() }]
    }
    expect(inspect(new Office(), { pretty: false })).toBe(
      '#Office<counter: #Counter<...>, counters: [#Counter<...>, %{first: #Counter<...>}]>',
    )
  })

  test('shows no function, symbol, getter or field whose name begins with an underscore', () => {
    class Busy {
      n = 1
      _secret = 'x'
      callback = () => 1
      tag = Symbol('x')
      get derived(): number {
        throw new Error('a getter was called')
      }
    }
    const busy = Object.defineProperty(new Busy(), 'own', { enumerable: true, get: () => busy.derived })
    expect(inspect(busy)).toBe('#Busy<n: 1, ...>')
  })

  test('is at most ten fields of eighty characters', () => {
    const wide = Object.assign(new Counter(), {
      name: 'x'.repeat(10_000),
      list: new Array(1000).fill('quite a long text'),
    })
    for (let field = 0; field < 100; field++) Object.assign(wide, { [`field${field}`]: field })
    expect(inspect(wide).split('\n')).toEqual([
      '#Counter<',
      `  name: "${'x'.repeat(80)}" <> ...,`,
      '  n: 1,',
      '  list: [...],',
      ...[0, 1, 2, 3, 4, 5, 6].map((field) => `  field${field}: ${field},`),
      '  ...',
      '>',
    ])
  })

  test('shows no more than twenty fields where there are many instances', () => {
    const many = Array.from({ length: 40 }, () => new Counter())
    const text = inspect(many)
    expect(text.match(/n: 1/g)).toHaveLength(10)
    expect(text.match(/#Counter<\.\.\.>/g)).toHaveLength(30)
  })

  test('that is a socket, an event emitter, a promise or an array of numbers is shown by its class only', () => {
    class Chat extends EventEmitter {
      room = 'lobby'
    }
    for (const value of [
      new Socket(),
      new Chat(),
      Promise.resolve(1),
      new Float64Array(3),
      new AbortController().signal,
    ])
      expect(inspect(value)).toBe(`#${value.constructor.name}<...>`)
    const timer = setTimeout(() => {}, 0)
    clearTimeout(timer)
    expect(inspect(timer)).toBe('#Timeout<...>')
  })

  test('that is an error is shown with its message', () => {
    expect(inspect(Object.assign(new TypeError('boom'), { code: 'E_BOOM' }))).toBe(
      '#TypeError<message: "boom", code: "E_BOOM">',
    )
  })

  test('is shown whatever its class does', () => {
    const fails = (): never => {
      throw new Error('not for you')
    }
    const proxy = new Proxy(new Counter(), { ownKeys: fails, get: fails })
    expect(inspect([proxy])).toBe('[#Object<...>]')
    expect(inspect(new (class {})())).toBe('#Object<...>')
    const circle: Counter & { self?: unknown } = new Counter()
    circle.self = circle
    expect(inspect(circle)).toBe('#Counter<name: "hits", n: 1, self: #Counter<...>>')
  })
})

test('a class whose fields are hidden is shown by its name only, also by console.log', () => {
  class Engine {
    parts = [1, 2, 3]
  }
  class Diesel extends Engine {}
  hideFields(Engine)
  expect(inspect({ engine: new Engine(), diesel: new Diesel() })).toBe(
    '%{diesel: #Diesel<...>, engine: #Engine<...>}',
  )
  expect(nodeInspect([new Diesel()])).toBe('[ #Diesel<...> ]')
})
