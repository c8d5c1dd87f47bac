import { hostname } from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  Agent,
  Application,
  asReason,
  atom,
  DynamicSupervisor,
  GenServer,
  Process,
  Registry,
  reply,
  Supervisor,
  self,
  send,
  Task,
} from '../../src/index.ts'
import { currentKernel, receive, spawn } from '../../src/process/index.ts'
import type { Pid, Term } from '../../src/term/index.ts'
import type { BeamNode } from '../support/beam.ts'
import type { TestNode } from '../support/cluster.ts'
import { Meeting } from './node-meeting.ts'

// Functions that every Erlang node has, called by a real node on a Moebi node, and on a second real node where the results can be
// equal.

let meeting: Meeting
let kate: TestNode
let alex: BeamNode

const Counter = GenServer.define({
  init: (start: number) => start,
  call: { bump: (n: number) => reply(n + 1, n + 1) },
})
const Chat = { sayName: () => 'Kate' }

beforeAll(async () => {
  meeting = await Meeting.start()
  kate = await meeting.moebi('kate', { allow: 'open' })
  alex = await meeting.elixir('alex')
  await meeting.elixir('real')
  await kate.node.run(async () => {
    await Application.start({
      name: 'chat',
      description: 'Chat of two',
      version: '1.2.3',
      modules: { Chat },
      env: { room: 'main' },
      start: () =>
        Supervisor.startLink(
          [
            Counter.child(10, { name: 'Counter' }),
            Registry.child({ keys: 'unique', name: 'Users' }),
            Task.Supervisor.child({ name: 'Tasks' }),
            DynamicSupervisor.child({ name: 'Dynamic', strategy: 'one_for_one' }),
            Agent.child(() => 7, { name: 'Memory' }),
          ],
          { strategy: 'one_for_one', name: 'Top' },
        ),
    })
    const owner = self()
    spawn(async () => {
      Registry.register('Users', 'joe', 'busy')
      send(owner, atom('ready'))
      await receive()
    })
    await receive()
  })
}, 60_000)
afterAll(async () => {
  await kate?.node.run(() => Application.stopAll())
  await meeting?.[Symbol.asyncDispose]()
})

const DEFINITIONS = `
  call = fn node, m, f, a ->
    try do
      :erpc.call(node, m, f, a)
    catch
      :error, {:exception, reason, _} -> {:error, reason}
      :exit, {:exception, reason} -> {:exit, reason}
    end
  end
  kate = fn m, f, a -> call.(:kate@localhost, m, f, a) end
  real = fn m, f, a -> call.(:real@localhost, m, f, a) end
  _ = {kate, real}
`

const evaluate = (code: string): Promise<string> => alex.evaluate(DEFINITIONS + code)

