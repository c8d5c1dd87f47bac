import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { _, atom, erpc, exit, Node, on, Process, receive, self, send, spawn, tuple } from '../../src/index.ts'
import type { BeamNode } from '../support/beam.ts'
import type { TestNode } from '../support/cluster.ts'
import { Meeting } from './node-meeting.ts'

let meeting: Meeting
let alex: TestNode
let kate: BeamNode
const KATE = 'kate@localhost'
const MiB = 2 ** 20

beforeAll(async () => {
  meeting = await Meeting.start()
  alex = await meeting.moebi('alex')
  kate = await meeting.elixir('kate')
  await kate.evaluate(`
    defmodule Bulk do
      def loop do
        receive do
          {:digest, from, bytes} -> send(from, {:digest, byte_size(bytes), :crypto.hash(:md5, bytes)})
          {:send, to, sizes} -> for {size, n} <- sizes, do: send(to, {n, bytes(size)})
          {:mirror, to, term} -> send(to, term)
        end
        loop()
      end
      def bytes(size), do: :binary.copy(<<255, 1, 2, 3>>, div(size, 4))
    end
    Process.register(spawn(&Bulk.loop/0), :bulk)
    for n <- 1..8, do: Process.register(spawn(&Bulk.loop/0), :"bulk#{n}")
    :ok`)
}, 60_000)

afterEach(async () => {
  await meeting.check()
})

afterAll(() => meeting?.[Symbol.asyncDispose]())

const bulk = (n: number | '' = ''): { name: string; node: string } => ({ name: `bulk${n}`, node: KATE })
const digest = (bytes: Uint8Array): Buffer => createHash('md5').update(bytes).digest()
const bytesOf = (size: number): Buffer => Buffer.alloc(size, Uint8Array.of(255, 1, 2, 3))
const pattern = [255, 1, 2, 3]

test('messages of all sizes around a fragment reach a real node as they were', async () => {
  await alex.node.run(async () => {
    for (const size of [
      65_000,
      65_400,
      65_500,
      65_536,
      65_600,
      200_000,
      MiB - 200,
      MiB - 60,
      MiB,
      MiB + 65_536,
      5 * MiB + 3,
    ]) {
      const bytes = bytesOf(size)
      send(bulk(), tuple(atom('digest'), self(), bytes))
      expect([size, await receive(on([atom('digest'), size, _], ([, , sum]) => sum))]).toEqual([
        size,
        new Uint8Array(digest(bytes)),
      ])
    }
  })
})

test('messages of all sizes around a fragment arrive from a real node as they were', async () => {
  await alex.node.run(async () => {
    const sizes = [65_400, 65_500, 65_536, 65_600, 131_072, 200_000, 5 * MiB]
    send(
      bulk(),
      tuple(
        atom('send'),
        self(),
        sizes.map((size, n) => tuple(size, n)),
      ),
    )
    for (const [n, size] of sizes.entries()) {
      const bytes = await receive(on([n, _], ([, sent]) => sent as Uint8Array))
      expect(bytes.length).toBe(size - (size % 4))
      expect([...bytes.subarray(-4)]).toEqual(pattern)
      expect(digest(bytes)).toEqual(digest(bytesOf(bytes.length)))
    }
  })
})

test('a message of 64 MiB goes there and comes back', async () => {
  await alex.node.run(async () => {
    const bytes = bytesOf(64 * MiB)
    send(bulk(), tuple(atom('mirror'), self(), tuple(atom('back'), bytes)))
    const back = await receive(on([atom('back'), _], ([, sent]) => sent as Uint8Array))
    expect(Buffer.compare(back, bytes)).toBe(0)
  })
}, 60_000)

test('fragments of eight senders in both directions come between each other, and the signals of each stay in order', async () => {
  await alex.node.run(async () => {
    const me = self()
    const own = Array.from({ length: 8 }, (_, index) =>
      spawn(() => {
        for (let round = 0; round < 5; round++) {
          send(bulk(index + 1), tuple(atom('mirror'), me, tuple(index, round, bytesOf(MiB))))
          send(bulk(index + 1), tuple(atom('mirror'), me, tuple(index, round, atom('small'))))
        }
      }),
    )
    const seen = new Map<number, unknown[]>(own.map((_, index) => [index, []]))
    for (let count = 0; count < 80; count++) {
      const [index, round, what] = (await receive()) as unknown as [number, number, unknown]
      seen.get(index)!.push([round, what instanceof Uint8Array ? what.length : 'small'])
    }
    const rounds = [0, 1, 2, 3, 4].flatMap((round) => [
      [round, MiB],
      [round, 'small'],
    ])
    for (const [index, order] of seen) expect([index, order]).toEqual([index, rounds])
  })
}, 60_000)

test('a small call is answered while a large message is on its way', async () => {
  await alex.node.run(async () => {
    let done = false
    const me = self()
    spawn(async () => {
      send(bulk(2), tuple(atom('digest'), self(), bytesOf(64 * MiB)))
      await receive()
      send(me, atom('moved'))
    })
    let calls = 0
    while (!done) {
      send(bulk(3), tuple(atom('mirror'), self(), atom('small')))
      await receive(
        on(atom('small'), () => calls++),
        on(atom('moved'), () => (done = true)),
      )
    }
    expect(calls).toBeGreaterThan(3)
  })
}, 60_000)

test('exit reasons and arguments of spawned functions that are large arrive, in both directions', async () => {
  alex.node.kernel.modules.define('Large', {
    length: (bytes: Uint8Array) => bytes.length,
    exit: (bytes: Uint8Array) => exit(bytes as never),
    bytes: (size: number) => bytesOf(size),
  })
  expect(await kate.evaluate(`:erpc.call(:alex@localhost, Large, :length, [Bulk.bytes(${MiB})])`)).toBe(
    String(MiB),
  )
  expect(await kate.evaluate(`byte_size(:erpc.call(:alex@localhost, Large, :bytes, [${MiB}]))`)).toBe(
    String(MiB),
  )
  expect(
    await kate.evaluate(`
      {_, ref} = :erlang.spawn_opt(:alex@localhost, Large, :exit, [Bulk.bytes(${MiB})], [:monitor])
      receive do {:DOWN, ^ref, _, _, reason} -> byte_size(reason) end`),
  ).toBe(String(MiB))
  await alex.node.run(async () => {
    expect(await erpc.call(KATE, 'erlang', 'byte_size', [bytesOf(MiB)])).toBe(MiB)
    expect(((await erpc.call(KATE, 'Elixir.Bulk', 'bytes', [MiB])) as Uint8Array).length).toBe(MiB)
  })
})

test('a large message of a real node that makes the connection is sent whole', async () => {
  await alex.node.run(async () => {
    Process.register(self(), 'waits')
    Node.disconnect(KATE)
    await kate.evaluate(
      `Process.sleep(300); send({:waits, :alex@localhost}, {:first, Bulk.bytes(${MiB / 4})})`,
    )
    expect((await receive(on([atom('first'), _], ([, bytes]) => bytes as Uint8Array))).length).toBe(MiB / 4)
  })
})

test('a large message of a Moebi node that makes the connection is sent whole', async () => {
  await alex.node.run(async () => {
    Node.disconnect(KATE)
    await kate.evaluate('Process.sleep(300)')
    send(bulk(), tuple(atom('digest'), self(), bytesOf(MiB)))
    expect(await receive(on([atom('digest'), _, _], ([, size]) => size))).toBe(MiB)
  })
})
