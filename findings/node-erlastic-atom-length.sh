#!/usr/bin/env bash
# node_erlastic 0.0.8 (npm) and any `erl` on the PATH (seen with OTP 25.2.3, Debian), no Moebi.
#
# An atom is written with the tag of Latin-1 (ATOM_EXT), the length in UTF-16 units and the bytes of UTF-8. With one character above
# 127, for instance a German map key, the length is one byte too short: the BEAM takes the rest of the name for the next term and
# refuses the whole message. Map keys are atoms by default, so `{ größe: 1 }` is enough.
#
# Seen: `{groesse} ok, {größe} badarg`
# Expected: ok for both.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cd "$folder"
npm install --silent --no-audit --no-fund node_erlastic@0.0.8
cat >atoms.cjs <<'END'
const bert = require('node_erlastic/bert');

console.log(bert.encode({ [process.argv[2]]: 1 }).toString('hex'));
END
verdict() {
  local hex
  hex=$(node --no-deprecation atoms.cjs "$1")
  timeout 20 erl -noshell -eval "
    Verdict = try binary_to_term(binary:decode_hex(<<\"$hex\">>)) of _ -> ok catch error:badarg -> badarg end,
    io:format(\"~w\", [Verdict]), halt()."
}
seen="{groesse} $(verdict groesse), {größe} $(verdict größe)"
echo "$seen"
[ "$seen" = '{groesse} ok, {größe} badarg' ]
