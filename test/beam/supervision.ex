# What test/support/supervision.ts does on Moebi, done on a real node: a supervision tree is started, operations are done to
# it one by one, and after each the trace says who was started, who ended and why.
defmodule Supervision.Observer do
  use GenServer

  def init(_), do: {:ok, %{count: 0, births: %{}, current: %{}, tries: %{}, log: [], downs: %{}}}

  # Whether this start of a child is to succeed, as the plan says
  def handle_call({:starting, id, starts}, _from, state) do
    tries = Map.get(state.tries, id, 0)
    directive = Enum.at(starts, tries, :ok)
    state = %{state | tries: Map.put(state.tries, id, tries + 1)}
    {:reply, directive, note(state, "?#{id} #{directive}")}
  end

  def handle_call({:born, id, pid}, _from, state) do
    number = state.count + 1
    Process.monitor(pid)
    births = Map.put(state.births, pid, number)
    state = %{state | count: number, births: births, current: Map.put(state.current, id, pid)}
    {:reply, number, note(state, "+#{number} #{id}")}
  end

  def handle_call({:terminating, number, reason}, _from, state) do
    {:reply, :ok, note(state, "-#{number} #{show(reason, state.births)}")}
  end

  def handle_call(:state, _from, state), do: {:reply, state, state}

  def handle_call(:take, _from, state) do
    downs = for {number, reason} <- Enum.sort(state.downs), do: "#{number} #{show(reason, state.births)}"
    {:reply, {Enum.reverse(state.log), downs}, %{state | log: [], downs: %{}}}
  end

  def handle_info({:DOWN, _, :process, pid, reason}, state) do
    {:noreply, %{state | downs: Map.put(state.downs, state.births[pid], reason)} |> gone(pid)}
  end

  defp gone(state, pid), do: Map.update(state, :dead, MapSet.new([pid]), &MapSet.put(&1, pid))
  defp note(state, line), do: %{state | log: [line | state.log]}

  # A term with the processes by the order of their births, and without stacks
  def show(term, births), do: inspect(plain(term, births), limit: :infinity)

  defp plain(pid, births) when is_pid(pid), do: {:pid, Map.get(births, pid, :unborn)}
  defp plain({%{__exception__: true}, stack}, _) when is_list(stack), do: :raised
  defp plain({reason, child}, births) when is_tuple(child) and elem(child, 0) == :child, do: plain(reason, births)
  defp plain(list, births) when is_list(list), do: Enum.map(list, &plain(&1, births))
  defp plain(tuple, births) when is_tuple(tuple), do: tuple |> Tuple.to_list() |> plain(births) |> List.to_tuple()
  defp plain(term, _), do: term
end

defmodule Supervision.Worker do
  use GenServer

  def start_link(observer, plan) do
    case GenServer.call(observer, {:starting, plan.id, plan.starts}) do
      :error -> {:error, :nope}
      :ignore -> :ignore
      directive -> GenServer.start_link(__MODULE__, {observer, plan, directive})
    end
  end

  def init({_, _, :stop}), do: {:stop, :badinit}

  def init({observer, plan, :ok}) do
    Process.flag(:trap_exit, plan.traps != :no)
    number = GenServer.call(observer, {:born, plan.id, self()})
    {:ok, %{observer: observer, number: number, stubborn: plan.traps == :stubborn}}
  end

  def handle_call(:ping, _from, state), do: {:reply, :pong, state}
  def handle_cast({:stop, reason}, state), do: {:stop, reason, %{state | stubborn: false}}
  def handle_cast(:raise, _state), do: raise("oops")
  def handle_info(_message, state), do: {:noreply, state}

  def terminate(:killed, _state), do: :ok

  def terminate(reason, state) do
    GenServer.call(state.observer, {:terminating, state.number, reason})
    if state.stubborn and reason == :shutdown, do: Process.sleep(:infinity)
  end
end

defmodule Supervision.Tree do
  @behaviour :supervisor

  def start_link(observer, plan) do
    case GenServer.call(observer, {:starting, plan.id, plan.starts}) do
      :error -> {:error, :nope}
      :ignore -> :ignore
      :stop -> {:error, :badinit}
      :ok ->
        with {:ok, pid} <- :supervisor.start_link(__MODULE__, {observer, plan.tree}) do
          GenServer.call(observer, {:born, plan.id, pid})
          {:ok, pid}
        end
    end
  end

  def init({observer, tree}) do
    flags = %{strategy: tree.strategy, intensity: tree.intensity, period: 100, auto_shutdown: tree.auto}
    {:ok, {flags, Enum.map(tree.children, &spec(&1, observer))}}
  end

  def spec(plan, observer) do
    {module, type} = if plan.tree, do: {__MODULE__, :supervisor}, else: {Supervision.Worker, :worker}

    %{
      id: plan.id,
      start: {module, :start_link, [observer, plan]},
      restart: plan.restart,
      significant: plan.significant,
      shutdown: plan.shutdown,
      type: type
    }
  end
end

