import { afterAll, beforeAll, expect, test } from 'vitest'
// Loaded at the first fun of a program; vitest transforms it, which may take longer than a node waits.
import '../../src/erl-eval/code-loaders.ts'
import { serveFuns } from '../../src/erl-eval/index.ts'
import {
  _,
  Agent,
  apply,
  atom,
  type Fun,
  GenServer,
  on,
  type Pid,
  receive,
  reply,
  Supervisor,
  send,
  Task,
  type Term,
  tuple,
} from '../../src/index.ts'
import type { BeamNode } from '../support/beam.ts'
import type { TestNode } from '../support/cluster.ts'
import { Meeting } from './node-meeting.ts'

// Funs that were typed at an iex, in every place where one can be sent: the argument of a call, a request, a message, an answer.

let meeting: Meeting
let kate: TestNode
let alex: BeamNode

/** Elixir: evaluates the text of an expression that makes a fun, as a prompt does. */
const make = `make = fn source, bindings -> elem(Code.eval_string(source, bindings), 0) end`

/** A server that calls the fun in its request with its state. */
const Caller = GenServer.define({
  init: (start: Term) => start,
  call: {
    run: async (state, fun: Fun) => reply((await apply(fun, [state])) as Term, state),
    keep: (_state, fun: Fun) => reply(atom('kept'), fun),
    kept: (state) => reply(state, state),
  },
})

beforeAll(async () => {
  meeting = await Meeting.start()
  kate = await meeting.moebi('kate', { closures: serveFuns })
  alex = await meeting.elixir('alex')
  await alex.evaluate('true = Node.connect(:kate@localhost)')
  kate.node.kernel.modules.define('Kate', {
    // Calls the fun of each message, and sends its result.
    loop: async () => {
      for (;;)
        await receive(
          on(tuple(atom('run'), _.pid, _.fun, _.list), async ([, from, fun, args]) =>
            send(from as Pid, tuple(atom('result'), (await apply(fun as Fun, args)) as Term)),
          ),
        )
    },
  })
  await kate.node.run(() =>
    Supervisor.start(
      [
        Task.Supervisor.child({ name: 'Tasks' }),
        Caller.child(20, { name: 'Caller' }),
        Agent.child(() => 1, { name: 'Counter' }),
      ],
      { strategy: 'one_for_one' },
    ),
  )
}, 60_000)

afterAll(() => meeting?.[Symbol.asyncDispose]())

const evaluate = (code: string): Promise<string> => alex.evaluate(`${make}\n${code}`)

test('a fun in a message is called by the process that takes the message', async () => {
  expect(
    await evaluate(`
      pid = Node.spawn(:kate@localhost, Kate, :loop, [])
      run = fn fun, args -> send(pid, {:run, self(), fun, args}); receive do {:result, value} -> value after 5000 -> :none end end
      by = 10
      {run.(make.("fn -> node() end", []), []),
       run.(make.("fn a, b -> (a + b) * by end", by: by), [1, 2]),
       run.(make.("fn -> receive do :never -> 1 after 1 -> :waited end end", []), []),
       run.(&String.upcase/1, ["x"])}`),
  ).toBe('{:kate@localhost, 30, :waited, "X"}')
})

test('erpc and rpc call a fun, also with arguments, and on several nodes', async () => {
  expect(
    await evaluate(`
      fun = make.("fn -> {node(), x} end", x: 7)
      {:erpc.call(:kate@localhost, fun),
       :erpc.call(:kate@localhost, :erlang, :apply, [make.("fn a -> a * 2 end", []), [21]]),
       :erpc.multicall([:kate@localhost], fun),
       :rpc.call(:kate@localhost, :erlang, :apply, [fun, []]),
       :rpc.call(:kate@localhost, Kernel, :apply, [fun, []]),
       :erpc.receive_response(:erpc.send_request(:kate@localhost, fun), 5000)}`),
  ).toBe(
    '{{:kate@localhost, 7}, 42, [ok: {:kate@localhost, 7}], {:kate@localhost, 7}, {:kate@localhost, 7}, {:kate@localhost, 7}}',
  )
})

test('an error of a fun is thrown at the caller with its class and reason', async () => {
  expect(
    await evaluate(`
      outcome = fn source -> try do :erpc.call(:kate@localhost, make.(source, [])) catch
        :error, {:exception, reason, [_ | _]} -> {:error, reason}
        class, reason -> {class, reason} end end
      Enum.map(["fn -> 1 + :a end", "fn -> throw :x end", "fn -> exit :x end", "fn -> exit({:shutdown, 1}) end",
        "fn -> Process.exit(self(), :kill) end", "fn -> Kate.nope end"], outcome)`),
  ).toBe(
    '[error: :badarith, throw: :x, exit: {:exception, :x}, exit: {:exception, {:shutdown, 1}}, exit: {:signal, :killed}, error: :undef]',
  )
})

