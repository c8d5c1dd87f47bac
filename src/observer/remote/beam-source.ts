import { type Code, erlang } from '../../node/index.ts'
import type { Pid, Reference } from '../../term/index.ts'

// What a BEAM node evaluates for the observer. The result of each has the form of the function of `moebi_observer` on a Moebi node.

/** `moebi_observer:info/0` */
export const infoCode = (): Code => erlang`
  Stat = fun(Port, Node) when is_port(Port) ->
      case inet:getstat(Port, [recv_oct, send_oct, recv_cnt, send_cnt, send_pend]) of
        {ok, [{_, BytesIn}, {_, BytesOut}, {_, In}, {_, Out}, {_, Queue}]} ->
          #{node => Node, bytes_in => BytesIn, bytes_out => BytesOut, signals_in => In, signals_out => Out, queue => Queue};
        _ -> #{node => Node}
      end;
    (_, Node) -> #{node => Node}
  end,
  Hidden = nodes(hidden),
  Links = [maps:put(hidden, lists:member(Node, Hidden), Stat(Port, Node)) || {Node, Port} <- erlang:system_info(dist_ctrl)],
  Elixir = case lists:keyfind(elixir, 1, application:which_applications(1000)) of
    {_, _, Version} -> ", Elixir " ++ Version;
    false -> ""
  end,
  #{release => unicode:characters_to_binary("OTP " ++ erlang:system_info(otp_release) ++ Elixir),
    os_pid => list_to_integer(os:getpid()),
    uptime => element(1, erlang:statistics(wall_clock)) div 1000,
    processes => erlang:system_info(process_count),
    run_queue => erlang:statistics(run_queue),
    memory => #{total => erlang:memory(total), processes => erlang:memory(processes), binary => erlang:memory(binary), ets => erlang:memory(ets)},
    tick_time => case net_kernel:get_net_ticktime() of Tick when is_integer(Tick) -> Tick * 1000; _ -> undefined end,
    links => Links,
    zombies => []}`

/** `moebi_observer:rows/1` */
export const rowsCode = (pids: readonly Pid[]): Code => erlang`
  Row = fun(Pid) ->
    case erlang:process_info(Pid, [registered_name, initial_call, status, message_queue_len, memory, reductions, current_function, dictionary]) of
      undefined -> {Pid, undefined};
      [{_, Name}, {_, Initial}, {_, Status}, {_, Queue}, {_, Memory}, {_, Reductions}, {_, Current}, {_, Dictionary}] ->
        Get = fun(Key, Default) ->
          case lists:keyfind(Key, 1, Dictionary) of
            {_, Value} -> Value;
            false -> Default
          end
        end,
        Label = Get('$process_label', undefined),
        Text = case Label =:= undefined orelse erts_debug:flat_size(Label) > 1000 of
          true -> undefined;
          false -> unicode:characters_to_binary(io_lib:format("~0tp", [Label]))
        end,
        Ancestors = case Get('$ancestors', []) of
          List when is_list(List) -> lists:sublist(List, 10);
          _ -> []
        end,
        {Pid, case Name of [] -> undefined; _ -> Name end, Get('$initial_call', Initial), Text, Status, Queue, Memory, Reductions, Ancestors, Current}
    end
  end,
  [Row(Pid) || Pid <- ${pids}]`

/** `moebi_observer:detail/1`. The messages of a mailbox of more than a thousand are not read, since that copies all of them. */
export const detailCode = (pid: Pid): Code => erlang`
  Pid = ${pid},
  Show = fun(Term) ->
    Text = case catch 'Elixir.Kernel':inspect(Term, [{limit, 50}, {printable_limit, 1000}]) of
      Inspected when is_binary(Inspected) -> Inspected;
      _ -> unicode:characters_to_binary(io_lib:format("~0tP", [Term, 50]))
    end,
    string:slice(Text, 0, 1000)
  end,
  case erlang:process_info(Pid, [links, monitors, monitored_by, trap_exit, group_leader, current_stacktrace, message_queue_len]) of
    undefined -> undefined;
    [{_, Links}, {_, Monitors}, {_, MonitoredBy}, {_, TrapExit}, {_, Leader}, {_, Stack}, {_, Queue}] ->
      Messages = case Queue =< 1000 andalso erlang:process_info(Pid, messages) of
        {_, List} -> [Show(Message) || Message <- lists:sublist(List, 20)];
        _ -> []
      end,
      Frame = fun({Module, Function, Arity, Location}) ->
        Count = case Arity of Args when is_list(Args) -> length(Args); _ -> Arity end,
        Place = case {lists:keyfind(file, 1, Location), lists:keyfind(line, 1, Location)} of
          {{_, File}, {_, Line}} -> io_lib:format(" (~ts:~w)", [File, Line]);
          _ -> ""
        end,
        unicode:characters_to_binary(io_lib:format("~tp:~tp/~w~ts", [Module, Function, Count, Place]))
      end,
      #{links => lists:sublist([Link || Link <- Links, is_pid(Link)], 200),
        monitors => lists:sublist([Target || {process, Target} <- Monitors], 200),
        monitored_by => lists:sublist([By || By <- MonitoredBy, is_pid(By)], 200),
        trap_exit => TrapExit,
        group_leader => Leader,
        stack => [Frame(Each) || Each <- lists:sublist(Stack, 30)],
        messages => Messages}
  end`

