%% A real node of the cluster, with the same load and the same commands as member.ts, but for tasks, which are those of Elixir.
-module(member).
-export([start/1]).

start(Peers) ->
  Main = self(),
  ets:new(load, [public, named_table]),
  ets:new(monitored, [public, named_table]),
  [ets:insert(load, {Key, 0}) || Key <- [messages, received, calls, downs, waiting]],
  spawn(fun() -> register(echo, self()), echo() end),
  spawn(fun() -> register(numbers, self()), net_kernel:monitor_nodes(true), numbers(#{}) end),
  [begin
     spawn(fun() -> sender(Peer, 1) end),
     spawn(fun() -> caller(Peer) end),
     spawn(fun() -> monitors(Peer) end)
   end || Peer <- Peers],
  spawn(fun() -> commands(Main) end),
  io:format("{\"up\":true}~n"),
  receive stop -> ok end.

paused() -> ets:member(load, paused).

echo() ->
  receive
    {'$gen_call', From, Request} -> gen_server:reply(From, Request);
    _ -> ok
  end,
  echo().

numbers(Expected) ->
  receive
    {n, From, N} ->
      case Expected of
        #{From := Next} when Next =/= N ->
          ets:insert(load, {{broken, make_ref()},
            io_lib:format("~s got ~p from ~s and expected ~p", [node(), N, From, Next])});
        _ -> ok
      end,
      ets:update_counter(load, received, 1),
      ets:insert(load, {{last_received, From}, N}),
      numbers(Expected#{From => N + 1});
    {_, Node} -> numbers(maps:remove(Node, Expected))
  end.

sender(Peer, N) ->
  timer:sleep(10),
  case not paused() andalso lists:member(Peer, nodes()) of
    true ->
      ets:insert(load, {{last_sent, Peer}, N}),
      ets:update_counter(load, messages, 1),
      {numbers, Peer} ! {n, node(), N},
      sender(Peer, N + 1);
    false -> sender(Peer, N)
  end.

caller(Peer) ->
  timer:sleep(30),
  case paused() of
    true -> ok;
    false ->
      N = ets:update_counter(load, calls, 1),
      ets:update_counter(load, waiting, 1),
      Since = erlang:monotonic_time(millisecond),
      End = try gen_server:call({echo, Peer}, N, infinity), ok catch exit:{Reason, _} -> Reason end,
      ets:update_counter(load, waiting, -1),
      ended("call", End, erlang:monotonic_time(millisecond) - Since)
  end,
  caller(Peer).

monitors(Peer) ->
  Ref = monitor(process, {echo, Peer}),
  ets:insert(monitored, {Peer}),
  receive {'DOWN', Ref, _, _, Reason} -> ok end,
  ets:delete(monitored, Peer),
  ets:update_counter(load, downs, 1),
  ended("monitor", Reason, 0),
  timer:sleep(200),
  monitors(Peer).

ended(What, {nodedown, _}, Ms) -> ended(What, nodedown, Ms);
ended(What, End, Ms) ->
  Key = {ended, io_lib:format("~s ~p", [What, End])},
  Longest = case ets:lookup(load, Key) of [{_, _, Before}] -> max(Before, Ms); [] -> Ms end,
  ets:update_counter(load, Key, {2, 1}, {Key, 0, 0}),
  ets:update_element(load, Key, {3, Longest}).

commands(Main) ->
  case io:get_line("") of
    "pause" ++ _ -> ets:insert(load, {paused, true}), io:format("{}~n");
    "resume" ++ _ -> ets:delete(load, paused), io:format("{}~n");
    "connect " ++ Peers ->
      [net_kernel:connect_node(list_to_atom(Peer)) || Peer <- string:lexemes(Peers, ",\n")], io:format("{}~n");
    "status" ++ _ -> io:format("~s~n", [status()]);
    eof -> halt()
  end,
  commands(Main).

status() ->
  [garbage_collect(Pid) || Pid <- processes()],
  Count = fun(Key) -> integer_to_list(ets:lookup_element(load, Key, 2)) end,
  Of = fun(Kind) -> object([{K, integer_to_list(V)} || {{Each, K}, V} <- ets:tab2list(load), Each =:= Kind]) end,
  Waiting = ets:lookup_element(load, waiting, 2),
  object([
    {name, text(node())}, {nodes, list([text(Node) || Node <- lists:sort(nodes())])},
    {load, object([{Key, Count(Key)} || Key <- [messages, received, calls, downs]])},
    {broken, list([text(Line) || {{broken, _}, Line} <- ets:tab2list(load)])}, {overdue, "[]"}, {monitored, "[]"},
    {ends, object([{K, object([{count, integer_to_list(N)}, {longest, integer_to_list(Ms)}])}
      || {{ended, K}, N, Ms} <- ets:tab2list(load)])},
    {lastSent, Of(last_sent)}, {lastReceived, Of(last_received)},
    {monitors, integer_to_list(ets:info(monitored, size))},
    {waiting, list([text("call") || _ <- lists:seq(1, Waiting)])},
    {counts, object([
      {processes, integer_to_list(length(processes()))}, {names, integer_to_list(length(registered()))},
      {ports, integer_to_list(length(erlang:ports()))}])},
    {heapUsed, integer_to_list(erlang:memory(total))}, {rss, "0"}]).

object(Pairs) -> ["{", lists:join(",", [[text(K), ":", V] || {K, V} <- Pairs]), "}"].
list(Items) -> ["[", lists:join(",", Items), "]"].
text(Text) -> io_lib:format("\"~s\"", [Text]).
