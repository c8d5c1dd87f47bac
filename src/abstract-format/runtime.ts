/** Helper: Erlang code with the semantics of an operation of JavaScript, and the helpers that it calls. */
interface Helper {
  readonly needs: readonly HelperName[]
  /** An Erlang fun expression. A helper is called by its name with the prefix `Js_`. */
  readonly source: string
}

export type HelperName =
  | 'number'
  | 'operand'
  | 'add'
  | 'subtract'
  | 'multiply'
  | 'divide'
  | 'remainder'
  | 'power'
  | 'negate'
  | 'equal'
  | 'less'
  | 'greater'
  | 'truthy'
  | 'pinned'
  | 'send'
  | 'float'
  | 'string'
  | 'get'
  | 'items'
  | 'fields'
  | 'call'
  | 'indexed'
  | 'isArray'
  | 'map'
  | 'filter'
  | 'forEach'
  | 'reduce'
  | 'some'
  | 'every'
  | 'find'
  | 'flatMap'
  | 'includes'
  | 'join'
  | 'concat'
  | 'slice'
  | 'at'
  | 'toReversed'
  | 'startsWith'
  | 'endsWith'
  | 'split'
  | 'replaceAll'
  | 'repeat'
  | 'floor'
  | 'ceil'
  | 'round'
  | 'trunc'
  | 'abs'
  | 'sqrt'
  | 'max'
  | 'min'
  | 'puts'
  | 'inspect'

/** Properties that every object of JavaScript inherits. A map of Erlang does not have them. */
export const OBJECT_MEMBERS: readonly string[] = Object.getOwnPropertyNames(Object.prototype)

/**
 * Operators, properties and methods of JavaScript, written in Erlang. The helpers that a function needs are evaluated on the
 * other node before the function.
 *
 * Numbers: a result that is a safe integer becomes an integer, and any other result a float, as when a number of JavaScript is
 * encoded. An operation that has no finite result raises `badarith`.
 */
