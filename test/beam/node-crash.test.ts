import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { _, atom, Node, on, Process, receive, tuple } from '../../src/index.ts'
import type { BeamNode } from '../support/beam.ts'
import type { TestNode } from '../support/cluster.ts'
import { eventually } from '../support/eventually.ts'
import { Meeting } from './node-meeting.ts'

let meeting: Meeting
let alex: TestNode
let kate: BeamNode

beforeAll(async () => {
  meeting = await Meeting.start()
  alex = await meeting.moebi('alex')
  kate = await meeting.elixir('kate')
  alex.node.kernel.modules.define('Alex', {
    fail: (): never => {
      throw new Error('oops, says alex')
    },
    failWith: (term: never): never => {
      throw term
    },
    wait: () => receive(),
    date: () => new Date(),
  })
}, 60_000)

afterEach(async () => {
  await meeting.check()
  meeting.expectedLog.length = 0
  alex.screen.text = alex.screen.log = ''
})

afterAll(() => meeting?.[Symbol.asyncDispose]())

test('an error on Moebi looks to a real node like its own: exit reason, log entry, and line of the source', async () => {
  const down = await kate.evaluate(
    '{_, ref} = Node.spawn_monitor(:alex@localhost, Alex, :fail, []); receive do {:DOWN, ^ref, _, _, {e, stack}} -> {e, is_list(stack), Exception.format(:error, e, stack)} end',
  )
  expect(down).toContain('%RuntimeError{message: "oops, says alex"}, true,')
  expect(down).toContain('** (RuntimeError) oops, says alex')
  expect(down).toMatch(/test\/beam\/node-crash\.test\.ts:\d+/)
  await eventually('the log line', () => kate.output().includes('oops, says alex'))
  expect(kate.output()).toMatch(
    /\[error\] Process #PID<\d+\.\d+\.0> on node :alex@localhost raised an exception\n\*\* \(RuntimeError\) oops, says alex\n(.*\n)*?.*node-crash\.test\.ts:\d+/,
  )
  meeting.expectedLog.push('oops, says alex')
})

test('a thrown value that is not an Error is a nocatch', async () => {
  expect(
    await kate.evaluate(
      '{_, ref} = Node.spawn_monitor(:alex@localhost, Alex, :fail_with, [{:a, 1}]); receive do {:DOWN, ^ref, _, _, {r, s}} when is_list(s) -> r end',
    ),
  ).toBe('{:nocatch, {:a, 1}}')
  await eventually('the log line', async () => (await kate.log()).length > 0)
  meeting.expectedLog.push('nocatch')
})

test('the crash of a process that Moebi has spawned on a real node is printed on Moebi', async () => {
  const reason = await alex.node.run(async () => {
    const { ref } = await Node.spawnMonitor('kate@localhost', ':erlang', 'binary_to_atom', [1 as never])
    return receive(on([atom('DOWN'), ref, _, _, _], ([, , , , reason]) => reason))
  })
  expect(alex.node.kernel.inspect(reason)).toMatch(
    /^\{:badarg, \[\{:erlang, :binary_to_atom, \[1, :utf8\]|^\{:badarg/,
  )
  await eventually('the line', () => alex.screen.log.includes('raised an exception'))
  expect(alex.screen.log).toMatch(
    /\[error\] Process #PID<[1-9]\d*\.\d+\.0> on node :kate@localhost raised an exception\n\*\* \(ArgumentError\)/,
  )
  const line = /badarg|ArgumentError/
  await eventually('its own line', async () => (await kate.log()).some((one) => line.test(one)))
  meeting.expectedLog.push(line)
})

test('a process of OTP that is linked to one on Moebi and crashes does not wait', async () => {
  const code = `
    defmodule Crashing do
      use GenServer
      def init(pid), do: (Process.link(pid); {:ok, nil})
      def handle_cast(:fail, _), do: raise("as asked")
    end
    {pid, _} = Node.spawn_monitor(:alex@localhost, Alex, :wait, [])
    {:ok, server} = GenServer.start(Crashing, pid)
    ref = Process.monitor(server)
    {time, _} = :timer.tc(fn ->
      GenServer.cast(server, :fail)
      receive do {:DOWN, ^ref, _, _, _} -> :ok end
    end)
    receive do {:DOWN, _, :process, ^pid, {%RuntimeError{message: m}, _}} -> {m, time < 1_000_000} end`
  expect(await kate.evaluate(code)).toBe('{"as asked", true}')
  meeting.expectCrash('as asked')
})

test('a result that is not a term is an error of its caller only', async () => {
  expect(
    await kate.evaluate('try do :erpc.call(:alex@localhost, Alex, :date, []) rescue e -> e end'),
  ).toMatch(/Date/)
  expect(await kate.evaluate(':rpc.call(:alex@localhost, Alex, :date, [])')).toMatch(/badrpc.*Date/s)
  expect(await kate.evaluate(':rpc.call(:alex@localhost, :erlang, :node, [])')).toBe(':alex@localhost')
})

test('an exit signal arrives with its reason unchanged, in both directions', async () => {
  const reason = tuple(atom('because'), [1.5, 'text', { a: null }])
  const code = (how: string) => `
    Process.flag(:trap_exit, true)
    pid = Node.spawn_link(:alex@localhost, Alex, :wait, [])
    ${how}
    receive do {:EXIT, ^pid, r} -> r end`
  expect(await kate.evaluate(code('Process.exit(pid, {:because, [1.5, "text", %{a: nil}]})'))).toBe(
    '{:because, [1.5, "text", %{a: nil}]}',
  )
  expect(await kate.evaluate(code('Process.exit(pid, :kill)'))).toBe(':killed')
  const seen = await alex.node.run(async () => {
    Process.flag('trapExit', true)
    const pid = await Node.spawnLink('kate@localhost', ':timer', 'sleep', [60_000])
    Process.exit(pid, reason)
    return receive(on([atom('EXIT'), pid, _], ([, , reason]) => reason))
  })
  expect(seen).toEqual(reason)
})
