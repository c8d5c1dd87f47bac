import { afterAll, beforeAll, expect, test } from 'vitest'
import { Application, DynamicSupervisor, GenServer, reply, Supervisor } from '../../src/index.ts'
import type { BeamNode } from '../support/beam.ts'
import type { TestNode } from '../support/cluster.ts'
import { Meeting } from './node-meeting.ts'

// What the tools of Erlang and Elixir ask of a node: observer, etop, dbg, c:ni, IEx.

let meeting: Meeting
let kate: TestNode
/** A program whose peers may only look. */
let guarded: TestNode
let alex: BeamNode

const Counter = GenServer.define({
  init: (start: number) => start,
  call: { bump: (n: number) => reply(n + 1, n + 1) },
})

const shop = {
  name: 'shop',
  description: 'A shop',
  version: '1.2.3',
  start: () =>
    Supervisor.startLink(
      [
        Counter.child(10, { name: 'Counter' }),
        Supervisor.child([Counter.child(1, { name: 'First' }), Counter.child(2, { id: 2, name: 'Second' })], {
          strategy: 'one_for_all',
          name: 'Counters',
          id: 'counters',
        }),
        DynamicSupervisor.child({ name: 'Dynamic', strategy: 'one_for_one' }),
      ],
      { strategy: 'one_for_one', name: 'Top' },
    ),
}

beforeAll(async () => {
  meeting = await Meeting.start()
  kate = await meeting.moebi('kate')
  guarded = await meeting.moebi('guarded', { allow: 'observe' })
  for (const { node } of [kate, guarded]) await node.run(() => Application.start(shop))
  alex = await meeting.elixir('alex')
}, 60_000)
afterAll(async () => {
  for (const each of [kate, guarded]) await each?.node.run(() => Application.stopAll())
  await meeting?.check()
  await meeting?.[Symbol.asyncDispose]()
})

const nodes = ['kate', 'guarded']

test.each(nodes)('observer_backend:sys_info on %s has every item that the tab System shows', async (node) => {
  const code = `info = :rpc.call(:${node}@localhost, :observer_backend, :sys_info, [])
    asked = ~w(uptime run_queue io_input io_output logical_processors logical_processors_online logical_processors_available
      schedulers schedulers_online schedulers_available otp_release version system_architecture kernel_poll smp_support threads
      thread_pool_size wordsize_internal wordsize_external alloc_info process_count atom_limit atom_count process_limit
      port_limit port_count ets_limit ets_count dist_buf_busy_limit total processes atom binary code ets)a
    {asked -- Keyword.keys(info), for(k <- ~w(process atom port ets)a, do: info[:"#{k}_count"] <= info[:"#{k}_limit"]),
      info[:total] > 1_000_000, info[:io_input] > 0}`
  expect(await alex.evaluate(code)).toBe('{[], [true, true, true, true], true, true}')
})

test.each(nodes)('processes of %s are sent to observer and etop as records', async (node) => {
  const code = (fn: string, pattern: string): string => `
    pid = Node.spawn_link(:${node}@localhost, :observer_backend, :${fn}, [self()])
    records = receive do ${pattern} after 5_000 -> [] end
    for r <- records, elem(r, 4) in [Counter, Top, :rex], do: {elem(r, 0), elem(r, 4), elem(r, 6), elem(r, 7)}`
  const loop = '{:gen_server, :loop, 7}'
  const expected =
    `[{:etop_proc_info, :rex, {:erlang, :apply, 2}, 0}, {:etop_proc_info, Top, ${loop}, 0}, ` +
    `{:etop_proc_info, Counter, ${loop}, 0}]`
  expect(await alex.evaluate(code('procs_info', '{:procs_info, ^pid, records} -> records'))).toBe(expected)
  expect(await alex.evaluate(code('etop_collect', '{^pid, info} -> elem(info, 8)'))).toBe(expected)
})

