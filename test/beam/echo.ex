defmodule Terms do
  def fixed do
    [0, 1, -1, 255, 256, 2**31 - 1, 2**31, -2**31, -2**31 - 1, 2**53 - 1, 2**53, 2**53 + 1, -2**53, 2**63, 2**64, -2**64, 2**2040,
     0.0, -0.0, 1.0, -1.0, 100.0, 1.5, 2.0**53, 2.0**53 - 1, 2.0**62, 1.0e22, 1.0e300, 5.0e-324, 0.1,
     nil, true, false, :undefined, :"", :ok, :"Elixir.Foo", :nil_, :"with space", :"ключ", :__proto__, :constructor,
     "", "a", "Zoë", "\uFEFFx", "a\0b", <<255>>, <<0>>, <<1::3>>, <<255, 1::1>>, String.duplicate("x", 70_000),
     [], ~c"abc", [0, 255], [256], [1.0, 2.0], [104, 105], ["a" | "b"], [1 | 2.0], [[]], [nil], ["io", ?d, [<<"ata">>]], [1, [2.0 | 3]],
     {}, {1.0}, {{}}, {1, 1.0}, [a: 1.0, b: nil], [{:a, 1, 2}], [{"a", 1}],
     %{}, %{1 => :i, 1.0 => :f}, %{1 => 1.0, "1" => 1, ~c"1" => 1.0, :"1" => 1.0}, %{a: 1.0, b: %{c: 2.0}}, %{nil => 1.0, true => 2.0},
     %{[] => 1, "" => 2, {} => 3, %{} => 4}, %{{1.0} => 1, {1} => 2}, %{-0.0 => 1}, %{"a" => 1, __proto__: 1.0, constructor: 2.0},
     1..3, 1..10//2, MapSet.new([1, 1.0, :a]), ~D[2024-02-29], ~T[12:00:00.000], ~N[2024-02-29 12:00:00], ~U[2024-02-29 12:00:00Z],
     %URI{host: "a", port: 1}, Version.parse!("1.2.3"), %RuntimeError{message: "m"}, %ArgumentError{message: nil}, %KeyError{key: 1.0, term: %{a: 1.0}},
     %{__struct__: :no_module, a: 1.0}, %{__struct__: "text"}, %{__exception__: true}, %{__struct__: Foo, __exception__: true, message: 1.0},
     self(), make_ref(), hd(Port.list()), &Enum.map/2, &:erlang.abs/1, fn x -> x end, (fn y -> fn x -> {x, y} end end).(1.0),
     node(), Node.list(), :erlang.alias(), List.duplicate(1.0, 300), Map.new(1..100, &{&1, &1 * 1.0}), List.to_tuple(Enum.map(1..300, &(&1 / 1)))]
  end

  def random(seed, count) do
    :rand.seed(:exsss, {seed, seed, seed})
    for _ <- 1..count, do: term(4)
  end

  defp term(0), do: leaf()
  defp term(depth) do
    some = fn -> for _ <- 1..(:rand.uniform(4) - 1)//1, do: term(depth - 1) end
    case :rand.uniform(9) do
      1 -> some.()
      2 -> List.to_tuple(some.())
      3 -> Map.new(some.(), &{leaf(), &1})
      4 -> Map.new(some.(), &{Enum.random([:a, :b, :c, nil, true]), &1})
      5 -> [leaf() | leaf()]
      6 -> for value <- some.(), do: {Enum.random([:a, :b]), value}
      7 -> MapSet.new(some.())
      _ -> leaf()
    end
  end

  defp leaf do
    case :rand.uniform(12) do
      1 -> (:rand.uniform(21) - 11) * 1.0
      2 -> :rand.uniform(21) - 11
      3 -> Enum.random([0.0, -0.0, 1.0e15, 2.0**53, -1.0e20])
      4 -> Enum.random([1, -1]) * (2 ** Enum.random([7, 8, 15, 31, 32, 52, 53, 54, 63, 64, 100]) + :rand.uniform(3) - 2)
      5 -> (:rand.uniform() - 0.5) * 10 ** (:rand.uniform(40) - 20)
      6 -> :rand.bytes(:rand.uniform(4) - 1)
      7 -> Enum.random([:a, nil, true, false, :"é", :"", Foo])
      8 -> Enum.random(["", "a", "é", "0", "1.0", "nil"])
      9 -> for _ <- 1..(:rand.uniform(4) - 1)//1, do: :rand.uniform(256) - 1
      10 -> Enum.random([[], {}, %{}, "", [[]], [nil]])
      11 -> <<(:rand.uniform(256) - 1)::5>>
      12 -> Enum.random([Date.new!(2024, 1, :rand.uniform(28)), self(), {1.0}])
    end
  end
end

