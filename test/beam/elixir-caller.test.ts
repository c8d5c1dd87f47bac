import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { Supervisor, Task } from '../../src/gen/index.ts'
import { IO } from '../../src/io/index.ts'
import type { Kernel } from '../../src/process/index.ts'
import { atom } from '../../src/term/index.ts'
import { Counter } from '../gen/counter.ts'
import { heldBy } from '../gen/office.ts'
import * as Work from '../gen/work.ts'
import type { BeamNode } from '../support/beam.ts'
import type { TestNode } from '../support/cluster.ts'
import { eventually } from '../support/eventually.ts'
import { inProcess } from '../support/processes.ts'
import { Meeting } from './node-meeting.ts'

// Elixir's own GenServer, Task and Task.Supervisor are the clients; those of Moebi are the servers.

let meeting: Meeting
let alex: TestNode
let kernel: Kernel
let kate: BeamNode

beforeAll(async () => {
  meeting = await Meeting.start()
  alex = await meeting.moebi('alex')
  kernel = alex.node.kernel
  kernel.modules.define('Work', { ...Work, say: (text: string) => IO.puts(text) })
  kate = await meeting.elixir('kate')
  await inProcess(kernel, () =>
    Supervisor.start([Counter.child(0, { name: 'Counter' }), Task.Supervisor.child({ name: 'Tasks' })], {
      strategy: 'one_for_one',
      name: 'Top',
      maxRestarts: 100,
    }),
  )
  await inProcess(kernel, () => Task.Supervisor.start({ name: 'Full', maxChildren: 1 }))
  await kate.evaluate('true = Node.connect(:alex@localhost)')
}, 60_000)
beforeEach(async () => {
  await eventually('the counter', () => kernel.whereis(atom('Elixir.Counter') as never))
  await eventually('the tasks to end', async () => (await elixir('Task.Supervisor.children(tasks)')) === '[]')
})
afterAll(async () => {
  await using _ = meeting
  // No process of the real node waits for an answer, and crashes on Moebi are logged on Moebi.
  await meeting?.check()
})

const prelude =
  'counter = {Counter, :alex@localhost}; tasks = {Tasks, :alex@localhost}; _ = counter; _ = tasks; '

