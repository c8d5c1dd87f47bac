import type { BeamNode } from '../support/beam.ts'

// The modules of test/gen/counter.ts, test/gen/work.ts and the office of test/gen/contract.test.ts, in Elixir.
const office = `
defmodule Counter do
  use GenServer

  def init(n), do: {:ok, {n, []}}

  def handle_call({:add, by}, _from, {n, waiting}), do: {:reply, n + by, {n + by, waiting}}
  def handle_call(:get, _from, {n, _} = state), do: {:reply, n, state}
  def handle_call(:pid, _from, state), do: {:reply, self(), state}
  def handle_call({:slowly, ms}, _from, state) do
    Process.sleep(ms)
    {:reply, "done", state}
  end
  def handle_call(:crash, _from, _state), do: raise "oops"
  def handle_call({:quit, reason}, _from, state), do: {:stop, reason, "bye", state}
  def handle_call({:leave, reason}, _from, state), do: {:stop, reason, state}
  def handle_call(:wait, from, {n, waiting}), do: {:noreply, {n, [from | waiting]}}
  def handle_call({:open, word}, _from, {n, waiting}) do
    Enum.each(waiting, &GenServer.reply(&1, word))
    {:reply, length(waiting), {n, []}}
  end

  def handle_call({:prepare, by}, _from, state), do: {:reply, :ok, state, {:continue, {:add, [by]}}}
  def handle_call({:prepare_all, all}, _from, state), do: {:reply, :ok, state, {:continue, {:add, all}}}
  def handle_call({:prepare_slowly, ms, by}, _from, state), do: {:reply, :ok, state, {:continue, {:slowly, ms, by}}}
  def handle_call(:prepare_badly, _from, state), do: {:reply, :ok, state, {:continue, :badly}}
  def handle_call({:idle, ms, whom}, _from, state) do
    Process.put(:whom, whom)
    {:reply, :ok, state, ms}
  end

  def handle_continue({:add, []}, state), do: {:noreply, state}
  def handle_continue({:add, [by | rest]}, {n, waiting}), do: {:noreply, {n + by, waiting}, {:continue, {:add, rest}}}
  def handle_continue({:slowly, ms, by}, {n, waiting}) do
    Process.sleep(ms)
    {:noreply, {n + by, waiting}}
  end
  def handle_continue(:badly, _state), do: raise "not prepared"

  def handle_cast({:prepare_later, by}, state), do: {:noreply, state, {:continue, {:add, [by]}}}
  def handle_cast(:clear, {_, waiting}), do: {:noreply, {0, waiting}}
  def handle_cast({:add_later, by}, {n, waiting}), do: {:noreply, {n + by, waiting}}

  def handle_info({:set, n}, {_, waiting}), do: {:noreply, {n, waiting}}
  def handle_info(:timeout, state) do
    if whom = Process.get(:whom), do: send(whom, :idle)
    {:noreply, state}
  end
  def handle_info(_, state), do: {:noreply, state}

  def code_change(_version, _state, :badly), do: raise "no way"
  def code_change(version, {n, waiting}, _extra), do: {:ok, {n + version, waiting}}
end

defmodule Lazy do
  use GenServer

  def init(n), do: {:ok, 0, {:continue, n}}
  def handle_continue(n, _), do: {:noreply, n}
  def handle_call(:get, _from, n), do: {:reply, n, n}
end

defmodule Work do
  def double(n), do: n * 2
  def slowly(ms, result) do
    Process.sleep(ms)
    result
  end
  def boom(n), do: raise "boom #{n}"
  def leave(reason), do: exit(reason)
  def callers, do: Process.get(:"$callers")
  def place, do: node()
  def deaf(whom) do
    Process.flag(:trap_exit, true)
    send(whom, :ready)
    receive do
      :never -> :ok
    end
  end
  def stubborn(whom) do
    Process.flag(:trap_exit, true)
    send(whom, :ready)
    receive do
      {:EXIT, _, reason} -> exit({:asked, reason})
    end
  end

  def start_counter(n), do: GenServer.start_link(Counter, n)
  def start_lazy(n), do: GenServer.start_link(Lazy, n)
  def start_none, do: :ignore
  def start_badly, do: raise "no disk"
  def start_tree(strategy, max_restarts) do
    children = for {id, n} <- [one: 1, two: 2, three: 3], do: %{id: id, start: {Work, :start_counter, [n]}}
    Supervisor.start_link(children, strategy: strategy, max_restarts: max_restarts)
  end
  def start_in_room(room, n), do: GenServer.start_link(Counter, n, name: in_room(room))

  def plus(n, by), do: n + by
  def swap(n, to), do: {n, to}

  defp in_room(room), do: {:via, Registry, {Rooms, room}}
  def who_is_in(room), do: GenServer.whereis(in_room(room))
  def ask_in(room, request), do: GenServer.call(in_room(room), request)

  def subscribe(topic, whom) do
    {:ok, _} = Registry.register(Topics, topic, nil)
    send(whom, {:subscribed, self()})
    tell(whom)
  end
  defp tell(whom) do
    receive do
      news -> send(whom, {:heard, self(), news})
    end
    tell(whom)
  end
  def publish(topic, news) do
    Registry.dispatch(Topics, topic, &for({pid, _} <- &1, do: send(pid, news)))
  end
end

defmodule Office do
  # Keeps so many tasks of another node busy.
  def occupy(node, count) do
    spawn(fn ->
      for _ <- 1..count, do: Task.Supervisor.async({Tasks, node}, Work, :slowly, [60_000, "x"])
      Process.sleep(:infinity)
    end)
    :ok
  end

  @names [Counter, Tasks, Pool, Ledger, Rooms, Topics]

  def open do
    for name <- @names, pid = Process.whereis(name), do: GenServer.stop(pid, :shutdown)
    {:ok, _} = GenServer.start(Counter, 0, name: Counter)
    {:ok, _} = Agent.start(fn -> 1 end, name: Ledger)
    keep(fn -> Task.Supervisor.start_link(name: Tasks) end)
    keep(fn -> DynamicSupervisor.start_link(strategy: :one_for_one, name: Pool) end)
    keep(fn -> Registry.start_link(keys: :unique, name: Rooms) end)
    keep(fn -> Registry.start_link(keys: :duplicate, name: Topics) end)
  end

  # What belongs to nobody who ends before it.
  defp keep(start) do
    parent = self()
    spawn(fn ->
      {:ok, _} = start.()
      send(parent, :open)
      Process.sleep(:infinity)
    end)
    receive do
      :open -> :ok
    end
  end
end
:ok`

/** Defines the server and the tasks of the tests on a real node. */
export async function furnish(node: BeamNode): Promise<void> {
  await node.evaluate(office)
}
