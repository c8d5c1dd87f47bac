import { afterAll, beforeAll, expect, test } from 'vitest'
import { _, atom, GenServer, Node, on, Process, receive, self, send, sleep, tuple } from '../../src/index.ts'
import type { BeamNode } from '../support/beam.ts'
import type { TestNode } from '../support/cluster.ts'
import { eventually } from '../support/eventually.ts'
import { Meeting } from './node-meeting.ts'

let meeting: Meeting
let alex: TestNode
let kate: BeamNode
const KATE = 'kate@localhost'
const KiB = 1024
const MiB = 2 ** 20
const sink = { name: 'sink', node: KATE }

beforeAll(async () => {
  meeting = await Meeting.start()
  alex = await meeting.moebi('alex')
  kate = await meeting.elixir('kate')
  // The sink counts the messages of each sender, and notes the first that is missing.
  await kate.evaluate(`
    defmodule Sink do
      def loop(next, count, gap) do
        receive do
          {:count, from} ->
            send(from, {count, gap})
            loop(next, count, gap)
          {sender, n, _bytes} ->
            gap = if Map.get(next, sender, 0) == n, do: gap, else: gap || {sender, n}
            loop(Map.put(next, sender, n + 1), count + 1, gap)
        end
      end
    end
    defmodule Echo do
      use GenServer
      def init(_), do: {:ok, 0}
      def handle_call({n, bytes}, _from, count), do: {:reply, {n, count, byte_size(bytes)}, count + 1}
    end
    Process.register(spawn(fn -> Sink.loop(%{}, 0, nil) end), :sink)
    {:ok, _} = GenServer.start(Echo, nil, name: :echo)
    :ok`)
}, 60_000)

afterAll(() => meeting?.[Symbol.asyncDispose]())

const info = () => alex.node.run(() => Node.info(KATE)!)

async function received(): Promise<unknown> {
  return alex.node.run(async () => {
    send(sink, tuple(atom('count'), self()))
    return receive(on([_.integer, _], (answer) => answer))
  })
}

async function whileStopped(work: () => Promise<void>): Promise<void> {
  process.kill(kate.pid, 'SIGSTOP')
  try {
    await work()
  } finally {
    process.kill(kate.pid, 'SIGCONT')
  }
}

test('senders to a real node that is stopped are suspended, refused or deferred, and everything that was accepted arrives', async () => {
  let waited = 0
  let refused = 0
  let ended: Promise<void> | undefined
  let calls: Promise<unknown> | undefined
  await alex.node.run(() => send(sink, tuple('first', 0, 'x')))
  await whileStopped(async () => {
    ended = alex.node.run(async () => {
      for (; waited < 200; waited++) {
        send(sink, tuple('waits', waited, new Uint8Array(512 * KiB)))
        await sleep(0)
      }
    })
    await eventually('a suspended process', async () => (await info()).suspended.length === 1)
    const before = waited
    expect(before).toBeLessThan(60)
    await alex.node.run(() => {
      try {
        for (;;) {
          send(sink, tuple('loops', refused, new Uint8Array(512 * KiB)))
          refused++
        }
      } catch {}
    })
    calls = alex.node.run(() =>
      Promise.all(
        Array.from({ length: 100 }, (_, n) =>
          GenServer.call({ name: 'echo', node: KATE }, tuple(n, new Uint8Array(512 * KiB)), {
            timeout: 100_000,
          }),
        ),
      ),
    )
    expect((await info()).queued).toBeLessThan(40 * MiB)
    expect(waited).toBe(before)
    expect(await alex.node.run(() => Process.send(sink, 'no', { nosuspend: true }))).toBe(atom('nosuspend'))
  })
  await ended
  expect(await calls).toEqual(Array.from({ length: 100 }, (_, n) => tuple(n, n, 512 * KiB)))
  await eventually('all messages', async () => {
    const [count, gap] = (await received()) as unknown as [number, unknown]
    expect(gap).toBe(null)
    return count === 1 + 200 + refused
  })
  expect(refused).toBeGreaterThan(30)
  await meeting.check()
})