/** Returns what Elixir prints for some code, without the numbers of identifiers. */
const elixir = async (code: string): Promise<string> =>
  (await kate.evaluate(prelude + code))
    .replaceAll(/#PID<0\.[\d.]+>/g, '#PID<own>')
    .replaceAll(/#PID<[\d.]+>/g, '#PID<other>')
    .replaceAll(/#Reference<[\d.]+>/g, '#Reference<…>')

/** Returns the lines of Elixir's message for an exit. */
const sentence = async (code: string): Promise<string[]> => {
  const said = await elixir(
    `try do ${code} catch :exit, reason -> {:said, Exception.format_exit(reason)} end |> elem(1) |> String.split("\\n")`,
  )
  return JSON.parse(said) as string[]
}

test('calls, casts and messages of Elixir reach a server on Moebi, by name and by pid', async () => {
  expect(await elixir('GenServer.call(counter, {:add, 2})')).toBe('2')
  expect(await elixir('GenServer.cast(counter, {:add_later, 3}); GenServer.call(counter, :get)')).toBe('5')
  expect(await elixir('GenServer.call(GenServer.call(counter, :pid), :get)')).toBe('5')
  expect(await elixir('send(counter, {:set, 40}); GenServer.call(counter, {:add, 2})')).toBe('42')
  expect(await elixir('GenServer.abcast([:alex@localhost], Counter, :clear)')).toBe(':abcast')
  expect(await elixir('GenServer.call(counter, :get)')).toBe('0')
  expect(await elixir('GenServer.multi_call([:alex@localhost, :kate@localhost], Counter, :get)')).toBe(
    '{[alex@localhost: 0], [:kate@localhost]}',
  )
  expect(
    await elixir('id = :gen_server.send_request(counter, {:add, 1}); :gen_server.receive_response(id, 5000)'),
  ).toBe('{:reply, 1}')
  expect(await elixir('GenServer.whereis(counter)')).toBe('{Counter, :alex@localhost}')
})

test('a server on Moebi defers its reply, which another process sends later', async () => {
  expect(
    await elixir(`
      waiting = for _ <- 1..2, do: Task.async(fn -> GenServer.call(counter, :wait) end)
      Enum.find(Stream.repeatedly(fn -> Process.sleep(5); GenServer.call(counter, :waiting) end), &(&1 == 2))
      {GenServer.call(counter, {:open, "go"}), Task.await_many(waiting)}`),
  ).toBe('{2, ["go", "go"]}')
})

test('a call with a timeout and a call of an unknown name fail in the words of Elixir', async () => {
  expect(await sentence('GenServer.call(counter, {:slowly, 50}, 10)')).toEqual([
    'exited in: GenServer.call({Counter, :alex@localhost}, {:slowly, 50}, 10)',
    '    ** (EXIT) time out',
  ])
  // The late reply is dropped.
  expect(
    await elixir(
      'catch_exit = try do GenServer.call(counter, {:slowly, 20}, 1) catch :exit, _ -> :late end; GenServer.call(counter, :get); {catch_exit, Process.info(self(), :messages)}',
    ),
  ).toBe('{:late, {:messages, []}}')
  expect((await sentence('GenServer.call({Nobody, :alex@localhost}, :x)'))[1]).toMatch(
    /^ {4}\*\* \(EXIT\) no process: the process is not alive or/,
  )
})

test('a crash of a server on Moebi is an exit of its callers, with the position in the TypeScript source', async () => {
  const said = await sentence('GenServer.call(counter, :crash)')
  expect(said.slice(0, 3)).toEqual([
    'exited in: GenServer.call({Counter, :alex@localhost}, :crash, 5000)',
    '    ** (EXIT) an exception was raised:',
    '        ** (RuntimeError) oops',
  ])
  expect(said[3]).toMatch(/test\/gen\/counter\.ts:\d+: /)
})

test('a server on Moebi replies and stops, and Elixir stops one', async () => {
  expect(
    await elixir(
      'ref = Process.monitor(counter); {GenServer.call(counter, {:quit, :normal}), receive do {:DOWN, ^ref, _, _, why} -> why end}',
    ),
  ).toBe('{"bye", :normal}')
  await eventually('the next counter', () => kernel.whereis(atom('Elixir.Counter') as never))
  expect(await elixir('GenServer.stop(counter)')).toBe(':ok')
})

test('tasks under a task supervisor of Moebi return their results, on both nodes', async () => {
  expect(await elixir('Task.Supervisor.async(tasks, Work, :double, [21]) |> Task.await()')).toBe('42')
  expect(await elixir('Task.Supervisor.async_nolink(tasks, Work, :slowly, [5, "x"]) |> Task.await()')).toBe(
    '"x"',
  )
  expect(
    await elixir(
      'for(n <- 1..100, do: Task.Supervisor.async(tasks, Work, :double, [n])) |> Task.await_many() |> Enum.sum()',
    ),
  ).toBe('10100')
  expect(
    await elixir(
      't = Task.Supervisor.async(tasks, Work, :slowly, [50, "x"]); {Task.yield(t, 1), Task.yield(t, 5000)}',
    ),
  ).toBe('{nil, {:ok, "x"}}')
  expect(
    await elixir('Task.Supervisor.async(tasks, Work, :callers, []) |> Task.await() |> Kernel.==([self()])'),
  ).toBe('true')
})

test('the output of a task appears on the node of its supervisor, which is Moebi', async () => {
  expect(await elixir('Task.Supervisor.async(tasks, Work, :say, ["hi"]) |> Task.await()')).toBe(':ok')
  expect(alex.screen.text).toContain('hi\n')
})

test('async_stream runs under a task supervisor of Moebi', async () => {
  expect(await elixir('Task.Supervisor.async_stream(tasks, 1..5, Work, :double, []) |> Enum.to_list()')).toBe(
    '[ok: 2, ok: 4, ok: 6, ok: 8, ok: 10]',
  )
  expect(
    await elixir('Task.Supervisor.async_stream_nolink(tasks, [:a], Work, :leave, []) |> Enum.to_list()'),
  ).toBe('[exit: :a]')
  expect(
    await elixir(
      'Task.Supervisor.async_stream(tasks, [60_000], Work, :slowly, ["x"], timeout: 5, on_timeout: :kill_task) |> Enum.to_list()',
    ),
  ).toBe('[exit: :timeout]')
})

// The promises that Elixir's own tests of Task.Supervisor check, with a supervisor of Moebi.

test('a task is known by its function, its caller and its supervisor, and leaves no link and no message', async () => {
  expect(
    await elixir(`
      t = Task.Supervisor.async(tasks, Work, :stubborn, [self()])
      receive do :ready -> :ok end
      sup = :erpc.call(:alex@localhost, :erlang, :whereis, [Tasks])
      {:dictionary, words} = :erpc.call(:alex@localhost, :erlang, :process_info, [t.pid, :dictionary])
      {:links, links} = Process.info(self(), :links)
      known = {
        Task.Supervisor.children(tasks) == [t.pid],
        :proc_lib.translate_initial_call(t.pid),
        words[:"$callers"] == [self()],
        hd(words[:"$ancestors"]) in [sup, Tasks],
        t.pid in links
      }
      {known, Task.shutdown(t, :brutal_kill), Process.info(self(), :links) == {:links, links -- [t.pid]}, Process.info(self(), :messages)}`),
  ).toBe('{{true, {Work, :stubborn, 1}, true, true, true}, nil, true, {:messages, []}}')
})

test('streams keep the order of their input, report exits with it, and leave no message or link when they end early', async () => {
  const stream = (input: string, work: string, options: string, take = 'Enum.to_list()') =>
    elixir(`
      Process.flag(:trap_exit, true)
      {:links, links} = Process.info(self(), :links)
      values = Task.Supervisor.async_stream(tasks, ${input}, Work, ${work}, ${options}) |> ${take}
      {values, Process.info(self(), :links) == {:links, links}, Process.info(self(), :messages)}`)
  const clean = (values: string) => `{${values}, true, {:messages, []}}`
  expect(await stream('[60, 40, 20, 1]', ':slowly, [:x]', '[]')).toBe(
    clean('[ok: :x, ok: :x, ok: :x, ok: :x]'),
  )
  expect(await stream('[0, 60_000, 60_000]', ':slowly, [:x]', '[]', 'Enum.take(1)')).toBe(clean('[ok: :x]'))
  expect(await stream('[:a, :b, :c]', ':leave, []', '[max_concurrency: 2]')).toBe(
    clean('[exit: :a, exit: :b, exit: :c]'),
  )
  expect(
    await stream(
      '[1, 60_000]',
      ':slowly, [:x]',
      '[zip_input_on_exit: true, on_timeout: :kill_task, timeout: 200]',
    ),
  ).toBe(clean('[ok: :x, exit: {60000, :timeout}]'))
})

test('a full task supervisor refuses a task, and a task that answers after the timeout of its caller sends no message', async () => {
  const full = '{Full, :alex@localhost}'
  for (const start of ['async', 'async_nolink'])
    expect(
      await elixir(`
        t = Task.Supervisor.async_nolink(${full}, Work, :slowly, [60_000, "x"])
        refused = try do Task.Supervisor.${start}(${full}, Work, :double, [1]) rescue e in RuntimeError -> e.message end
        {refused =~ "reached the maximum number of tasks", Task.shutdown(t, :brutal_kill)}`),
    ).toBe('{true, nil}')
  expect(
    await elixir(`
      t = Task.Supervisor.async(tasks, Work, :slowly, [50, "x"])
      left = try do Task.await(t, 0) catch :exit, {why, {Task, :await, [^t, 0]}} -> why end
      ref = Process.monitor(t.pid)
      receive do {:DOWN, ^ref, _, _, why} -> {left, why, Process.info(self(), :messages)} end`),
  ).toBe('{:timeout, :normal, {:messages, []}}')
})

test('a failed task reports the thrown error and its position, and ends the linked processes', async () => {
  const said = await sentence('Task.Supervisor.async_nolink(tasks, Work, :boom, [2]) |> Task.await()')
  expect(said.slice(0, 3)).toEqual([
    'exited in: Task.await(%Task{mfa: {Work, :boom, 1}, owner: #PID<own>, pid: #PID<other>, ref: #Reference<…>}, 5000)',
    '    ** (EXIT) an exception was raised:',
    '        ** (RuntimeError) boom 2',
  ])
  expect(said[3]).toMatch(/test\/gen\/work\.ts:\d+: /)
  expect(
    await elixir(`
      {_, ref} = spawn_monitor(fn -> Task.Supervisor.async(tasks, Work, :leave, [:because]) |> Task.await() end)
      receive do {:DOWN, ^ref, _, _, why} -> why end`),
  ).toBe(':because')
  expect(
    (await sentence('Task.Supervisor.async_nolink(tasks, Work, :nonsense, []) |> Task.await()'))[2],
  ).toMatch(
    /^ {8}\*\* \(UndefinedFunctionError\) function Work\.nonsense\/0 is undefined \(module Work is not available\)/,
  )
  expect(
    (await sentence('Task.Supervisor.async(tasks, Work, :slowly, [100, "x"]) |> Task.await(10)'))[1],
  ).toBe('    ** (EXIT) time out')
})

test('tasks under a task supervisor of Moebi are shut down as their shutdown option says', async () => {
  for (const how of ['', ', :brutal_kill'])
    expect(
      await elixir(`t = Task.Supervisor.async(tasks, Work, :slowly, [60_000, "x"]); Task.shutdown(t${how})`),
    ).toBe('nil')
  const ends = (option: string, work = 'stubborn') =>
    elixir(`
      t = Task.Supervisor.async_nolink(tasks, Work, :${work}, [self()], ${option})
      receive do :ready -> :ok end
      {Task.Supervisor.terminate_child(tasks, t.pid), Task.yield(t)}`)
  expect(await ends('shutdown: 5_000')).toBe('{:ok, {:exit, {:asked, :shutdown}}}')
  expect(await ends('shutdown: :brutal_kill')).toBe('{:ok, {:exit, :killed}}')
  expect(await ends('shutdown: 1', 'deaf')).toBe('{:ok, {:exit, :killed}}')
})

test('Elixir starts, lists, counts, restarts and terminates children of supervisors on Moebi', async () => {
  expect(
    await elixir(`
      {:ok, pid} = Task.Supervisor.start_child(tasks, Work, :stubborn, [self()])
      receive do :ready -> :ok end
      listed = Task.Supervisor.children(tasks) == [pid]
      counted = Supervisor.count_children(tasks)
      ended = Task.Supervisor.terminate_child(tasks, pid)
      {listed, Enum.sort(counted), ended, Task.Supervisor.terminate_child(tasks, pid)}`),
  ).toBe('{true, [active: 1, specs: 1, supervisors: 0, workers: 1], :ok, {:error, :not_found}}')
  expect(
    await elixir(`
      {:ok, pid} = Task.Supervisor.start_child(tasks, Work, :stubborn, [self()], restart: :permanent)
      receive do :ready -> :ok end
      Process.exit(pid, :kill)
      receive do :ready -> :ok end
      [again] = Task.Supervisor.children(tasks)
      {again == pid, Task.Supervisor.terminate_child(tasks, again)}`),
  ).toBe('{false, :ok}')
  expect(await elixir('Supervisor.which_children({Top, :alex@localhost}) |> Enum.map(&elem(&1, 0))')).toBe(
    '[Tasks, Counter]',
  )
})

test('tasks end with their owner, and no process remains on Moebi', async () => {
  const before = heldBy(kernel)
  expect(
    await elixir(`
      {pid, ref} = spawn_monitor(fn ->
        for _ <- 1..50, do: Task.Supervisor.async(tasks, Work, :slowly, [60_000, "x"])
        Process.sleep(:infinity)
      end)
      Enum.find(Stream.repeatedly(fn -> Process.sleep(5); length(Task.Supervisor.children(tasks)) end), &(&1 == 50))
      Process.exit(pid, :kill)
      receive do {:DOWN, ^ref, _, _, why} -> why end`),
  ).toBe(':killed')
  await eventually('the tasks to end', async () => (await elixir('Task.Supervisor.children(tasks)')) === '[]')
  await eventually('our node to be as before', () => {
    const { processes, monitors, links } = heldBy(kernel)
    return processes <= before.processes && monitors <= before.monitors && links <= before.links
  })
})