defmodule Ways do
  @alex :alex@localhost
  @conf {Keeper, @alex}

  # The first differences between the terms and what comes back.
  def differences(way, terms) do
    Enum.flat_map(terms, fn term ->
      came = go(way, term)
      same = came === term and inspect(came, limit: :infinity) === inspect(term, limit: :infinity)
      if same, do: [], else: [{term, came}]
    end) |> Enum.take(3)
  end

  def go(:erpc, term), do: :erpc.call(@alex, Conf, :echo, [term])
  def go(:erpc_nested, term), do: (%{a: [{^term}]} = :erpc.call(@alex, Conf, :echo, [%{a: [{term}]}]); term)
  def go(:erpc_async, term), do: :erpc.call(@alex, Conf, :later, [term])
  def go(:rpc, term), do: :rpc.call(@alex, Conf, :echo, [term])
  def go(:throw, term), do: (try do :erpc.call(@alex, Conf, :throws, [{:thrown, term}]) catch {:thrown, came} -> came end)
  def go(:exit, term), do: (try do :erpc.call(@alex, Conf, :exits, [term]) catch :exit, {:exception, {:wrapped, came}} -> came end)
  def go(:spawn, term), do: (Node.spawn(@alex, Conf, :relay, [self(), term]); kept())
  def go(:parts, term), do: (Node.spawn(@alex, Conf, :parts, [self(), [term, 1.0], %{term: term}]); ([a, a, 1.0] = kept(); a))
  def go(:call, term), do: GenServer.call(@conf, {:echo, term})
  def go(:call_later, term), do: GenServer.call(@conf, {:echo_later, term})
  def go(:state, term), do: (:ok = GenServer.call(@conf, {:put, term}); GenServer.call(@conf, :get))
  def go(:sys, term), do: (:ok = GenServer.call(@conf, {:put, term}); :sys.get_state(@conf))
  def go(:cast, term), do: (GenServer.cast(@conf, {:relay, self(), term}); kept())
  def go(:message, term), do: (send(@conf, {:relay, self(), term}); kept())
  def go(:timer, term), do: (:erpc.call(@alex, Conf, :send_later, [self(), term]); kept())
  def go(:task, term), do: Task.await(Task.Supervisor.async({Tasks, @alex}, Conf, :echo, [term]))
  def go(:local_task, term), do: :erpc.call(@alex, Conf, :task, [term])
  def go(:agent, term), do: (Agent.update({Store, @alex}, Conf, :replace, [term]); Agent.get({Store, @alex}, Conf, :echo, []))
  def go(:monitor, term) do
    {_, ref} = Node.spawn_monitor(@alex, Conf, :exits, [term])
    receive do {:DOWN, ^ref, _, _, {:wrapped, came}} -> came end
  end
  def go(:link, term) do
    Process.flag(:trap_exit, true)
    pid = Node.spawn_link(@alex, Conf, :exits, [term])
    receive do {:EXIT, ^pid, {:wrapped, came}} -> came end
  end
  def go(:exit_signal, term) do
    pid = Node.spawn(@alex, Conf, :trap, [self()])
    receive do :ready -> Process.exit(pid, term) end
    kept()
  end
  def go(:sent_exit, term) do
    Process.flag(:trap_exit, true)
    :erpc.call(@alex, Conf, :kill, [self(), term])
    receive do {:EXIT, _, {:wrapped, came}} -> came end
  end
  def go(way, term) when way in [:watch, :tie] do
    pid = spawn(fn -> receive do :go -> exit({:wrapped, term}) end end)
    Node.spawn(@alex, Conf, way, [pid, self()])
    receive do :ready -> send(pid, :go) end
    kept()
  end
  def go(:registry, term) do
    {came, {_, key}} = :erpc.call(@alex, Conf, :entry, [term])
    if key === came, do: came, else: {key, came}
  end
  def go(:request, term), do: :erpc.call(@alex, Conf, :call, [Process.whereis(:echoing), term])
  def go(:call_back, term), do: :erpc.call(@alex, Conf, :back, [self(), term])
  def go(:worker, term), do: :erpc.call(@alex, Conf, :work, [term])
  def go(:pg, term) do
    pid = :erpc.call(@alex, Conf, :keeper, [])
    :ok = :erpc.call(@alex, Conf, :join, [{:group, term}, pid])
    # The message about the member arrived before the answer of the call. pg has handled it when it answers this request.
    _ = :sys.get_state(:pg)
    pid in :pg.get_members({:group, term}) and ({:group, term} in :pg.which_groups()) && term
  end
  def go(:pg_of_beam, term) do
    :ok = :pg.join({:own, term}, self())
    1 = :erpc.call(@alex, Conf, :members, [{:own, term}])
    :ok = :pg.leave({:own, term}, self())
    term
  end
  def go(:global, term) do
    pid = :erpc.call(@alex, Conf, :name, [term])
    ^pid = :global.whereis_name({:name, term})
    [{:name, came}] = :global.registered_names()
    :erpc.call(@alex, Conf, :stop, [pid])
    came
  end

  defp kept, do: (receive do {:kept, came} -> came after 10_000 -> :nothing_came end)
end

defmodule Echoing do
  use GenServer
  def init(state), do: {:ok, state}
  def handle_call({:echo, term}, _from, state), do: {:reply, term, state}
end