test.each([
  [':erlang, :whereis, [:nobody]'],
  [':erlang, :whereis, ["nobody"]'],
  [':erlang, :whereis, [:rex] ', 'is_pid'],
  [':erlang, :register, [:nobody, :nobody]'],
  [':erlang, :unregister, [:nobody]'],
  [':erlang, :nodes, [:colour]'],
  [':erlang, :nodes, [[]]'],
  [':erlang, :is_alive, []'],
  [':erlang, :system_info, [:colour]'],
  [':erlang, :system_info, [:wordsize]'],
  [':erlang, :system_info, [{:wordsize, :internal}]'],
  [':erlang, :system_info, [:endian]'],
  [':erlang, :system_info, [:logical_processors]'],
  [':erlang, :statistics, [:colour]'],
  [':erlang, :statistics, [:scheduler_wall_time]'],
  [':erlang, :memory, [:colour]'],
  [':erlang, :memory, [[]]'],
  [':erlang, :binary_to_term, [:erlang.term_to_binary({1, "a", [:b]})]'],
  [':erlang, :binary_to_term, ["x"]'],
  [':erlang, :term_to_binary, [{1, "a", [2.5]}]'],
  [':erlang, :exit, [:oops]'],
  [':erlang, :link, [1]'],
  [':erlang, :monitor, [:process, 1]'],
  [':erlang, :send, [1, :hi]'],
  [':erlang, :process_info, [1]'],
  [':erlang, :nope, [1]'],
  [':erlang, :module_loaded, [:nope]'],
  [':lists, :reverse, [[1, 2]]'],
  [':maps, :keys, [%{a: 1}]'],
  [':net_kernel, :longnames, []'],
  [':net_kernel, :get_net_ticktime, []'],
  [':net_kernel, :connect_node, [:alex@localhost]'],
  [':net_kernel, :connect_node, [:nobody@localhost]'],
  [':net_kernel, :monitor_nodes, [true]'],
  [':net_kernel, :monitor_nodes, [:yes]'],
  [':net_kernel, :monitor_nodes, [true, [:colour]]'],
  [':net_kernel, :node_info, [:nobody@localhost]'],
  [':net_adm, :ping, [:alex@localhost]'],
  [':net_adm, :ping, [:nobody@localhost]'],
  [':init, :get_status, []'],
  [':code, :which, [:nope]'],
  [':code, :is_loaded, [:nope]'],
  [':code, :ensure_loaded, [:nope]'],
  [':code, :get_object_code, [:nope]'],
  [':code, :lib_dir, [:nope]'],
  [':code, :priv_dir, [:nope]'],
  [':application, :get_env, [:nope, :key]'],
  [':application, :get_env, [:nope, :key, 3]'],
  [':application, :get_key, [:nope, :vsn]'],
  [':application, :stop, [:nope]'],
  ['Application, :get_env, [:nope, :key, 3]'],
  ['Application, :fetch_env, [:nope, :key]'],
  ['Application, :spec, [:nope]'],
  ['Code, :ensure_loaded?, [Nope]'],
  ['Node, :self, [] ', 'is_atom'],
  ['Node, :alive?, []'],
  ['Node, :ping, [:alex@localhost]'],
  ['Process, :whereis, [:nobody]'],
  ['Process, :whereis, [:nobody]'],
  ['GenServer, :call, [:nobody, :x]'],
  ['GenServer, :whereis, [:nobody]'],
  [':gen_server, :call, [:nobody, :x, 100]'],
  [':supervisor, :which_children, [:nobody]'],
  [':sys, :get_state, [:nobody]'],
  [':sys, :get_state, [:nobody, 100]'],
  [':sys, :suspend, [:nobody]'],
  [':rpc, :call, [:alex@localhost, :erlang, :node, []]'],
  [':erpc, :call, [:alex@localhost, :erlang, :node, []]'],
])('%s is as on a real node', async (call, test = '') => {
  const shown =
    test === '' ? (node: string) => `${node}.(${call})` : (node: string) => `${test}(${node}.(${call}))`
  const [ours, theirs] = await Promise.all([evaluate(shown('kate')), evaluate(shown('real'))])
  expect(ours).toBe(theirs)
})

test('processes are found, sent to, linked, monitored and ended', async () => {
  const pid = await kate.node.run(() => {
    const name = atom('target')
    const process = currentKernel().create({ label: 'target' })
    process.handle((message) => {
      received.push(message)
    })
    currentKernel().register(process, name as never)
    return process.pid
  })
  const received: unknown[] = []
  expect(
    await evaluate(`
    pid = kate.(:erlang, :whereis, [:target])
    :hi = kate.(:erlang, :send, [:target, :hi])
    :ok = kate.(:erlang, :send, [pid, :there, []])
    ref = Process.monitor(pid)
    found = {pid in kate.(:erlang, :processes, []), :target in kate.(:erlang, :registered, []),
      pid in kate.(Process, :list, []), kate.(Process, :alive?, [pid]), kate.(Process, :info, [pid, :registered_name])}
    true = kate.(:erlang, :exit, [pid, :shutdown])
    receive do {:DOWN, ^ref, _, _, reason} -> {found, reason, kate.(Process, :info, [pid]), kate.(Process, :alive?, [pid])} end`),
  ).toBe('{{true, true, true, true, {:registered_name, :target}}, :shutdown, nil, false}')
  expect(received).toEqual([atom('hi'), atom('there')])
  expect(kate.node.kernel.process(pid)).toBeUndefined()
})

test('the node describes itself', async () => {
  const [list, known] = (
    await evaluate(
      '{kate.(Node, :list, [:this]), Enum.sort(kate.(:erlang, :nodes, [:known]))} |> Tuple.to_list() |> Enum.map(&inspect/1) |> Enum.join("|")',
    )
  )
    .replaceAll('"', '')
    .split('|')
  expect(list).toBe('[:kate@localhost]')
  expect(known).toContain(':alex@localhost')
  expect(known).toContain(':nonode@nohost')
  expect(await evaluate('List.to_string(kate.(:erlang, :system_info, [:system_version]))')).toContain('Moebi')
  expect(await evaluate('List.to_string(kate.(:erlang, :system_info, [:machine]))')).toBe('"Moebi"')
  expect(await evaluate('kate.(:erlang, :system_info, [:process_count]) > 3')).toBe('true')
  expect(await evaluate('m = kate.(:erlang, :memory, []); m[:total] == m[:processes] + m[:system]')).toBe(
    'true',
  )
  expect(await evaluate('{total, since} = kate.(:erlang, :statistics, [:wall_clock]); total >= since')).toBe(
    'true',
  )
  expect(await evaluate('kate.(:erlang, :statistics, [:reductions])')).toBe('{:error, :badarg}')
  expect(
    await evaluate('abs(kate.(:erlang, :system_time, [:second]) - System.system_time(:second)) < 60'),
  ).toBe('true')
  expect(
    await evaluate(
      '{mega, s, _} = kate.(:erlang, :timestamp, []); abs(mega * 1_000_000 + s - System.os_time(:second)) < 60',
    ),
  ).toBe('true')
  expect(
    await evaluate('kate.(:erlang, :unique_integer, []) != kate.(:erlang, :unique_integer, [[:positive]])'),
  ).toBe('true')
  expect(await evaluate('kate.(:net_kernel, :get_state, []).name')).toBe(':kate@localhost')
  expect(await evaluate('List.to_string(elem(kate.(:inet, :gethostname, []), 1))')).toBe(`"${hostname()}"`)
  expect(await evaluate('kate.(:erlang, :group_leader, []) |> node()')).toBe(':alex@localhost')
})

