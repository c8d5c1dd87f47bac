#!/usr/bin/env bash
# erlpack 0.1.4 (npm) and any `erl` on the PATH (seen with OTP 25.2.3, Debian), no Moebi. erlpack needs a C++ compiler.
#
# `pack` writes an integer of JavaScript as an integer only from -(2 ** 31) to 2 ** 32 - 1. One more on either side is a float for a
# BEAM: a function head with `is_integer` does not match, and `X rem 2` fails. The package reads both as the same number, so a
# round trip in JavaScript does not show it. A BigInt, even 5n, is packed as the single byte 131, which is no term, without an error.
#
# Seen: `4294967295 is_integer, 4294967296 is_float, -2147483648 is_integer, -2147483649 is_float; 5n is 83`
# Expected: an integer for each, and for a BigInt an integer or an error.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cd "$folder"
npm install --silent --no-audit --no-fund erlpack@0.1.4
cat >integers.cjs <<'END'
const { pack } = require('erlpack');

const hex = (value) => Buffer.from(pack(value)).toString('hex');
if (process.argv[2] === 'list') console.log(hex([2 ** 32 - 1, 2 ** 32, -(2 ** 31), -(2 ** 31) - 1]));
else console.log(hex(5n));
END
list=$(node integers.cjs list)
cat >kinds.escript <<'END'
#!/usr/bin/env escript
main([Hex]) ->
  Kind = fun(N) when is_integer(N) -> io_lib:format("~w is_integer", [N]); (N) -> io_lib:format("~w is_float", [trunc(N)]) end,
  io:format("~s", [lists:join(", ", [Kind(N) || N <- binary_to_term(binary:decode_hex(list_to_binary(Hex)))])]).
END
seen="$(timeout 20 escript kinds.escript "$list"); 5n is $(node integers.cjs bigint)"
echo "$seen"
[ "$seen" = '4294967295 is_integer, 4294967296 is_float, -2147483648 is_integer, -2147483649 is_float; 5n is 83' ]
