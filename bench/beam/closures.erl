%% Funs of a prompt on a Moebi node, measured from a BEAM: what a spawn with such a fun costs against a spawn of an exported
%% function, and a loop in such a fun there against the same fun here, which erl_eval runs. Every answer is checked.
-module(closures).
-export([client/1]).

client([Peer, Spawns, Loops]) ->
    Node = list_to_atom(Peer),
    true = net_kernel:connect_node(Node),
    spawns(Node, list_to_integer(Spawns)),
    loops(Node, list_to_integer(Loops)),
    halt().

spawns(Node, Count) ->
    Calls = lists:flatten(lists:duplicate(9, "3 = bench:add(1, 2), ")),
    Fun = prompt("fun() -> " ++ Calls ++ "Me ! done end"),
    Plain = fun() -> spawn(Node, bench, answer, [self()]) end,
    Closure = fun() -> spawn(Node, Fun) end,
    times(Plain, Count),
    times(Closure, Count),
    %% In turns, so that other load affects both.
    {Plains, Closures} = lists:unzip([{timed(Plain, Count div 10), timed(Closure, Count div 10)} || _ <- lists:seq(1, 10)]),
    io:format("spawns ~b ~b ~b~n", [lists:sum(Plains), lists:sum(Closures), Count div 10 * 10]).

times(_, 0) -> ok;
times(Spawn, N) ->
    Spawn(),
    receive done -> times(Spawn, N - 1) end.

timed(Spawn, N) ->
    {Micros, ok} = timer:tc(fun() -> times(Spawn, N) end),
    Micros.

loops(Node, Count) ->
    Fun = prompt("fun() ->
        Loop = fun L(0, Sum) -> Sum; L(N, Sum) -> L(N - 1, Sum + N) end,
        Me ! {sum, Loop(100000, 0)}
    end"),
    There = fun() -> spawn(Node, Fun) end,
    Here = fun() -> spawn(Fun) end,
    [loop(There) || _ <- lists:seq(1, 5)],
    loop(Here),
    {Theres, Heres} = lists:unzip([{loop(There), loop(Here)} || _ <- lists:seq(1, Count)]),
    io:format("loops ~b ~b~n", [median(Theres), median(Heres)]),
    {Pings, Longest} = pings(Node, There),
    io:format("pings ~b ~b~n", [Pings, Longest]).

loop(Spawn) ->
    {Micros, ok} = timer:tc(fun() -> Spawn(), receive {sum, 5000050000} -> ok end end),
    Micros.

%% While ten loops run there, a process there answers: the number of answers and the longest wait in microseconds.
pings(Node, There) ->
    [There() || _ <- lists:seq(1, 10)],
    pings(Node, 10, 0, 0).

pings(_, 0, Pings, Longest) -> {Pings, Longest};
pings(Node, Left, Pings, Longest) ->
    {Micros, ok} = timer:tc(fun() -> {echo, Node} ! {ping, self(), 1}, receive {pong, 1} -> ok end end),
    receive
        {sum, 5000050000} -> pings(Node, Left - 1, Pings + 1, max(Longest, Micros))
    after 0 -> pings(Node, Left, Pings + 1, max(Longest, Micros))
    end.

median(List) -> lists:nth(length(List) div 2 + 1, lists:sort(List)).

prompt(Source) ->
    {ok, Tokens, _} = erl_scan:string(Source ++ "."),
    {ok, Expressions} = erl_parse:parse_exprs(Tokens),
    {value, Fun, _} = erl_eval:exprs(Expressions, [{'Me', self()}]),
    Fun.