test('the cookie is not told, and the program is not ended', async () => {
  for (const call of [
    ':erlang, :get_cookie, []',
    'Node, :get_cookie, []',
    ':erlang, :halt, []',
    ':init, :stop, []',
    'System, :stop, [0]',
  ])
    expect(await evaluate(`{:error, {:not_allowed, text}} = kate.(${call}); text`), call).toMatch(
      /^"(get_cookie|halt): /,
    )
})

test('applications and modules are listed', async () => {
  expect(await evaluate('kate.(:application, :which_applications, [])')).toMatch(
    /^\[\{:chat, ('Chat of two', '1.2.3'|~c"Chat of two", ~c"1.2.3")\}\]$/,
  )
  expect(
    await evaluate(
      '{kate.(:application, :get_env, [:chat, :room]), kate.(Application, :spec, [:chat, :modules])}',
    ),
  ).toBe('{{:ok, "main"}, [Chat]}')
  expect(await evaluate('{kate.(:code, :is_loaded, [Chat]), kate.(Code, :ensure_loaded, [Chat])}')).toBe(
    '{{:file, :preloaded}, {:module, Chat}}',
  )
  expect(await evaluate('{kate.(Chat, :__info__, [:functions]), kate.(Chat, :module_info, [:module])}')).toBe(
    '{[say_name: 0], Chat}',
  )
})

test('servers, supervisors, registries, tasks and agents answer', async () => {
  expect(
    await evaluate('{kate.(GenServer, :call, [Counter, :bump]), kate.(:sys, :get_state, [Counter])}'),
  ).toBe('{11, 11}')
  expect(await evaluate('{kate.(:sys, :suspend, [Counter]), kate.(:sys, :resume, [Counter])}')).toBe(
    '{:ok, :ok}',
  )
  expect(
    await evaluate(
      '{:status, pid, {:module, :gen_server}, [_ | _]} = kate.(:sys, :get_status, [Counter]); is_pid(pid)',
    ),
  ).toBe('true')
  expect(
    await evaluate(
      '[{pid, "busy"}] = kate.(Registry, :lookup, [Users, "joe"]); {kate.(Registry, :keys, [Users, pid]), kate.(Registry, :count, [Users])}',
    ),
  ).toBe('{["joe"], 1}')
  expect(await evaluate('Enum.map(kate.(Supervisor, :which_children, [Top]), &elem(&1, 0))')).toContain(
    'Counter',
  )
  expect(
    await evaluate(
      '{kate.(Task.Supervisor, :children, [Tasks]), kate.(DynamicSupervisor, :count_children, [Dynamic]).active}',
    ),
  ).toBe('{[], 0}')
  expect(await evaluate('kate.(Agent, :get, [Memory, Kernel, :+, [1]])')).toBe('8')
  expect(
    await evaluate(
      '{kate.(Supervisor, :terminate_child, [Top, Counter]), elem(kate.(Supervisor, :restart_child, [Top, Counter]), 0), kate.(:sys, :get_state, [Counter])}',
    ),
  ).toBe('{:ok, :ok, 10}')
})

