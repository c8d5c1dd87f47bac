%% The BEAM's side of the benchmarks within one node: the same work as bench/moebi/local.js.
-module(local).
-behaviour(gen_server).
-export([client/1]).
-export([init/1, handle_call/3, handle_cast/2]).

-define(BATCH, 1000).

client([Workload, Warm, Count]) ->
    {_, Monitor} = spawn_monitor(fun() ->
        Run = run(Workload),
        Run(list_to_integer(Warm)),
        io:put_chars("warm\n"),
        timer:sleep(100),
        N = list_to_integer(Count),
        {Micros, Bytes} = timer:tc(fun() -> Run(N) end),
        io:format("result ~b ~b~n", [N, if is_integer(Bytes) -> Bytes; true -> Micros end]),
        timer:sleep(infinity)
    end),
    receive {'DOWN', Monitor, process, _, _} -> halt(1) end.

run(Ring) when Ring =:= "ring"; Ring =:= "asyncRing" -> fun(Hops) -> ring(Hops, 1000) end;
run("ring10") -> fun(Hops) -> ring(Hops, 10) end;
run("ring100k") -> fun(Hops) -> ring(Hops, 100000) end;
run("freshRef0") -> fun(N) -> fresh_refs(N, 0) end;
run("freshRef1M") -> fun(N) -> fresh_refs(N, 1000000) end;
run(PingPong) when PingPong =:= "pingpong"; PingPong =:= "asyncPingpong"; PingPong =:= "newClauses" -> fun pingpong/1;
run("exits") -> fun exits/1;
run("calls") -> fun calls/1;
run("idle") -> fun(N) -> idle(N, fun() -> spawn(fun() -> receive stop -> ok end end) end) end;
run("servers") -> fun(N) -> idle(N, fun() -> {ok, Pid} = gen_server:start(?MODULE, 0, []), Pid end) end.

%% One number goes round a ring of processes, which the first run makes.
ring(Hops, Size) ->
    Next = case get(ring) of
        undefined -> make_ring(Size);
        Made -> Made
    end,
    put(ring, Next),
    around(Next, Hops),
    done.

make_ring(Size) ->
    [Next | _] = lists:foldl(fun(_, [To | _] = All) -> [spawn(fun() -> pass(To) end) | All] end,
        [self()], lists:seq(2, Size)),
    Next.

pass(To) -> receive N -> To ! N - 1 end, pass(To).

around(Next, Left) when Left > 0 ->
    Next ! Left - 1,
    receive N -> around(Next, N) end;
around(_, _) -> done.

pingpong(Times) ->
    Echo = spawn(fun echo/0),
    ask(Echo, Times),
    exit(Echo, kill),
    done.

echo() -> receive {ping, From, N} -> From ! {pong, N} end, echo().

ask(_, 0) -> ok;
ask(Echo, N) ->
    Echo ! {ping, self(), N},
    receive {pong, N} -> ask(Echo, N - 1) end.

%% A server answers with a fresh reference, while many other messages are in the mailbox.
fresh_refs(Times, Others) ->
    Echo = spawn(fun echo_ref/0),
    {_, There} = process_info(self(), message_queue_len),
    [self() ! N || N <- lists:seq(There + 1, Others)],
    ask_ref(Echo, Times),
    exit(Echo, kill),
    done.

echo_ref() -> receive {From, Ref} -> From ! {Ref, answer} end, echo_ref().

ask_ref(_, 0) -> ok;
ask_ref(Echo, N) ->
    Ref = make_ref(),
    Echo ! {self(), Ref},
    receive {Ref, answer} -> ask_ref(Echo, N - 1) end.

%% Processes that end at once, and whose end is waited for.
exits(Left) when Left > 0 ->
    [spawn_monitor(fun() -> ok end) || _ <- lists:seq(1, ?BATCH)],
    [receive {'DOWN', _, process, _, normal} -> ok end || _ <- lists:seq(1, ?BATCH)],
    exits(Left - ?BATCH);
exits(_) -> done.

calls(Times) ->
    {ok, Counter} = gen_server:start(?MODULE, 0, []),
    call(Counter, 1, Times),
    done.

call(_, N, Times) when N > Times -> ok;
call(Counter, N, Times) ->
    N = gen_server:call(Counter, {add, 1}),
    call(Counter, N + 1, Times).

%% How many bytes a process takes that waits.
idle(Count, Start) ->
    Before = memory(),
    Pids = [Start() || _ <- lists:seq(1, Count)],
    timer:sleep(50),
    Bytes = (memory() - Before) div Count,
    [exit(Pid, kill) || Pid <- Pids],
    Bytes.

memory() ->
    garbage_collect(),
    erlang:memory(total).

init(Sum) -> {ok, Sum}.
handle_call({add, By}, _, Sum) -> {reply, Sum + By, Sum + By}.
handle_cast(_, Sum) -> {noreply, Sum}.
