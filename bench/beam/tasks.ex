# The BEAM's side of the benchmark of tasks: async and await with the Task.Supervisor of another node.
defmodule Bench.Tasks do
  def server do
    {:ok, _} = Task.Supervisor.start_link(name: Bench.TaskSupervisor)
    IO.puts("ready")
    Process.sleep(:infinity)
  end

  def client(peer, warm, count, in_flight) do
    true = Node.connect(peer)
    run(peer, warm, in_flight)
    IO.puts("warm")
    Process.sleep(100)
    {micros, _} = :timer.tc(fn -> run(peer, count, in_flight) end)
    IO.puts("result #{count} #{micros}")
    Process.sleep(:infinity)
  end

  def double(n), do: n * 2

  defp run(peer, count, in_flight) do
    each = div(count, in_flight)

    for _ <- 1..in_flight do
      spawn_monitor(fn -> for n <- 1..each, do: ask(peer, n) end)
    end
    |> Enum.each(fn {_, monitor} ->
      receive do
        {:DOWN, ^monitor, :process, _, :normal} -> :ok
      end
    end)
  end

  defp ask(peer, n) do
    doubled = n * 2

    ^doubled =
      {Bench.TaskSupervisor, peer}
      |> Task.Supervisor.async(Bench.Tasks, :double, [n])
      |> Task.await(:infinity)
  end
end