test('a process tells its first function, its ancestors, its callers and its label', async () => {
  const known = async (name: string): Promise<string> =>
    evaluate(
      `pid = kate.(Process, :whereis, [${name}]); {:proc_lib.translate_initial_call(pid), kate.(Process, :info, [pid, :initial_call])}`,
    )
  expect(await known('Top')).toBe(
    '{{:supervisor, Supervisor.Default, 1}, {:initial_call, {:proc_lib, :init_p, 5}}}',
  )
  expect(await known('Tasks')).toBe(
    '{{:supervisor, Task.Supervisor, 1}, {:initial_call, {:proc_lib, :init_p, 5}}}',
  )
  expect(await known('Counter')).toBe('{{GenServer, :init, 1}, {:initial_call, {:proc_lib, :init_p, 5}}}')
  // As Elixir's own tests of Task.Supervisor ask.
  expect(
    await evaluate(`
    task = Task.Supervisor.async({Tasks, :kate@localhost}, Process, :sleep, [60_000])
    {:dictionary, dictionary} = kate.(Process, :info, [task.pid, :dictionary])
    tasks = kate.(Process, :whereis, [Tasks])
    named = {:proc_lib.translate_initial_call(task.pid), :proc_lib.initial_call(task.pid), kate.(:proc_lib, :translate_initial_call, [task.pid])}
    family = {hd(dictionary[:"$ancestors"]) == Tasks, Top in dictionary[:"$ancestors"], dictionary[:"$callers"] == [self()]}
    _ = Task.shutdown(task, :brutal_kill)
    {named, family, is_pid(tasks)}`),
  ).toBe(
    '{{{Process, :sleep, 1}, {Process, :sleep, [:Argument__1]}, {Process, :sleep, 1}}, {true, true, true}, true}',
  )
  expect(
    await evaluate(`
    {:ok, pid} = Task.Supervisor.start_child({Tasks, :kate@localhost}, Process, :sleep, [60_000])
    named = :proc_lib.translate_initial_call(pid)
    :ok = kate.(Task.Supervisor, :terminate_child, [Tasks, pid])
    spawned = Node.spawn(:kate@localhost, Process, :sleep, [60_000])
    {named, :proc_lib.translate_initial_call(spawned), kate.(Process, :info, [spawned, :initial_call]), Process.exit(spawned, :kill)}`),
  ).toBe('{{Process, :sleep, 1}, {:proc_lib, :init_p, 5}, {:initial_call, {Process, :sleep, 1}}, true}')
  const pid = await kate.node.run(() => {
    const name = atom('labelled') as never
    currentKernel().register(currentKernel().process(self())!, name)
    Process.setLabel(atom('worker'))
    return evaluate(
      'kate.(Process, :info, [kate.(Process, :whereis, [:labelled]), [:label, {:dictionary, :"$process_label"}]])',
    )
  })
  expect(pid).toBe('[{:label, :worker}, {{:dictionary, :"$process_label"}, :worker}]')
})

test('a text as an exit reason is no word: "kill" kills no process', async () => {
  const { pid, seen } = await kate.node.run(() => {
    const seen: unknown[] = []
    const process = currentKernel().create({ label: 'trapping' })
    process.trapExit = true
    process.handle((message) => {
      seen.push((message as unknown as { elements: unknown[] }).elements[2])
    })
    currentKernel().register(process, atom('trapping') as never)
    currentKernel().modules.define('Relay', {
      exit: (pid: Pid, reason: Term) => Process.exit(pid, asReason(reason)),
    })
    return { pid: process.pid, seen }
  })
  expect(
    await evaluate(`
    pid = kate.(Process, :whereis, [:trapping])
    true = Process.exit(pid, "kill")
    true = kate.(Process, :exit, [pid, "kill"])
    true = kate.(:erlang, :exit, [pid, "kill"])
    true = kate.(Relay, :exit, [pid, "kill"])
    true = kate.(Relay, :exit, [pid, "normal"])
    kate.(Process, :alive?, [pid])`),
  ).toBe('true')
  expect(seen).toEqual(['kill', 'kill', 'kill', 'kill', 'normal'])
  expect(
    await evaluate(`
    pid = kate.(Process, :whereis, [:trapping])
    ref = Process.monitor(pid)
    true = kate.(Relay, :exit, [pid, :kill])
    receive do {:DOWN, ^ref, _, _, reason} -> reason end`),
  ).toBe(':killed')
  expect(kate.node.kernel.process(pid)).toBeUndefined()
  expect(
    await evaluate(`
    counter = kate.(Process, :whereis, [Counter])
    ref = Process.monitor(counter)
    :ok = kate.(GenServer, :stop, [counter, "shutdown"])
    receive do {:DOWN, ^ref, _, _, reason} -> reason end`),
  ).toBe('"shutdown"')
})

test('a module of Erlang takes more functions, and no second definition', async () => {
  await kate.node.run(() =>
    Application.start({ name: 'greeter', modules: { ':erlang': { greet: () => 'hello' } } }),
  )
  expect(await evaluate('kate.(:erlang, :greet, [])')).toBe('"hello"')
  expect(await evaluate('kate.(:erlang, :apply, [&Chat.say_name/0, []])')).toBe('"Kate"')
  for (const name of ['apply', 'whereis'])
    await expect(
      kate.node.run(() => Application.start({ name: 'thief', modules: { ':erlang': { [name]: () => 1 } } })),
    ).rejects.toThrow(
      new RegExp(`:erlang.${name} is defined twice: by this node .* and by the application thief`),
    )
})
