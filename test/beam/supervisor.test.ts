import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import {
  Agent,
  atom,
  DynamicSupervisor,
  type ExitError,
  erpc,
  GenServer,
  inspect,
  Logger,
  ok,
  type Pid,
  Process,
  type Report,
  reply,
  Supervisor,
  type Term,
  tuple,
} from '../../src/index.ts'
import { chardataToText } from '../../src/io/index.ts'
import type { BeamNode } from '../support/beam.ts'
import type { TestNode } from '../support/cluster.ts'
import { eventually } from '../support/eventually.ts'
import { Meeting } from './node-meeting.ts'

let meeting: Meeting
let alex: TestNode
let kate: BeamNode

const Counter = GenServer.define({ init: (n: number) => n, call: { read: (n) => reply(n, n) } })
const Counters = {
  startLink: (n: number) => Counter.startLink(n),
  startWith: async (n: number) => tuple(ok, await Counter.startLink(n), 'more'),
  refuse: () => {
    throw new Error('no disk')
  },
  plus: (n: number, by: number) => n + by,
  double: (n: number) => n * 2,
}

beforeAll(async () => {
  meeting = await Meeting.start()
  alex = await meeting.moebi('alex')
  kate = await meeting.elixir('kate')
  alex.node.kernel.modules.define('Counters', Counters)
  await kate.evaluate(`
    defmodule Counters do
      use GenServer
      def start_link(n), do: GenServer.start_link(__MODULE__, n)
      def start_with(n), do: with({:ok, pid} <- start_link(n), do: {:ok, pid, "more"})
      def init(n), do: {:ok, n}
      def handle_call(:read, _from, n), do: {:reply, n, n}
      def plus(n, by), do: n + by
      def double(n), do: n * 2
      def zero, do: 0
    end
    defmodule Keep do
      def start(fun), do: (me = self(); pid = spawn(fn -> send(me, {:started, fun.()}); Process.sleep(:infinity) end); receive do {:started, x} -> {pid, x} end)
    end`)
  await kate.evaluate('Node.connect(:alex@localhost)')
}, 60_000)

afterEach(async () => {
  await meeting.check()
  meeting.expectedLog.length = 0
})
afterAll(() => meeting?.[Symbol.asyncDispose]())