test('Node.spawn, spawn_link and spawn_monitor start processes that are linked and monitored', async () => {
  expect(
    await evaluate(`
      Process.flag(:trap_exit, true)
      me = self()
      {pid, ref} = Node.spawn_monitor(:kate@localhost, make.("fn -> send(me, {:hi, node()}); exit(:bye) end", me: me))
      hi = receive do {:hi, node} -> node after 5000 -> :none end
      down = receive do {:DOWN, ^ref, :process, ^pid, reason} -> reason after 5000 -> :none end
      linked = Node.spawn_link(:kate@localhost, make.("fn -> receive do :stop -> exit(:stopped) end end", []))
      send(linked, :stop)
      exit = receive do {:EXIT, ^linked, reason} -> reason after 5000 -> :none end
      {hi, down, exit}`),
  ).toBe('{:kate@localhost, :bye, :stopped}')
})

test('Task.Supervisor.async runs a fun, and async_nolink reports its crash', async () => {
  expect(
    await evaluate(`
      tasks = {Tasks, :kate@localhost}
      value = Task.Supervisor.async(tasks, make.("fn -> {node(), Enum.sum(1..n)} end", n: 4)) |> Task.await()
      task = Task.Supervisor.async_nolink(tasks, make.("fn -> exit(:boom) end", []))
      {value, Task.yield(task, 5000), Task.Supervisor.async_stream(tasks, 1..3, make.("fn x -> x * x end", [])) |> Enum.to_list()}`),
  ).toBe('{{:kate@localhost, 10}, {:exit, :boom}, [ok: 1, ok: 4, ok: 9]}')
})

test('a GenServer calls the fun in a request, and gives back a fun that it has kept', async () => {
  expect(
    await evaluate(`
      server = {Caller, :kate@localhost}
      run = GenServer.call(server, {:run, make.("fn state -> state + 1 end", [])})
      :kept = GenServer.call(server, {:keep, make.("fn x -> {x, y} end", y: [1, 2.0])})
      {run, GenServer.call(server, :kept).(5)}`),
  ).toBe('{21, {5, [1, 2.0]}}')
})

test('an Agent reads and changes its state with funs', async () => {
  expect(
    await evaluate(`
      agent = {Counter, :kate@localhost}
      :ok = Agent.update(agent, make.("fn n -> n + by end", by: 41))
      got = Agent.get(agent, make.("fn n -> {node(), n} end", []))
      old = Agent.get_and_update(agent, make.("fn n -> {n, %{n: n}} end", []))
      Agent.cast(agent, make.("fn state -> Map.put(state, :k, 1.0) end", []))
      {got, old, Agent.get(agent, make.("& &1", [])), Agent.get(agent, :erlang, :map_size, [])}`),
  ).toBe('{{:kate@localhost, 42}, 42, %{k: 1.0, n: 42}, 2}')
})

test('a fun that a fun has made is called at the iex: captured values, clauses, names, other funs', async () => {
  expect(
    await evaluate(`
      there = fn source, bindings -> :erpc.call(:kate@localhost, make.(source, bindings)) end
      erlang = fn source ->
        {:ok, tokens, _} = :erl_scan.string(to_charlist(source <> "."))
        {:ok, exprs} = :erl_parse.parse_exprs(tokens)
        {:value, fun, _} = :erl_eval.exprs(exprs, [])
        :erpc.call(:kate@localhost, fun)
      end
      me = self()
      Node.spawn(:kate@localhost, make.("fn -> n = 5; send(me, {:fun, fn x -> x + n end}) end", me: me))
      sent = receive do {:fun, fun} -> fun.(1) after 5000 -> :none end
      {there.("fn -> x = 3; fn y -> x + y end end", []).(4),
       there.("fn -> fn a -> fn b -> fn c -> {a, b, c, d} end end end end", d: 4).(1).(2).(3),
       there.("fn -> fn 0 -> :zero; n when n > 0 -> :positive; _ -> :negative end end", []).(-1),
       erlang.("fun() -> fun Fact(0) -> 1; Fact(N) -> N * Fact(N - 1) end end").(20),
       there.("fn -> f = fn x -> x * 2 end; %{twice: fn x -> f.(f.(x)) end, list: [f, &String.length/1]} end", []).twice.(3),
       there.("fn -> f = fn x -> x + 1.0 end; {f, <<1::3>>, [1 | 2], %{1 => f}} end", []) |> elem(0) |> then(& &1.(1)),
       (fn {f, g} -> f.(g) end).(there.("fn -> {fn g -> g.(2) end, fn x -> x + y end} end", y: 40)),
       is_function(there.("fn -> fn a, b, c -> {a, b, c} end end", []), 3),
       sent}`),
  ).toBe('{7, {1, 2, 3, 4}, :negative, 2432902008176640000, 12, 2.0, 42, true, 6}')
})