test.each(nodes)('statistics of %s are sent until a message ends them', async (node) => {
  expect(
    await alex.evaluate(`
      Process.flag(:trap_exit, true)
      pid = Node.spawn_link(:${node}@localhost, :observer_backend, :fetch_stats, [self(), 50])
      [first, second] = for _ <- 1..2, do: (receive do {:stats, 1, _, _, _} = stats -> stats after 5_000 -> nil end)
      {:stats, 1, [{1, busy, all}], {{:input, input}, {:output, output}}, memory} = second
      send(pid, :stop)
      ended = receive do {:EXIT, ^pid, reason} -> reason after 5_000 -> :alive end
      Process.flag(:trap_exit, false)
      {elem(hd(elem(first, 2)), 2) < all, busy <= all, input > 0, output > 0, memory[:total] > 0, ended}`),
  ).toBe('{true, true, true, true, true, :normal}')
})

test.each(nodes)(
  'appmon_info of %s draws the tree of an application, and tells its changes',
  async (node) => {
    const tree = `receive do {:delivery, ^pid, :app, :shop, {_, pids, links, _}} -> {pids, links} after 5_000 -> nil end`
    expect(
      await alex.evaluate(`
      {:ok, pid} = :appmon_info.start_link(:${node}@localhost, self(), [])
      :appmon_info.app_ctrl(pid, :${node}@localhost, true, [])
      apps = receive do {:delivery, ^pid, :app_ctrl, _, apps} -> for {_, name, {name, text, version}} <- apps, do: {name, to_string(text), to_string(version)}
        after 5_000 -> nil end
      :appmon_info.app(pid, :shop, true, [timeout: 100])
      {pids, links} = ${tree}
      [{_, master}, _ | _] = pids
      links = for {from, to} <- links, do: {to_string(if from == master, do: 'master', else: from), to_string(to)}
      {apps, length(pids), Enum.sort(links)}`),
    ).toBe(
      `{[{:shop, "A shop", "1.2.3"}], 7, [{"Elixir.Counters", "Elixir.First"}, {"Elixir.Counters", "Elixir.Second"}, ` +
        `{"Elixir.Top", "Elixir.Counter"}, {"Elixir.Top", "Elixir.Counters"}, {"Elixir.Top", "Elixir.Dynamic"}, {"master", "Elixir.Top"}]}`,
    )
    const running = node === 'kate' ? kate : guarded
    await running.node.run(() => DynamicSupervisor.startChild('Dynamic', Counter.child(3, { name: 'Late' })))
    expect(
      await alex.evaluate(`
      {:ok, pid} = :appmon_info.start_link(:${node}@localhost, self(), [])
      :appmon_info.app(pid, :shop, true, [])
      {_, links} = ${tree}
      found = {'Elixir.Dynamic', 'Elixir.Late'} in links
      ref = Process.monitor(pid)
      Process.unlink(pid)
      Process.exit(pid, :kill)
      {found, receive do {:DOWN, ^ref, _, _, reason} -> reason after 5_000 -> :alive end}`),
    ).toBe('{true, :killed}')
  },
)

test('Mnesia and the sockets of Erlang do not exist, and nothing waits for them', async () => {
  const ask = (fn: string): Promise<string> =>
    alex.evaluate(`:rpc.call(:kate@localhost, :observer_backend, ${fn})`)
  expect(await ask(':get_table_list, [:ets, []]')).toBe('[]')
  expect(await ask(':get_table_list, [:mnesia, []]')).toContain('Mnesia is not running on: kate@localhost')
  expect(await ask(':get_port_list, []')).toBe('[]')
  expect(await ask(':get_socket_list, []')).toBe('[]')
  expect(await ask(':vsn, []')).toContain('{:ok, ')
})

test.each(nodes)('dbg adds the node %s at once, and says that it does not trace', async (node) => {
  const code = `
    {:ok, _} = :dbg.tracer()
    added = :dbg.n(:${node}@localhost)
    {:ok, matched} = :dbg.p(:all, [:call])
    :dbg.stop_clear()
    {:matched, _, count, {:notsup, sentence}} = List.keyfind(matched, :${node}@localhost, 1)
    {added, count, sentence}`
  expect(await alex.evaluate(code)).toBe(
    `{{:ok, :${node}@localhost}, 0, "This is a Moebi node: JavaScript cannot be traced by the functions of Erlang. ` +
      'sys:trace/2 traces the messages of a server."}',
  )
})