test('a supervisor on Moebi serves the requests of a real node', async () => {
  await alex.node.run(() =>
    Supervisor.start(
      [Counter.child(1, { id: 'one' }), Supervisor.child([], { id: 'two', strategy: 'one_for_one' })],
      {
        strategy: 'one_for_one',
        name: 'Sup',
      },
    ),
  )
  const ask = (call: string): Promise<string> => kate.evaluate(call.replace('@', '{Sup, :"alex@localhost"}'))
  expect(await ask('Enum.sort(Supervisor.count_children(@))')).toBe(
    '[active: 2, specs: 2, supervisors: 1, workers: 1]',
  )
  expect(
    await ask('for {id, pid, type, mods} <- Supervisor.which_children(@), do: {id, node(pid), type, mods}'),
  ).toBe('[{:two, :alex@localhost, :supervisor, []}, {:one, :alex@localhost, :worker, []}]')
  expect(await ask('Supervisor.delete_child(@, :one)')).toBe('{:error, :running}')
  expect(await ask('Supervisor.restart_child(@, :one)')).toBe('{:error, :running}')
  expect(await ask('Supervisor.terminate_child(@, :one)')).toBe(':ok')
  expect(await ask('Supervisor.terminate_child(@, :three)')).toBe('{:error, :not_found}')
  expect(
    await ask('(with {:ok, pid} <- Supervisor.restart_child(@, :one), do: GenServer.call(pid, :read))'),
  ).toBe('1')
  expect(
    await ask('(Supervisor.terminate_child(@, :one); Supervisor.delete_child({Sup, :alex@localhost}, :one))'),
  ).toBe(':ok')
  expect(
    await ask(
      '(with {:ok, pid} <- Supervisor.start_child(@, %{id: :three, start: {Counters, :start_link, [3]}}), do: GenServer.call(pid, :read))',
    ),
  ).toBe('3')
  expect(
    await ask('Supervisor.start_child(@, %{id: :four, start: {Counters, :start_link, [3]}, restart: :no})'),
  ).toBe('{:error, {:invalid_restart_type, :no}}')
  // OTP's child record of the failed start, and the stack trace of the TypeScript source.
  expect(await ask('Supervisor.start_child(@, %{id: :four, start: {Counters, :refuse, []}})')).toMatch(
    /^\{:error, \{\{:EXIT, \{%RuntimeError\{message: "no disk"\}, .*\{:child, :undefined, :four, \{Counters, :refuse, \[\]\}, :permanent, false, 5000, :worker, \[Counters\]\}\}\}$/s,
  )
  expect(await ask('(with {:ok, spec} <- :supervisor.get_childspec(@, :three), do: Enum.sort(spec))')).toBe(
    '[id: :three, modules: [Counters], restart: :permanent, shutdown: 5000, significant: false, start: {Counters, :start_link, [3]}, type: :worker]',
  )
})

test('a supervisor on a real node serves the requests of Moebi', async () => {
  await kate.evaluate(
    'Keep.start(fn -> Supervisor.start_link([Supervisor.child_spec({Counters, 1}, id: :one)], strategy: :one_for_one, name: Theirs) end)',
  )
  await alex.node.run(async () => {
    const sup = { name: 'Theirs', node: 'kate@localhost' }
    const reason = (asked: Promise<unknown>): Promise<string> =>
      asked.then(
        () => 'done',
        (error: ExitError) => inspect(error.reason),
      )
    expect(await Supervisor.countChildren(sup)).toEqual({ specs: 1, active: 1, supervisors: 0, workers: 1 })
    const [child] = await Supervisor.whichChildren(sup)
    expect(child).toMatchObject({ id: atom('one'), type: 'worker' })
    expect(await GenServer.call(child!.pid as Pid, atom('read'))).toBe(1)
    expect(await reason(Supervisor.deleteChild(sup, 'one'))).toBe(':running')
    await expect(Supervisor.restartChild(sup, 'one')).rejects.toThrow(
      'could not restart the child :one of Theirs on kate@localhost: it is running. End it first: Supervisor.terminateChild().',
    )
    expect(await Supervisor.terminateChild(sup, 'one')).toBe(true)
    expect(await Supervisor.terminateChild(sup, 'two')).toBe(false)
    expect(await GenServer.call(await Supervisor.restartChild(sup, 'one'), atom('read'))).toBe(1)
    await Supervisor.terminateChild(sup, 'one')
    await Supervisor.deleteChild(sup, 'one')
    const spec = {
      id: 'three',
      start: ['Counters', 'start_link', [3]] as const,
      restart: 'transient' as const,
    }
    expect(await GenServer.call(await Supervisor.startChild(sup, spec), atom('read'))).toBe(3)
    expect(await reason(Supervisor.startChild(sup, spec))).toMatch(/^\{:already_started, #PID</)
    expect(
      await reason(Supervisor.startChild(sup, { ...spec, id: 'x', start: ['Counters', 'nothing', []] })),
    ).toMatch(/^\{:EXIT,\s+\{:undef/)
    await expect(async () => Supervisor.startChild(sup, Counter.child(1))).rejects.toThrow(
      /does not have its start function/,
    )
  })
})

test('dynamic supervisors of both nodes start and terminate children for the other node', async () => {
  await alex.node.run(() => DynamicSupervisor.start({ name: 'Ours', maxChildren: 1, extraArguments: [7] }))
  const ours = '{Ours, :alex@localhost}'
  const spec = '%{id: :any, start: {Counters, :start_link, []}, restart: :temporary}'
  expect(
    await kate.evaluate(`
      {:ok, pid} = DynamicSupervisor.start_child(${ours}, ${spec})
      {GenServer.call(pid, :read), DynamicSupervisor.start_child(${ours}, ${spec}), Enum.sort(DynamicSupervisor.count_children(${ours})),
       [{:undefined, pid, :worker, [Counters]}] == DynamicSupervisor.which_children(${ours}),
       DynamicSupervisor.terminate_child(${ours}, pid), DynamicSupervisor.terminate_child(${ours}, pid)}`),
  ).toBe(
    '{7, {:error, :max_children}, [active: 1, specs: 1, supervisors: 0, workers: 1], true, :ok, {:error, :not_found}}',
  )
  await kate.evaluate(
    'Keep.start(fn -> DynamicSupervisor.start_link(strategy: :one_for_one, name: TheirDynamic, max_children: 1) end)',
  )
  await alex.node.run(async () => {
    const theirs = { name: 'TheirDynamic', node: 'kate@localhost' }
    const pid = await DynamicSupervisor.startChild(theirs, { start: ['Counters', 'start_link', [9]] })
    expect(await GenServer.call(pid, atom('read'))).toBe(9)
    await expect(
      DynamicSupervisor.startChild(theirs, { start: ['Counters', 'start_link', [9]] }),
    ).rejects.toThrow(/maxChildren/)
    expect((await DynamicSupervisor.whichChildren(theirs)).map((child) => child.pid)).toEqual([pid])
    expect(await DynamicSupervisor.terminateChild(theirs, pid)).toBe(true)
    expect((await DynamicSupervisor.countChildren(theirs)).active).toBe(0)
    await DynamicSupervisor.stop(theirs)
  })
})

test('the additional info of a child start reaches the caller, from both sides', async () => {
  await alex.node.run(async () => {
    await Supervisor.start([], { strategy: 'one_for_one', name: 'Telling' })
    await DynamicSupervisor.start({ name: 'TellingDynamic' })
  })
  await kate.evaluate(
    'Keep.start(fn -> Supervisor.start_link([], strategy: :one_for_one, name: Telling); DynamicSupervisor.start_link(strategy: :one_for_one, name: TellingDynamic) end)',
  )
  const spec = '%{id: :one, start: {Counters, :start_with, [1]}}'
  for (const node of ['alex', 'kate']) {
    const [sup, dynamic] = [`{Telling, :${node}@localhost}`, `{TellingDynamic, :${node}@localhost}`]
    expect(
      await kate.evaluate(`
        {:ok, a, i} = Supervisor.start_child(${sup}, ${spec})
        :ok = Supervisor.terminate_child(${sup}, :one)
        {:ok, b, j} = Supervisor.restart_child(${sup}, :one)
        {:ok, c, k} = DynamicSupervisor.start_child(${dynamic}, ${spec})
        {for(p <- [a, b, c], do: is_pid(p)), [i, j, k]}`),
    ).toBe('{[true, true, true], ["more", "more", "more"]}')
    await alex.node.run(async () => {
      const at = (name: string) => ({ name, node: `${node}@localhost` })
      const start = ['Counters', 'start_with', [2]] as const
      const told = await Supervisor.startChild(at('Telling'), { id: 'two', start }, { info: true })
      expect(told.info).toBe('more')
      expect(await GenServer.call(told.pid, atom('read'))).toBe(2)
      const { info } = await DynamicSupervisor.startChild(at('TellingDynamic'), { start }, { info: true })
      expect(info).toBe('more')
    })
  }
})

test('Moebi sends no child spec to a real dynamic supervisor that would crash it', async () => {
  await kate.evaluate(
    'Keep.start(fn -> DynamicSupervisor.start_link(strategy: :one_for_one, name: Fragile) end)',
  )
  await alex.node.run(async () => {
    const fragile = { name: 'Fragile', node: 'kate@localhost' }
    const pid = await DynamicSupervisor.startChild(fragile, { start: ['Counters', 'start_link', [1]] })
    for (const spec of [
      {},
      { start: ['Counters'] },
      { start: ['Counters', 'start_link', [1]], restart: 'no' },
    ])
      await expect(DynamicSupervisor.startChild(fragile, spec as never)).rejects.toThrow(
        /^bad child specification/,
      )
    expect((await DynamicSupervisor.whichChildren(fragile)).map((child) => child.pid)).toEqual([pid])
    await DynamicSupervisor.stop(fragile)
  })
})

test('a code change of a supervisor, a dynamic supervisor and an agent has the same effects on both nodes', async () => {
  await alex.node.run(async () => {
    const child = (id: string) => ({ id, start: ['Counters', 'start_link', [1]] as const })
    await Supervisor.start(['a', 'b', 'c'].map(child), { strategy: 'one_for_one', name: 'New.Tree' })
    await DynamicSupervisor.start({ name: 'New.Dynamic', maxChildren: 1 })
    await Agent.start(() => 21, { name: 'New.Agent' })
  })
  await kate.evaluate(`
    Keep.start(fn ->
      children = for id <- [:a, :b, :c], do: Supervisor.child_spec({Counters, 1}, id: id)
      Supervisor.start_link(children, strategy: :one_for_one, name: New.Tree)
      DynamicSupervisor.start_link(strategy: :one_for_one, max_children: 1, name: New.Dynamic)
      Agent.start_link(fn -> 21 end, name: New.Agent)
    end)`)
  const told = (node: string): Promise<string> =>
    kate.evaluate(`
      at = fn name -> {name, :${node}@localhost} end
      change = fn server, extra ->
        :ok = :sys.suspend(server)
        answer = :sys.change_code(server, Whatever, "vsn", extra)
        :ok = :sys.resume(server)
        answer
      end
      tree = at.(New.Tree)
      {:ok, _} = Supervisor.start_child(tree, %{id: :d, start: {Counters, :start_link, [1]}})
      :ok = Supervisor.terminate_child(tree, :b)
      :ok = Supervisor.delete_child(tree, :b)
      first = change.(tree, [])
      after_it = for {id, pid, _, _} <- Supervisor.which_children(tree), do: {id, is_pid(pid)}
      {:ok, _} = Supervisor.restart_child(tree, :b)
      dynamic = at.(New.Dynamic)
      spec = %{id: :any, start: {Counters, :start_link, [1]}}
      {:ok, _} = DynamicSupervisor.start_child(dynamic, spec)
      second = change.(dynamic, [])
      agent = at.(New.Agent)
      third = change.(agent, {Counters, :double, []})
      fourth = change.(agent, {Counters, :nothing, []})
      {first, after_it, Enum.sort(Supervisor.count_children(tree)),
       second, DynamicSupervisor.start_child(dynamic, spec), DynamicSupervisor.count_children(dynamic)[:active],
       third, match?({:error, {:EXIT, {:undef, _}}}, fourth),
       Agent.get(agent, Counters, :plus, [0]), :sys.change_code(tree, Whatever, 1, [])}`)
  const ours = await told('alex')
  expect(ours).toBe(await told('kate'))
  expect(ours).toBe(
    '{:ok, [d: true, c: true, b: false, a: true], [active: 4, specs: 4, supervisors: 0, workers: 4], :ok, {:error, :max_children}, 1, :ok, true, 42, {:error, {:unknown_system_msg, {:change_code, Whatever, 1, []}}}}',
  )
})

test('agents on both nodes are read and updated by named functions', async () => {
  await alex.node.run(() => Agent.start(() => 1, { name: 'Ours.Agent' }))
  expect(
    await kate.evaluate(`
      agent = {Ours.Agent, :alex@localhost}
      {Agent.update(agent, Counters, :plus, [4]), Agent.cast(agent, Counters, :plus, [5]), Agent.get(agent, Counters, :plus, [0])}`),
  ).toBe('{:ok, :ok, 10}')
  await kate.evaluate('Keep.start(fn -> Agent.start_link(Counters, :zero, [], name: TheirAgent) end)')
  await alex.node.run(async () => {
    const theirs = { name: 'TheirAgent', node: 'kate@localhost' }
    await Agent.update(theirs, 'Counters', 'plus', [2])
    // The exported function is recognised by identity and sent as Counters.double.
    expect(await Agent.get(theirs, Counters.double)).toBe(4)
    await expect(Agent.get(theirs, (n: number) => n)).rejects.toThrow(/it is not exported by any module/)
    await Agent.stop(theirs)
  })
})

test('the reports of a supervisor are sent to the node of its group leader, as reports of OTP', async () => {
  alex.node.kernel.modules.define('Trees', {
    grow: async () => {
      const sup = await Supervisor.start([{ id: 'one', start: ['Counters', 'start_link', [1]] }], {
        strategy: 'one_for_one',
      })
      const [child] = await Supervisor.whichChildren(sup)
      Process.exit(child!.pid as Pid, atom('boom'))
    },
  })
  // An Erlang node, since the reports that Elixir's Logger leaves out depend on its version.
  const john = await meeting.elixir('john', { kind: 'erl' })
  await john.evaluate("spawn('alex@localhost', 'Elixir.Trees', grow, [])")
  await eventually('the report', async () =>
    (await john.log()).some((line) => line.includes('child_terminated')),
  )
  // The text that supervisor:format_log of a real node makes.
  meeting.expectedLog.push(
    /Supervisor: \{<\d+\.\d+\.0>,'Elixir\.Supervisor\.Default'\}\. Context: child_terminated\. Reason: boom\. Offender: id=one,pid=<\d+\.\d+\.0>\./,
  )
})

test('a progress report of a started child can be formatted by a real node', async () => {
  const told: Report[] = []
  const remove = Logger.addHandler((report) => told.push(report), { progress: true })
  const formatted = await alex.node.run(async () => {
    const sup = await Supervisor.start([{ id: 'one', start: ['Counters', 'start_link', [1]] }], {
      strategy: 'one_for_one',
    })
    remove()
    await GenServer.stop(sup)
    return erpc.call('kate@localhost', ':supervisor', 'format_log', [told[0]!.event as Term])
  })
  expect(told).toHaveLength(1)
  const [format, args] = (formatted as { elements: readonly Term[] }).elements
  expect(chardataToText(format)).toMatch(/supervisor: .*started: /s)
  expect(inspect(args, { pretty: false })).toMatch(/\{#PID<[^>]+>, Supervisor\.Default\}.* id: :one,/)
})
