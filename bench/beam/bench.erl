%% The BEAM's side of the benchmarks, both roles. Whatever a client is told by its peer it checks: a wrong answer is a
%% crash, not a rate. After `warm` it rests, and after `result` it stays, so that both sides' CPU time can be read.
-module(bench).
-behaviour(gen_server).
-export([server/0, client/1]).
-export([init/1, handle_call/3, handle_cast/2]).

-define(FIRST, 1000000).

server() ->
    register(echo, spawn(fun echo/0)),
    register(sink, spawn(fun() -> sink(?FIRST) end)),
    {ok, _} = gen_server:start({local, counter}, ?MODULE, 0, []),
    io:put_chars("ready\n").

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

call(_, 0, _) -> ok;
call(Counter, N, Last) ->
    Sum = gen_server:call(Counter, {add, 1}, infinity),
    true = Sum > Last,
    call(Counter, N - 1, Sum).

init(Sum) -> {ok, Sum}.
handle_call({add, By}, _, Sum) -> {reply, Sum + By, Sum + By}.
handle_cast(_, Sum) -> {noreply, Sum}.
