%% The BEAM's side of the benchmarks, both roles. Whatever a client is told by its peer it checks: a wrong answer is a
%% crash, not a rate. After `warm` it rests, and after `result` it stays, so that both sides' CPU time can be read.
-module(bench).
-behaviour(gen_server).
-export([server/0, client/1]).
-export([init/1, handle_call/3, handle_cast/2]).

-define(FIRST, 1000000).

server() ->
    register(echo, spawn(fun echo/0)),
    register(large, spawn(fun large/0)),
    register(sink, spawn(fun() -> sink(?FIRST) end)),
    {ok, _} = gen_server:start({local, counter}, ?MODULE, 0, []),
    io:put_chars("ready\n").

client(["transfer", Peer | Numbers]) ->
    {_, Monitor} = spawn_monitor(fun() ->
        Node = list_to_atom(Peer),
        true = net_kernel:connect_node(Node),
        transfers(Node, [list_to_integer(Number) || Number <- Numbers]),
        timer:sleep(infinity)
    end),
    receive {'DOWN', Monitor, process, _, _} -> halt(1) end;
client([Workload, Peer, Warm, Count, Callers]) ->
    process_flag(trap_exit, true),
    {_, Monitor} = spawn_monitor(fun() ->
        Node = list_to_atom(Peer),
        true = net_kernel:connect_node(Node),
        Run = run(Workload, Node, list_to_integer(Callers)),
        Run(list_to_integer(Warm)),
        io:put_chars("warm\n"),
        timer:sleep(100),
        N = list_to_integer(Count),
        {Micros, _} = timer:tc(fun() -> Run(N) end),
        io:format("result ~b ~b~n", [N, Micros]),
        timer:sleep(infinity)
    end),
    receive {'DOWN', Monitor, process, _, _} -> halt(1) end.

run("pingpong", Node, _) -> fun(N) -> pingpong({echo, Node}, N) end;
run("oneway", Node, _) -> fun(N) -> oneway({sink, Node}, ?FIRST, ?FIRST + N) end;
run("call", Node, Callers) -> fun(N) -> calls({counter, Node}, N, Callers) end.

echo() ->
    receive {ping, From, N} -> From ! {pong, N}, echo() end.

pingpong(_, 0) -> ok;
pingpong(Echo, N) ->
    Echo ! {ping, self(), N},
    receive {pong, N} -> pingpong(Echo, N - 1) end.

%% Says how large each binary is that it gets, and keeps none.
large() ->
    receive {From, Binary} -> From ! {done, byte_size(Binary)} end,
    erlang:garbage_collect(),
    large().

%% A message that is missing, doubled or out of order is never taken, and the client waits in vain.
sink(Next) ->
    receive
        {mesg, Next, 7} -> sink(Next + 1);
        {done, From} -> From ! {done, Next - ?FIRST}, sink(?FIRST)
    end.

oneway(Sink, End, End) ->
    Sink ! {done, self()},
    Count = End - ?FIRST,
    receive {done, Count} -> ok end;
oneway(Sink, Next, End) ->
    Sink ! {mesg, Next, 7},
    oneway(Sink, Next + 1, End).

calls(Counter, N, Callers) ->
    Before = gen_server:call(Counter, {add, 0}),
    Each = N div Callers,
    Down = [spawn_monitor(fun() -> call(Counter, Each, Before) end) || _ <- lists:seq(1, Callers)],
    [receive {'DOWN', Monitor, process, _, normal} -> ok end || {_, Monitor} <- Down],
    After = gen_server:call(Counter, {add, 0}),
    true = After =:= Before + Each * Callers.

%% Moves binaries of Size MiB alone, then calls alone, then both for some seconds.
transfers(Node, [Size, Messages, Seconds]) ->
    Large = binary:copy(<<255>>, Size * 1024 * 1024),
    Move = fun(Times) ->
        [{large, Node} ! {self(), Large} || _ <- lists:seq(1, Times)],
        [receive {done, Got} when Got =:= byte_size(Large) -> ok end || _ <- lists:seq(1, Times)]
    end,
    [calls_for({counter, Node}, 200) || _ <- lists:seq(1, 5)],
    io:put_chars("warm\n"),
    timer:sleep(500),
    {One, _} = timer:tc(fun() -> Move(1) end),
    io:format("one ~b~n", [One]),
    timer:sleep(500),
    {Many, _} = timer:tc(fun() -> Move(Messages) end),
    io:format("many ~b~n", [Many]),
    timer:sleep(500),
    {Alone, AloneMicros, _} = calls_for({counter, Node}, Seconds * 1000),
    io:format("alone ~b ~b~n", [Alone, AloneMicros]),
    Moved = counters:new(1, []),
    spawn_link(fun Loop() -> Move(1), counters:add(Moved, 1, 1), Loop() end),
    {Beside, BesideMicros, Worst} = calls_for({counter, Node}, Seconds * 1000),
    io:format("beside ~b ~b ~b ~b~n", [Beside, BesideMicros, Worst, counters:get(Moved, 1)]).

%% The number of calls in some milliseconds, the time and the longest call in microseconds.
calls_for(Counter, Ms) ->
    Start = erlang:monotonic_time(microsecond),
    calls_for(Counter, Start, Start, Start + Ms * 1000, 0, 0).

calls_for(_, Start, At, End, Count, Worst) when At >= End -> {Count, At - Start, Worst};
calls_for(Counter, Start, At, End, Count, Worst) ->
    gen_server:call(Counter, {add, 1}, infinity),
    Now = erlang:monotonic_time(microsecond),
    calls_for(Counter, Start, Now, End, Count + 1, max(Worst, Now - At)).

call(_, 0, _) -> ok;
call(Counter, N, Last) ->
    Sum = gen_server:call(Counter, {add, 1}, infinity),
    true = Sum > Last,
    call(Counter, N - 1, Sum).

init(Sum) -> {ok, Sum}.
handle_call({add, By}, _, Sum) -> {reply, Sum + By, Sum + By}.
handle_cast(_, Sum) -> {noreply, Sum}.