const helpers: Readonly<Record<HelperName, Helper>> = {
  number: {
    needs: [],
    source: `fun (F) when is_float(F), F == trunc(F), F > -9007199254740992.0, F < 9007199254740992.0 -> trunc(F);
      (I) when is_integer(I), I > 9007199254740991; is_integer(I), I < -9007199254740991 -> float(I);
      (N) when is_number(N) -> N end`,
  },
  // An integer that is not safe is a bigint in JavaScript, which does not calculate with bigints and numbers together.
  operand: {
    needs: [],
    source:
      'fun (N) when is_float(N); is_integer(N), abs(N) =< 9007199254740991 -> N; (N) when is_integer(N) -> error({badarith, <<"a bigint is not calculated with">>}); (_) -> error(badarith) end',
  },
  add: {
    needs: ['number', 'operand', 'string'],
    source: `fun (A, B) when is_number(A), is_number(B) -> Js_number(Js_operand(A) + Js_operand(B));
      (A, B) when is_binary(A); is_binary(B); is_atom(A), A =/= true, A =/= false, A =/= nil;
          is_atom(B), B =/= true, B =/= false, B =/= nil -> <<(Js_string(A))/binary, (Js_string(B))/binary>>;
      (_, _) -> error(badarith) end`,
  },
  subtract: {
    needs: ['number', 'operand'],
    source: 'fun (A, B) -> Js_number(Js_operand(A) - Js_operand(B)) end',
  },
  multiply: {
    needs: ['number', 'operand'],
    source: 'fun (A, B) -> Js_number(Js_operand(A) * Js_operand(B)) end',
  },
  divide: {
    needs: ['number', 'operand'],
    source: 'fun (A, B) -> Js_number(Js_operand(A) / Js_operand(B)) end',
  },
  remainder: {
    needs: ['number', 'operand'],
    source: `fun (A, B) when is_integer(A), is_integer(B) -> Js_operand(A) rem Js_operand(B);
      (A, B) when B /= 0 -> Js_number(math:fmod(Js_operand(A), Js_operand(B)));
      (_, _) -> error(badarith) end`,
  },
  power: {
    needs: ['number', 'operand'],
    source: 'fun (A, B) -> Js_number(math:pow(Js_operand(A), Js_operand(B))) end',
  },
  negate: { needs: ['number', 'operand'], source: 'fun (A) -> Js_number(-Js_operand(A)) end' },
  // JavaScript compares lists, tuples, maps and functions by identity, which they do not have in Erlang: where they are equal,
  // the answer is not known.
  equal: {
    needs: [],
    source: `fun (A, B) when is_number(A), is_number(B) -> A =:= B orelse A == B andalso abs(A) =< 9007199254740991;
      (A, A) when is_list(A); is_tuple(A); is_map(A); is_function(A) ->
        error({badarg, <<"=== of equal lists, tuples, maps or functions, which have no identity in Erlang">>});
      (A, B) -> A =:= B end`,
  },
  less: {
    needs: [],
    source: `fun (A, B) when is_number(A), is_number(B) -> A < B;
      (A, B) when is_binary(A), is_binary(B) ->
        unicode:characters_to_binary(A, utf8, utf16) < unicode:characters_to_binary(B, utf8, utf16);
      (_, _) -> error(badarg) end`,
  },
  greater: { needs: ['less'], source: 'fun (A, B) -> Js_less(B, A) end' },
  truthy: {
    needs: [],
    source:
      'fun (false) -> false; (nil) -> false; (<<>>) -> false; (N) when N == 0 -> false; (_) -> true end',
  },
  // In a pattern of Moebi an array is a tuple, and an object is a map that may have other keys too.
  pinned: {
    needs: [],
    source: `fun Pinned(T) when is_tuple(T) -> lists:foreach(Pinned, tuple_to_list(T));
      Pinned(X) when is_list(X); is_map(X); is_function(X) ->
        error({badarg, <<"a list, a map or a function as a part of a pattern">>});
      Pinned(_) -> ok end`,
  },
  // A message to a name that is not registered is lost.
  send: {
    needs: [],
    source: `fun (Name, Message) when is_atom(Name), Name =/= nil, not is_boolean(Name) ->
        case whereis(Name) of undefined -> Message; To -> To ! Message end;
      (To, Message) -> To ! Message end`,
  },
  // The layout of Number::toString of ECMAScript: plain digits between 1e-6 and 1e21, and an exponent outside of that.
  float: {
    needs: [],
    source: `fun (F) ->
      [Mantissa | Exponent] = string:split(float_to_list(abs(F), [short]), "e"),
      [Whole, Fraction] = string:split(Mantissa, "."),
      Shift = case Exponent of [] -> 0; [Text] -> list_to_integer(Text) end,
      All = string:trim(Whole ++ Fraction, trailing, "0"),
      Digits = string:trim(All, leading, "0"),
      Point = length(Whole) + Shift - (length(All) - length(Digits)),
      Count = length(Digits),
      Zeros = fun (N) -> lists:duplicate(N, $0) end,
      Unsigned = if
        Count =< Point, Point =< 21 -> Digits ++ Zeros(Point - Count);
        0 < Point, Point =< 21 -> lists:sublist(Digits, Point) ++ "." ++ lists:nthtail(Point, Digits);
        -6 < Point, Point =< 0 -> "0." ++ Zeros(-Point) ++ Digits;
        true ->
          Rest = case tl(Digits) of [] -> ""; More -> "." ++ More end,
          [hd(Digits)] ++ Rest ++ "e" ++ (if Point > 0 -> "+"; true -> "-" end) ++ integer_to_list(abs(Point - 1))
      end,
      list_to_binary((if F < 0 -> "-"; true -> "" end) ++ Unsigned) end`,
  },
  string: {
    needs: ['number', 'float'],
    source: `fun (B) when is_binary(B) -> B;
      (nil) -> error({badarg, <<"nil as text, which is null or undefined in JavaScript">>});
      (A) when is_atom(A) -> atom_to_binary(A);
      (I) when is_integer(I) -> integer_to_binary(I);
      (N) when is_float(N) ->
        case Js_number(N) of I when is_integer(I) -> integer_to_binary(I); F -> Js_float(F) end;
      (_) -> error(badarg) end`,
  },
  get: {
    needs: [],
    source: `fun (L, length) when is_list(L) -> length(L);
      (T, length) when is_tuple(T) -> tuple_size(T);
      (B, length) when is_binary(B) -> byte_size(unicode:characters_to_binary(B, utf8, utf16)) div 2;
      (M, K) when is_map(M), is_atom(K), K =/= nil -> maps:get(K, M, nil);
      (A, name) when is_atom(A), A =/= true, A =/= false, A =/= nil -> atom_to_binary(A);
      (P, node) when is_pid(P) -> node(P);
      (M, K) when is_map(M), is_binary(K); is_map(M), is_integer(K) ->
        Text = if is_integer(K) -> integer_to_binary(K); true -> K end,
        lists:member(Text, [${OBJECT_MEMBERS.map((name) => `<<"${name}">>`).join(', ')}]) andalso error(badarg),
        try binary_to_existing_atom(Text) of A -> maps:get(A, M, nil) catch error:_ -> nil end;
      (L, I) when is_list(L), is_integer(I), I >= 0 ->
        case I < length(L) of true -> lists:nth(I + 1, L); false -> nil end;
      (T, I) when is_tuple(T), is_integer(I), I >= 0, I < tuple_size(T) -> element(I + 1, T);
      (T, I) when is_tuple(T), is_integer(I) -> nil;
      (L, I) when is_list(L), is_integer(I) -> nil;
      (_, _) -> error(badarg) end`,
  },
  items: {
    needs: [],
    source:
      'fun (L) when is_list(L) -> L; (T) when is_tuple(T) -> tuple_to_list(T); (_) -> error(badarg) end',
  },
  // The entries that a spread in an object literal adds.
  fields: {
    needs: [],
    source: 'fun (M) when is_map(M) -> M; (X) when X =:= nil; is_boolean(X); is_number(X) -> #{} end',
  },
  call: {
    needs: [],
    source: `fun (F, Args) ->
      {arity, N} = erlang:fun_info(F, arity),
      apply(F, lists:sublist(Args ++ lists:duplicate(N, nil), N)) end`,
  },
  isArray: {
    needs: [],
    source: 'fun (L) when length(L) >= 0 -> true; (_) -> false end',
  },
  indexed: {
    needs: ['items'],
    source: 'fun (L) -> Items = Js_items(L), lists:zip(Items, lists:seq(0, length(Items) - 1)) end',
  },
  map: {
    needs: ['call', 'indexed'],
    source: 'fun (L, F) when is_function(F) -> [Js_call(F, [X, I, L]) || {X, I} <- Js_indexed(L)] end',
  },
  filter: {
    needs: ['call', 'indexed', 'truthy'],
    source:
      'fun (L, F) when is_function(F) -> [X || {X, I} <- Js_indexed(L), Js_truthy(Js_call(F, [X, I, L]))] end',
  },
  forEach: {
    needs: ['call', 'indexed'],
    source:
      'fun (L, F) when is_function(F) -> lists:foreach(fun ({X, I}) -> Js_call(F, [X, I, L]) end, Js_indexed(L)), nil end',
  },
  reduce: {
    needs: ['call', 'indexed'],
    source:
      'fun (L, F, Start) when is_function(F) -> lists:foldl(fun ({X, I}, A) -> Js_call(F, [A, X, I, L]) end, Start, Js_indexed(L)) end',
  },
  some: {
    needs: ['call', 'indexed', 'truthy'],
    source:
      'fun (L, F) when is_function(F) -> lists:any(fun ({X, I}) -> Js_truthy(Js_call(F, [X, I, L])) end, Js_indexed(L)) end',
  },
  every: {
    needs: ['call', 'indexed', 'truthy'],
    source:
      'fun (L, F) when is_function(F) -> lists:all(fun ({X, I}) -> Js_truthy(Js_call(F, [X, I, L])) end, Js_indexed(L)) end',
  },
  find: {
    needs: ['call', 'indexed', 'truthy'],
    source: `fun (L, F) when is_function(F) ->
      case lists:search(fun ({X, I}) -> Js_truthy(Js_call(F, [X, I, L])) end, Js_indexed(L)) of
        {value, {X, _}} -> X; false -> nil end end`,
  },
  flatMap: {
    needs: ['map'],
    source:
      'fun (L, F) -> lists:append([case is_list(X) of true -> X; false -> [X] end || X <- Js_map(L, F)]) end',
  },
  includes: {
    needs: ['equal', 'items'],
    source: `fun (B, Part) when is_binary(B), is_binary(Part) -> Part =:= <<>> orelse binary:match(B, Part) =/= nomatch;
      (L, X) -> lists:any(fun (Y) -> Js_equal(X, Y) end, Js_items(L)) end`,
  },
  join: {
    needs: ['items', 'string'],
    source: `fun (L, Separator) ->
      iolist_to_binary(lists:join(Js_string(Separator), [case X of nil -> <<>>; _ -> Js_string(X) end || X <- Js_items(L)])) end`,
  },
  concat: {
    needs: [],
    source: 'fun (A, B) when is_list(A), is_list(B) -> A ++ B; (A, B) when is_list(A) -> A ++ [B] end',
  },
  slice: {
    needs: [],
    source: `fun (L, From, To) when is_list(L), is_integer(From), is_integer(To); is_list(L), is_integer(From), To =:= '$none' ->
      Size = length(L),
      At = fun (I) when I < 0 -> max(0, Size + I); (I) -> min(I, Size) end,
      lists:sublist(L, At(From) + 1, max(0, At(case To of '$none' -> Size; _ -> To end) - At(From))) end`,
  },
  at: {
    needs: ['get', 'items'],
    source: 'fun (L, I) when I < 0 -> Js_get(L, length(Js_items(L)) + I); (L, I) -> Js_get(L, I) end',
  },
  toReversed: { needs: [], source: 'fun (L) -> lists:reverse(L) end' },
  startsWith: {
    needs: [],
    source: `fun (B, Part) when is_binary(B), is_binary(Part) ->
      Size = byte_size(Part), case B of <<Part:Size/binary, _/binary>> -> true; _ -> false end end`,
  },
  endsWith: {
    needs: [],
    source: `fun (B, Part) when is_binary(B), is_binary(Part) ->
      Before = byte_size(B) - byte_size(Part),
      Before >= 0 andalso binary:part(B, Before, byte_size(Part)) =:= Part end`,
  },
  split: {
    needs: [],
    source: `fun (B, Separator) when is_binary(B), byte_size(Separator) > 0 -> binary:split(B, Separator, [global]) end`,
  },
  replaceAll: {
    needs: [],
    // These characters have a special meaning in the replacement.
    source: `fun (B, Part, By) when is_binary(B), byte_size(Part) > 0, is_binary(By) ->
      nomatch = binary:match(By, [<<"$$">>, <<"$&">>, <<"$\`">>, <<"$'">>]),
      iolist_to_binary(lists:join(By, binary:split(B, Part, [global]))) end`,
  },
  repeat: {
    needs: [],
    source: 'fun (B, N) when is_binary(B), is_integer(N), N >= 0 -> binary:copy(B, N) end',
  },
  floor: { needs: ['number', 'operand'], source: 'fun (N) -> Js_number(math:floor(Js_operand(N))) end' },
  ceil: { needs: ['number', 'operand'], source: 'fun (N) -> Js_number(math:ceil(Js_operand(N))) end' },
  round: {
    needs: ['number', 'operand'],
    source: `fun (N) ->
      Down = math:floor(Js_operand(N)), Js_number(case N - Down >= 0.5 of true -> Down + 1; false -> Down end) end`,
  },
  trunc: {
    needs: ['ceil', 'floor'],
    source: 'fun (N) when N < 0 -> Js_ceil(N); (N) -> Js_floor(N) end',
  },
  abs: { needs: ['number', 'operand'], source: 'fun (N) -> Js_number(abs(Js_operand(N))) end' },
  sqrt: { needs: ['number', 'operand'], source: 'fun (N) -> Js_number(math:sqrt(Js_operand(N))) end' },
  max: {
    needs: ['number', 'operand'],
    source: 'fun (L) -> lists:max([Js_number(Js_operand(N)) || N <- L]) end',
  },
  min: {
    needs: ['number', 'operand'],
    source: 'fun (L) -> lists:min([Js_number(Js_operand(N)) || N <- L]) end',
  },
  // IO.puts with the I/O of Erlang: a node without Elixir has no module IO.
  puts: {
    needs: ['string'],
    source: `fun (X) ->
      Text = case X of
        nil -> <<>>;
        L when is_list(L) -> L;
        A when is_atom(A) ->
          case atom_to_binary(A) of <<"Elixir.", Name/binary>> -> Name; Name -> Name end;
        _ -> Js_string(X) end,
      io:put_chars([unicode:characters_to_binary(Text), $\\n]) end`,
  },
  inspect: {
    needs: [],
    source: `fun (X) ->
      case code:ensure_loaded('Elixir.IO') of
        {module, Module} -> Module:inspect(X);
        _ -> io:format("~tp~n", [X]), X end end`,
  },
}

/**
 * Returns Erlang expressions that bind these helpers, and those that they need, to variables `Js_name`, each before its first
 * use; `ok.` when there are none.
 */
export function runtimeSource(names: Iterable<HelperName>): string {
  const bound = new Map<HelperName, string>()
  const bind = (name: HelperName): void => {
    if (bound.has(name)) return
    const { needs, source } = helpers[name]
    for (const needed of needs) bind(needed)
    bound.set(name, `Js_${name} = ${source}`)
  }
  for (const name of names) bind(name)
  return `${[...bound.values(), 'ok'].join(',\n')}.`
}