defmodule Supervision do
  alias Supervision.{Observer, Tree}

  def run(encoded) do
    %{root: root, steps: steps} = encoded |> Base.decode64!() |> :erlang.binary_to_term()
    Process.flag(:trap_exit, true)
    {:ok, observer} = GenServer.start_link(Observer, nil)
    # The elements of this list are part of the answer's order.
    first = show(Tree.start_link(observer, root), observer)
    trace = [step("start", first, observer) | walk(steps, observer, [])]
    for {pid, _} <- GenServer.call(observer, :state).births, do: Process.exit(pid, :kill)
    GenServer.stop(observer)
    Enum.join(trace, "\n")
  end

  defp walk([], _observer, done), do: Enum.reverse(done)

  defp walk([step | rest], observer, done) do
    if alive?(observer, :root) do
      result = perform(step, observer)
      walk(rest, observer, [step(name(step), result, observer, at_once?(step)) | done])
    else
      Enum.reverse(done)
    end
  end

  defp name(step), do: Enum.map_join(Enum.reject([step.op, step[:sup], step[:id], step[:how]], &is_nil/1), " ", &to_string/1)

  defp perform(%{op: :crash, id: id, how: how, reason: reason}, observer) do
    with pid when is_pid(pid) <- pid(observer, id) do
      case how do
        :stop -> GenServer.cast(pid, {:stop, reason})
        :raise -> GenServer.cast(pid, :raise)
        :exit -> Process.exit(pid, reason)
      end

      "sent"
    else
      _ -> "nobody"
    end
  end

  defp perform(%{op: :end, how: how, reason: reason}, observer) do
    root = pid(observer, :root)
    case how do
      :stop -> show(attempt(fn -> GenServer.stop(root, reason) end), observer)
      :exit -> Process.exit(root, reason) && "sent"
    end
  end

  defp perform(%{op: op, sup: sup} = step, observer) do
    case pid(observer, sup) do
      nil ->
        "nobody"

      sup ->
        result =
          attempt(fn ->
            case op do
              :add -> :supervisor.start_child(sup, Tree.spec(step.child, observer))
              :terminate -> :supervisor.terminate_child(sup, step.id)
              :restart -> :supervisor.restart_child(sup, step.id)
              :delete -> :supervisor.delete_child(sup, step.id)
              :count -> :supervisor.count_children(sup)
            end
          end)

        show(result, observer)
    end
  end

  defp attempt(fun) do
    fun.()
  catch
    :exit, {reason, _call} -> {:exit, reason}
  end

  # The trees below a supervisor that was killed end beside each other, in no order.
  defp at_once?(step), do: step.op == :end and step.reason == :kill

  defp step(name, result, observer, at_once? \\ false) do
    tree = quiet(observer)
    {log, downs} = GenServer.call(observer, :take)
    log = if at_once?, do: Enum.sort(log), else: log
    "#{name} -> #{result} | #{Enum.join(log, ", ")} | #{Enum.join(downs, ", ")} | #{tree}"
  end

  # Asks again until every process of the tree has answered, none is about to be restarted, and of all others the end
  # was seen.
  defp quiet(observer) do
    state = GenServer.call(observer, :state)
    dead = Map.get(state, :dead, MapSet.new())
    root = state.current[:root]
    tree = if root == nil or root in dead, do: {[], ["gone"]}, else: look(root, :root, state)

    with {pids, lines} <- tree,
         true <- Enum.all?(Map.keys(state.births), &(&1 in pids or &1 in dead)),
         # The look took time: nothing may have happened meanwhile.
         true <- GenServer.call(observer, :state) == state do
      Enum.join(lines, "; ")
    else
      _ ->
        :erlang.yield()
        quiet(observer)
    end
  end

  defp look(sup, id, state) do
    children = :supervisor.which_children(sup)
    shown = for {id, pid, type, _} <- children, do: "#{id}=#{place(pid, state)} #{type}"

    Enum.reduce_while(children, {[sup], ["#{id}: #{Enum.join(shown, ", ")}"]}, fn
      {_, :restarting, _, _}, _ -> {:halt, :restless}
      {_, :undefined, _, _}, found -> {:cont, found}
      {id, pid, :supervisor, _}, {pids, lines} ->
        case look(pid, id, state) do
          {more, below} -> {:cont, {pids ++ more, lines ++ below}}
          :restless -> {:halt, :restless}
        end
      {_, pid, :worker, _}, {pids, lines} ->
        GenServer.call(pid, :ping)
        {:cont, {[pid | pids], lines}}
    end)
  catch
    :exit, _ -> :restless
  end

  defp place(pid, state) when is_pid(pid), do: Map.get(state.births, pid, "unborn")
  defp place(word, _), do: word

  defp pid(observer, id), do: GenServer.call(observer, :state).current[id]
  defp alive?(observer, id), do: (pid = pid(observer, id)) != nil and Process.alive?(pid)
  defp show(term, observer), do: Observer.show(term, GenServer.call(observer, :state).births)
end