test('process_info has the items that observer, IEx and recon ask for', async () => {
  expect(
    await alex.evaluate(`
      pid = :rpc.call(:kate@localhost, :erlang, :whereis, [Counter])
      items = [:binary, :catchlevel, :current_function, :error_handler, :garbage_collection, :group_leader, :heap_size,
        :initial_call, :last_calls, :links, :memory, :message_queue_len, :monitored_by, :monitors, :priority, :reductions,
        :registered_name, :sequential_trace_token, :stack_size, :status, :suspending, :total_heap_size, :trace, :trap_exit]
      info = :rpc.pinfo(pid, items)
      {Keyword.keys(info) == items, info[:current_function], info[:initial_call], info[:status],
        :rpc.pinfo(pid, :current_stacktrace), :rpc.pinfo(pid, :parent) == {:parent, :rpc.call(:kate@localhost, :erlang, :whereis, [Top])}}`),
  ).toBe(
    '{true, {:gen_server, :loop, 7}, {:proc_lib, :init_p, 5}, :waiting, {:current_stacktrace, [{:gen_server, :loop, 7, []}]}, true}',
  )
  expect(
    await alex.evaluate(
      'for {_, n, [name | _]} <- :rpc.call(:kate@localhost, :recon, :proc_count, [:message_queue_len, 2]), do: {n, name}',
    ),
  ).toBe('[{0, :user}, {0, :net_kernel}]')
})

test('the helper i of IEx shows a process of the node', async () => {
  const text = await alex.evaluate(`
    pid = :rpc.call(:kate@localhost, :erlang, :whereis, [Counter])
    IEx.Info.info(pid) |> Enum.map_join("\\n", fn {title, value} -> "#{title}: #{value}" end)`)
  expect(text).toContain('Name: Counter')
  expect(text).toContain('Message queue length: 0')
})

test('c:ni and c:nregs list the processes of all nodes', async () => {
  const listed = await alex.evaluate(`
    {:ok, io} = StringIO.open(String.duplicate("y\\n", 50))
    task = Task.async(fn -> Process.group_leader(self(), io); :c.ni(); :c.nregs() end)
    Task.await(task)
    {_, text} = StringIO.contents(io)
    for name <- ["'Elixir.Counter'", "gen_server:loop/7", "rex"], do: text =~ name`)
  expect(listed).toBe('[true, true, true]')
})

test('etop shows the node', async ({ skip }) => {
  // A package of its own.
  if ((await alex.evaluate('Code.ensure_loaded?(:etop)')) !== 'true') skip()
  const text = await alex.evaluate(`
    {:ok, io} = StringIO.open("")
    spawn(fn ->
      Process.group_leader(self(), io)
      :etop.start([node: :kate@localhost, output: :text, interval: 1, tracing: :off])
    end)
    Process.sleep(1500)
    :etop.stop()
    {_, text} = StringIO.contents(io)
    text`)
  expect(text).toContain('kate@localhost')
  expect(text).toContain('Current Function')
  expect(text).toContain("'Elixir.Counter'")
})

test('the profile observe allows no other functions, and no messages to processes that the peer has not started', async () => {
  const refused = (call: string): Promise<string> =>
    alex.evaluate(`
      {:badrpc, {:EXIT, {{:not_allowed, _}, _}}} = :rpc.call(:guarded@localhost, ${call})
      :refused`)
  expect(await refused(':erlang, :garbage_collect, []')).toBe(':refused')
  expect(await refused(':net_kernel, :stop, []')).toBe(':refused')
  expect(
    await alex.evaluate(`
      pid = :rpc.call(:guarded@localhost, :erlang, :whereis, [Counter])
      Process.exit(pid, :kill)
      :rpc.call(:guarded@localhost, :erlang, :whereis, [Counter]) == pid`),
  ).toBe('true')
})
