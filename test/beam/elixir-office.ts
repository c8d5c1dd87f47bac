import type { BeamNode } from '../support/beam.ts'

// What test/gen/counter.ts and test/gen/work.ts are, in Elixir.
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

  def handle_cast(:clear, {_, waiting}), do: {:noreply, {0, waiting}}
  def handle_cast({:add_later, by}, {n, waiting}), do: {:noreply, {n + by, waiting}}

  def handle_info({:set, n}, {_, waiting}), do: {:noreply, {n, waiting}}
  def handle_info(_, state), do: {:noreply, state}
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

  # They belong to nobody who ends.
  def open do
    for name <- [Counter, Tasks], Process.whereis(name), do: GenServer.stop(name, :shutdown)
    {:ok, _} = GenServer.start(Counter, 0, name: Counter)
    parent = self()
    spawn(fn ->
      {:ok, _} = Task.Supervisor.start_link(name: Tasks)
      send(parent, :open)
      Process.sleep(:infinity)
    end)
    receive do
      :open -> :ok
    end
  end
end
:ok`

/** Gives a real node the server and the tasks of the tests. */
export async function furnish(node: BeamNode): Promise<void> {
  await node.evaluate(office)
}