/** `moebi_observer:state/2` */
export const stateCode = (pid: Pid, timeout: number): Code => erlang`
  State = sys:get_state(${pid}, ${timeout}),
  Text = case catch 'Elixir.Kernel':inspect(State, [{limit, 50}, {printable_limit, 1000}, {pretty, true}, {width, 100}]) of
    Inspected when is_binary(Inspected) -> Inspected;
    _ -> unicode:characters_to_binary(io_lib:format("~tP", [State, 50]))
  end,
  string:slice(Text, 0, 20000)`

/** The children of a supervisor. A call that times out leaves nothing behind on the node. */
export const childrenCode = (pid: Pid, most: number): Code => erlang`
  Pid = ${pid},
  {_, Count} = lists:keyfind(specs, 1, gen_server:call(Pid, count_children, 1000)),
  {_, Active} = lists:keyfind(active, 1, gen_server:call(Pid, count_children, 1000)),
  case max(Count, Active) > ${most} of
    true -> {max(Count, Active), []};
    false -> {max(Count, Active), gen_server:call(Pid, which_children, 1000)}
  end`

/**
 * `moebi_observer:watch/2`: a process with a filter of the logger, which is there until the observer ends. At most a hundred reports wait.
 */
export const watchCode = (observer: Pid, to: Reference): Code => erlang`
  Observer = ${observer}, Alias = ${to},
  spawn(fun() ->
    Self = self(),
    Monitor = erlang:monitor(process, Observer),
    Id = list_to_atom("moebi_observer_" ++ integer_to_list(erlang:phash2(Observer))),
    Filter = fun(Event, _) ->
      Level = maps:get(level, Event, debug),
      Waits = erlang:process_info(Self, message_queue_len),
      case logger:compare_levels(Level, error) =/= lt andalso Waits =/= undefined andalso element(2, Waits) < 100 of
        true -> Self ! {event, Event};
        false -> ok
      end,
      ignore
    end,
    _ = logger:remove_primary_filter(Id),
    ok = logger:add_primary_filter(Id, {Filter, none}),
    Loop = fun Again() ->
      receive
        {event, #{level := Level, meta := Meta} = Event} ->
          Format = fun() -> logger_formatter:format(Event, #{single_line => false, chars_limit => 20000, template => [msg]}) end,
          Text = case catch unicode:characters_to_binary(Format()) of
            Binary when is_binary(Binary) -> Binary;
            _ -> <<"a report that cannot be shown">>
          end,
          What = #{node => node(), level => Level, time => maps:get(time, Meta, 0) div 1000, text => string:slice(Text, 0, 20000), pid => maps:get(pid, Meta, undefined)},
          Alias ! {moebi_observer, report, What},
          Again();
        {'DOWN', Monitor, _, _, _} ->
          logger:remove_primary_filter(Id);
        _ -> Again()
      end
    end,
    Loop()
  end)`

/** `moebi_observer:trace/4`: a tracer of `erlang:trace/3`, which only one process at a time can be. */
export const traceCode = (pid: Pid, observer: Pid, to: Reference, count: number): Code => erlang`
  Pid = ${pid}, Observer = ${observer}, Alias = ${to}, Count = ${count}, Asker = self(),
  Tracer = spawn(fun() ->
    Monitor = erlang:monitor(process, Observer),
    Traced = catch erlang:trace(Pid, true, [send, 'receive', {tracer, self()}]),
    Asker ! {self(), Traced},
    Show = fun(Term) ->
      Text = case catch 'Elixir.Kernel':inspect(Term, [{limit, 50}, {printable_limit, 500}]) of
        Inspected when is_binary(Inspected) -> Inspected;
        _ -> unicode:characters_to_binary(io_lib:format("~0tP", [Term, 50]))
      end,
      string:slice(Text, 0, 500)
    end,
    Tell = fun(Kind, Text) -> Alias ! {moebi_observer, trace, Pid, Kind, Text} end,
    End = erlang:monotonic_time(millisecond) + 60000,
    Loop = fun
      Again(0) -> Tell(ended, <<"it has sent or received as many messages as are traced">>);
      Again(Left) ->
        receive
          {trace, Pid, 'receive', Message} -> Tell(received, Show(Message)), Again(Left - 1);
          {trace, Pid, _, Message, To} -> Tell(sent, <<(Show(Message))/binary, " to ", (Show(To))/binary>>), Again(Left - 1);
          {'DOWN', Monitor, _, _, _} -> ok
        after max(0, End - erlang:monotonic_time(millisecond)) ->
          Tell(ended, <<"a minute has passed">>)
        end
    end,
    case Traced of 1 -> Loop(Count); _ -> ok end
  end),
  receive
    {Tracer, 1} -> Tracer;
    {Tracer, _} -> already_traced
  after 1000 -> already_traced
  end`
