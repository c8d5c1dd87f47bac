import { afterAll, beforeAll, expect, test } from 'vitest'
import { receive, Supervisor, Task, type Term } from '../../src/index.ts'
import type { BeamNode } from '../support/beam.ts'
import type { TestNode } from '../support/cluster.ts'
import { Meeting } from './node-meeting.ts'

// What a real node gets from a program that has the profile `exports`.

let meeting: Meeting
let kate: TestNode
let alex: BeamNode
/** Elixir code for the pid of a process of kate whose pid she has not sent. */
let guess: string
const received: Term[] = []

beforeAll(async () => {
  meeting = await Meeting.start()
  kate = await meeting.moebi('kate')
  alex = await meeting.elixir('alex')
  const { kernel } = kate.node
  const { pid } = kernel.spawn(async () => {
    for (;;) received.push((await receive()) as Term)
  })
  kernel.modules.define('Chat', { greet: () => 'hello', pid: () => pid })
  // NEW_PID_EXT
  guess = `:erlang.binary_to_term(<<131, 88, 119, 14, "kate@localhost", ${pid.id}::32, ${pid.serial}::32, ${pid.creation}::32>>)`
  await kate.node.run(() =>
    Supervisor.start([Task.Supervisor.child({ name: 'Tasks' })], { strategy: 'one_for_one' }),
  )
}, 60_000)
afterAll(async () => {
  // The crash is reported at the node of its group leader, as on a BEAM.
  meeting?.expectedLog.push(/on node :?kate@localhost .*not_allowed.*os\.getenv\/0/)
  await meeting?.check()
  await meeting?.[Symbol.asyncDispose]()
})

const SENTENCE = '"the option allow of this node does not permit the operation'

test('a call that is refused is an error with a sentence, by erpc and by rpc', async () => {
  expect(await alex.evaluate(`:erpc.call(:kate@localhost, Chat, :greet, [])`)).toBe('"hello"')
  expect(
    await alex.evaluate(`
      try do :erpc.call(:kate@localhost, :os, :getenv, ['HOME']) catch :error, {:exception, reason, _} -> reason end`),
  ).toBe(`{:not_allowed, ${SENTENCE} call for the function :os.getenv/1"}`)
  expect(
    await alex.evaluate(`
      {:badrpc, {:EXIT, {reason, _}}} = :rpc.call(:kate@localhost, :os, :getenv, ['HOME'])
      reason`),
  ).toBe(`{:not_allowed, ${SENTENCE} call for the function :os.getenv/1"}`)
})

test('a function that may not be called cannot be reached through another one', async () => {
  for (const call of [
    ":lists, :map, [&:os.getenv/1, ['HOME']]",
    ":erlang, :apply, [&:os.getenv/1, ['HOME']]",
    ":erlang, :apply, [:os, :getenv, ['HOME']]",
    ":erpc, :call, [:kate@localhost, :os, :getenv, ['HOME']]",
    "Enum, :map, [['HOME'], &:os.getenv/1]",
  ])
    expect(
      await alex.evaluate(
        `inspect(try do :erpc.call(:kate@localhost, ${call}) catch _, reason -> reason end)`,
      ),
      call,
    ).toContain('not_allowed')
})

test('a process or a task that is refused ends with the sentence', async () => {
  expect(
    await alex.evaluate(`
      {pid, ref} = Node.spawn_monitor(:kate@localhost, :os, :getenv, [])
      receive do {:DOWN, ^ref, :process, ^pid, {reason, _}} -> reason end`),
  ).toBe(`{:not_allowed, ${SENTENCE} spawn for the function :os.getenv/0"}`)
  expect(
    await alex.evaluate(`
      task = Task.Supervisor.async_nolink({Tasks, :kate@localhost}, :os, :getenv, [])
      {:exit, {reason, _}} = Task.yield(task, 5_000)
      reason`),
  ).toContain('{:not_allowed, ')
})

test('a pid that was guessed is like that of a process that has ended; one that was sent is not', async () => {
  expect(
    await alex.evaluate(`
      pid = ${guess}
      send(pid, :guessed)
      Process.exit(pid, :kill)
      Process.flag(:trap_exit, true)
      monitor = Process.monitor(pid)
      down = receive do {:DOWN, ^monitor, :process, ^pid, reason} -> reason end
      Process.link(pid)
      link = receive do {:EXIT, ^pid, reason} -> reason end
      {down, link}`),
  ).toBe('{:noproc, :noproc}')
  expect(await alex.evaluate(`send(:erpc.call(:kate@localhost, Chat, :pid, []), "sent")\n:ok`)).toBe(':ok')
  expect(await alex.evaluate(`:erpc.call(:kate@localhost, Chat, :greet, [])`)).toBe('"hello"')
  expect(received).toEqual(['sent'])
})
