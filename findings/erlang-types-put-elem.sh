#!/usr/bin/env bash
# erlang-types 1.1.3 (npm; the data types of Elixir compiled to JavaScript), no Moebi.
#
# `Tuple.put_elem` has the name of Elixir's put_elem/3 and erlang:setelement/3, which replace an element; it inserts one, as
# Elixir's Tuple.insert_at/3 does, so the tuple grows. A segment of a BitString keeps its number whole, whatever its size is:
# `<<300::16>>` has one "byte" of value 300 and the byte size 1, where a BEAM has the bytes 1 and 44; two segments of four bits
# have the byte size 2.
#
# Seen: `put_elem {9, 1, 2, 3}; <<300::16>> is 300, byte_size 1; <<5::4, 6::4>> is 5,6, byte_size 2`
# Expected from the functions' names: `put_elem {9, 2, 3}; <<300::16>> is 1,44, byte_size 2; <<5::4, 6::4>> is 86, byte_size 1`
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cd "$folder"
npm install --silent --no-audit --no-fund erlang-types@1.1.3
cat >types.cjs <<'END'
const { BitString, Tuple } = require('erlang-types');

const sized = (value, bits) => BitString.size(BitString.integer(value), bits);
const shown = (bits) => `${bits.value}, byte_size ${bits.byte_size}`;
console.log(
  [
    `put_elem ${new Tuple(1, 2, 3).put_elem(0, 9)}`,
    `<<300::16>> is ${shown(new BitString(sized(300, 16)))}`,
    `<<5::4, 6::4>> is ${shown(new BitString(sized(5, 4), sized(6, 4)))}`,
  ].join('; '),
);
END
seen=$(timeout 20 node types.cjs)
echo "$seen"
[ "$seen" = 'put_elem {9, 1, 2, 3}; <<300::16>> is 300, byte_size 1; <<5::4, 6::4>> is 5,6, byte_size 2' ]
