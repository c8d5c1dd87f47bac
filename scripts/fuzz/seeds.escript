#!/usr/bin/env escript
%% Writes the seeds of two targets, as a BEAM encodes them: escript scripts/fuzz/seeds.escript test/fuzz/seeds
%% A BEAM refuses pids of its own node with numbers that it never gives, so that the seeds have those of another node.
main([Dir]) ->
  Hex = fun(B) -> [string:lowercase(binary_to_list(binary:encode_hex(binary:replace(iolist_to_binary(B), <<"nonode@nohost">>, <<"kate@nohost.x">>, [global])))), "\n"] end,
  Fun = fun(Text) -> {ok, T, _} = erl_scan:string(Text ++ "."), {ok, E} = erl_parse:parse_exprs(T), {value, F, _} = erl_eval:exprs(E, [{'X', 7}]), F end,
  Texts = ["fun() -> X + 1 end", "fun(A) -> case A of 1 -> one; N when N > 2, is_integer(N) -> {big, N}; _ -> other end end",
    "fun(A, B) -> [Y || Y <- [A, B, 3], Y > 1] end", "fun(A) -> try throw({a, A}) catch throw:{a, Z} -> Z; error:_:S -> S after ok end end",
    "fun F(0) -> 0; F(N) when N < 5 -> N + F(N - 1); F(_) -> x end", "fun(A) -> <<B:4, C/bits>> = <<A:16>>, {B, C, <<C/bits, B:4>>} end",
    "fun() -> #{a := V} = M = #{a => 1, b => [X]}, M#{a := V + 1} end", "fun() -> receive {a, B} -> B after 0 -> none end end",
    "fun() -> lists:map(fun(E) -> E * 2 end, [1, 2]) end", "fun() -> begin G = fun(H) -> H(1) end, G(fun(I) -> -I end) end end",
    "fun() -> catch erlang:error(badarg) end", "fun(A) -> if A =:= 1 -> a; A andalso true -> b; true -> c end end", "fun() -> << <<E>> || <<E:2>> <= <<1, 2>> >> end",
    "fun() -> self() ! {hi, make_ref()}, spawn(fun() -> ok end), atom_to_list(abc) ++ \"x\" end", "fun erlang:abs/1", "fun() -> maybe_no end"],
  Funs = [Fun(T) || T <- Texts],
  Terms = [0, 255, 256, -1, 1 bsl 31, -(1 bsl 31), 1 bsl 64, -(1 bsl 70), 1 bsl 2100, 1.5, -0.0, 1.0e300, a, '', 'kate@localhost', list_to_atom([246, 228]), list_to_atom([1040]),
    list_to_atom(lists:duplicate(255, $a)), {}, {1, 2}, list_to_tuple(lists:seq(1, 300)), [], [1], "text", [1 | 2], lists:seq(1, 300), [a, [b, [c]]], <<>>, <<"binary">>, <<1:3>>,
    <<0:2000>>, #{}, #{a => 1, 2 => b}, maps:from_list([{I, I} || I <- lists:seq(1, 40)]), self(), make_ref(), hd(erlang:ports()), fun lists:map/2, true, false, nil, undefined,
    {ok, [#{x => {1.5, <<"y">>, self()}}]}] ++ Funs,
  Old = [<<131,99,"1.50000000000000000000e+00",0,0,0,0,0>>, <<131,100,0,1,$a>>, <<131,115,1,$a>>, <<131,107,0,2,1,2>>, <<131,118,0,1,$a>>,
    <<131,103,100,0,1,$a,0,0,0,1,0,0,0,2,3>>, <<131,102,100,0,1,$a,0,0,0,1,1>>, <<131,89,119,1,$a,0,0,0,1,0,0,0,1>>, <<131,120,119,1,$a,0,0,0,0,0,0,0,1,0,0,0,1>>,
    <<131,114,0,1,119,1,$a,1,0,0,0,2>>, <<131,101,100,0,1,$a,0,0,0,1,1>>, <<131,111,0,0,0,1,0,1>>, <<131,110,0,0>>, <<131,108,0,0,0,0,106>>, <<131,116,0,0,0,2,97,1,97,1,97,1,97,2>>],
  Decode = [term_to_binary(T) || T <- Terms] ++ [term_to_binary(T, [compressed]) || T <- [lists:seq(1, 300), <<0:8000>>]] ++ [term_to_binary(T, [{minor_version, 1}]) || T <- [1.5, a, self()]] ++ Old,
  ok = file:write_file(filename:join(Dir, "decode.hex"), [Hex(B) || B <- Decode]),
  ok = file:write_file(filename:join(Dir, "erl-eval.hex"), [Hex(term_to_binary(F)) || F <- Funs]).
