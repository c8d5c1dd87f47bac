import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { _, atom, on, Process, receive, self, send, spawn, type Term, tuple } from '../../src/index.ts'
import type { BeamNode } from '../support/beam.ts'
import type { TestNode } from '../support/cluster.ts'
import { Meeting } from './node-meeting.ts'

let meeting: Meeting
let alex: TestNode
let kate: BeamNode
const words = { name: 'words', node: 'kate@localhost' }
const ask = (...request: Term[]): void => {
  send(words, tuple(...request) as Term)
}

beforeAll(async () => {
  meeting = await Meeting.start()
  alex = await meeting.moebi('alex')
  kate = await meeting.elixir('kate')
  await kate.evaluate(`
    defmodule Words do
      def loop do
        receive do
          {:echo, from, term} -> send(from, {:echo, term})
          {:atoms, from, first, count} -> send(from, {:atoms, for(n <- first..(first + count - 1), do: word(n))})
          {:one_by_one, from, numbers} -> for n <- numbers, do: send(from, {:word, n, word(n)})
          {:large, from, size} -> send(from, {:large, word(1), :binary.copy("x", size), word(2)})
          {:fun, from} -> send(from, {:fun, fn x -> {:added_by_kate, x} end})
        end
        loop()
      end
      def word(n), do: :"word_#{n}_é"
    end
    Process.register(spawn(&Words.loop/0), :words)
    :ok`)
}, 60_000)

afterEach(async () => {
  await meeting.check()
})

afterAll(() => meeting?.[Symbol.asyncDispose]())

const word = (n: number): Term => atom(`word_${n}_é`)

test('more atoms than the cache of a real node has entries arrive as they were sent, and arrive again', async () => {
  await alex.node.run(async () => {
    const numbers = Array.from({ length: 6_000 }, (_unused, n) => n % 3_000)
    ask(atom('one_by_one'), self(), numbers)
    for (const n of numbers)
      expect(await receive(on([atom('word'), _.integer, _], ([, at, name]) => [at, name]))).toEqual([
        n,
        word(n),
      ])
  })
})

test('a message with more atoms than a header has arrives as it was sent', async () => {
  await alex.node.run(async () => {
    for (const count of [254, 255, 256, 3_000]) {
      ask(atom('atoms'), self(), 500, count)
      const names = await receive(on([atom('atoms'), _], ([, list]) => list))
      expect(names).toEqual(Array.from({ length: count }, (_unused, n) => word(500 + n)))
    }
  })
})

test('atoms of all kinds go to a real node and come back', async () => {
  const names = ['', 'ok', 'true', 'nil', 'a'.repeat(255), 'é'.repeat(255), '😀'.repeat(255), 'Elixir.Words']
  await alex.node.run(async () => {
    for (let round = 0; round < 3; round++)
      for (const name of names) {
        const term = tuple(atom(name), { [name]: atom(name) }, [atom(name), self()])
        ask(atom('echo'), self(), term)
        expect(await receive(on([atom('echo'), _], ([, back]) => back))).toEqual(term)
      }
  })
})

test('small messages between the fragments of large ones do not change the atoms of these', async () => {
  await alex.node.run(async () => {
    const owner = self()
    for (let n = 0; n < 4; n++)
      spawn(async () => {
        ask(atom('large'), self(), 4_000_000)
        const large = on([atom('large'), _.atom, _.string, _.atom], ([, first, bytes, second]) =>
          tuple(first, bytes.length, second),
        )
        send(owner, await receive(large))
      })
    ask(
      atom('one_by_one'),
      self(),
      Array.from({ length: 3_000 }, (_unused, n) => n),
    )
    for (let n = 0; n < 4; n++)
      expect(await receive(on([_.atom, 4_000_000, _.atom], (all) => all))).toEqual(
        tuple(word(1), 4_000_000, word(2)),
      )
    for (let n = 0; n < 3_000; n++)
      expect(await receive(on([atom('word'), n, _], ([, , name]) => name))).toEqual(word(n))
  })
})

test('more atoms than a cache has entries reach a real node as they were sent, between large messages', async () => {
  await alex.node.run(async () => {
    for (let n = 0; n < 4; n++)
      spawn(() => {
        ask(atom('echo'), self(), tuple(word(n), 'x'.repeat(4_000_000), word(n + 2_000)))
        return receive(on([atom('echo'), _], () => {}))
      })
    for (let round = 0; round < 2; round++)
      for (let first = 0; first < 4_000; first += 80) {
        const names = Array.from({ length: 80 }, (_unused, n) => word(first + n))
        ask(atom('echo'), self(), names)
        expect(await receive(on([atom('echo'), _], ([, back]) => back))).toEqual(names)
      }
  })
})

test('a fun with cached atoms in it is sent back as it came', async () => {
  await alex.node.run(async () => {
    for (let round = 0; round < 2; round++) {
      ask(atom('fun'), self())
      const fun = await receive(on([atom('fun'), _], ([, it]) => it))
      ask(atom('echo'), self(), fun)
      expect(await receive(on([atom('echo'), _], ([, back]) => back))).toEqual(fun)
    }
    expect(Process.alive(self())).toBe(true)
  })
})
