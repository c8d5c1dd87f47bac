import { afterAll, beforeAll, expect, test } from 'vitest'
// Loaded at the first fun of a program; vitest transforms it, which may take longer than a node waits.
import '../../src/erl-eval/code-loaders.ts'
import { serveFuns } from '../../src/erl-eval/index.ts'
import { GenServer, noreply, reply, Supervisor } from '../../src/index.ts'
import type { BeamNode } from '../support/beam.ts'
import type { TestNode } from '../support/cluster.ts'
import { Meeting } from './node-meeting.ts'

// Functions of Erlang's and Elixir's libraries that a real node calls on a Moebi node by name, as on every node.

let meeting: Meeting
let kate: TestNode
let alex: BeamNode

const Counter = GenServer.define({
  init: (start: number) => start,
  call: { bump: (n: number) => reply(n + 1, n + 1) },
  cast: { add: (n: number, more: number) => noreply(n + more) },
})

beforeAll(async () => {
  meeting = await Meeting.start()
  kate = await meeting.moebi('kate')
  await meeting.moebi('bob', { closures: serveFuns })
  await meeting.moebi('joe', { library: false })
  alex = await meeting.elixir('alex')
}, 60_000)
afterAll(async () => {
  await meeting?.[Symbol.asyncDispose]()
})

test.each([
  [':lists, :reverse, [[1, 2]]', '[2, 1]'],
  [':lists, :seq, [1, 5]', '[1, 2, 3, 4, 5]'],
  [':lists, :map, [&:erlang.abs/1, [-1, 2.5]]', '[1, 2.5]'],
  [':maps, :to_list, [%{a: 1}]', '[a: 1]'],
  [':maps, :merge, [%{a: 1}, %{2 => "b"}]', '%{2 => "b", :a => 1}'],
  ['Enum, :map, [[1, 2], &Kernel.abs/1]', '[1, 2]'],
  ['Map, :get, [%{a: 1}, :a]', '1'],
  [':erlang, :binary_to_term, [:erlang.term_to_binary({1.0, "a"})]', '{1.0, "a"}'],
  ['Process, :whereis, [:nobody]', 'nil'],
  [':lists, :nope, [1]', ':undef'],
  ['Nope, :nope, []', ':undef'],
])('erpc and rpc: %s', async (call, value) => {
  const shown = await alex.evaluate(`
    shown = fn fun -> try do fun.() catch :error, {:exception, reason, _} -> reason end end
    rpc = case :rpc.call(:kate@localhost, ${call}) do {:badrpc, {:EXIT, {reason, _}}} -> reason; value -> value end
    {shown.(fn -> :erpc.call(:kate@localhost, ${call}) end), rpc}`)
  expect(shown).toBe(`{${value}, ${value}}`)
})

test('servers and supervisors are called', async () => {
  await kate.node.run(() =>
    Supervisor.start([Counter.child(10, { name: 'Counter' })], { strategy: 'one_for_one', name: 'Top' }),
  )
  const shown = await alex.evaluate(`
    call = fn m, f, a -> :rpc.call(:kate@localhost, m, f, a) end
    [{Counter, pid, :worker, _}] = call.(Supervisor, :which_children, [Top])
    {:badrpc, {:EXIT, noproc}} = call.(:gen_server, :call, [:nobody, :x])
    [
      call.(GenServer, :call, [Counter, :bump]),
      call.(:gen_server, :call, [pid, :bump, 1000]),
      call.(GenServer, :cast, [pid, {:add, 5}]),
      call.(:gen_server, :call, [Counter, :bump]),
      call.(Supervisor, :count_children, [Top]).workers,
      call.(:supervisor, :count_children, [Top])[:active],
      call.(Process, :alive?, [pid]),
      call.(Process, :whereis, [Counter]) == pid,
      noproc
    ]`)
  expect(shown).toBe('[11, 12, :ok, 18, 1, 1, true, true, {:noproc, {:gen_server, :call, [:nobody, :x]}}]')
})

test('output goes to the caller', async () => {
  const said = await alex.evaluate(`
    {:ok, io} = StringIO.open("")
    leader = Process.group_leader()
    Process.group_leader(self(), io)
    :ok = :rpc.call(:kate@localhost, :io, :format, [~c"hi ~p~n", [1]])
    :ok = :erpc.call(:kate@localhost, IO, :puts, ["there"])
    Process.group_leader(self(), leader)
    StringIO.contents(io)`)
  expect(said).toBe('{"", "hi 1\\nthere\\n"}')
})

test('a fun in the arguments is called by a node that runs funs, and refused by others', async () => {
  const said = await alex.evaluate(`
    fun = elem(Code.eval_string("fn x -> String.upcase(x) end"), 0)
    {:badrpc, {:EXIT, {{:badfun, text}, _}}} = :rpc.call(:kate@localhost, :lists, :map, [fun, ["a"]])
    {:rpc.call(:bob@localhost, :lists, :map, [fun, ["a"]]), :erpc.call(:bob@localhost, Enum, :map, [["b"], fun]), text}`)
  expect(said).toContain('{["A"], ["B"], "this node does not run functions that were typed at another node')
})

test('a node with library: false exports its own functions only', async () => {
  expect(
    await alex.evaluate(
      '{:badrpc, {:EXIT, {reason, _}}} = :rpc.call(:joe@localhost, :lists, :reverse, [[1]]); reason',
    ),
  ).toBe(':undef')
})
