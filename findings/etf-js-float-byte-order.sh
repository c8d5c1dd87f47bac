#!/usr/bin/env bash
# etf.js 1.0.1 (npm) and OTP 25 (Debian erlang-base 1:25.2.3, or any `erl` on the PATH), no Moebi. Seen on a little-endian machine.
#
# etf.js writes and reads the eight bytes of NEW_FLOAT_EXT in the machine's byte order; the external term format has them
# big-endian. The package reads its own floats right, so its tests pass, but a BEAM reads 1.5 as 3.13984e-319, and etf.js reads the
# 1.5 of a BEAM the same way. An integer from 2 ** 31 on is written as such a float, too: a BEAM reads 4294967295 as
# 1.222269575574816e-309.
#
# Seen: `1.5 for itself; BEAM reads 3.13984e-319; 3.13984e-319 from the bytes of a BEAM; 2 ** 31 is a float: true`
# Expected: 1.5 on both sides, and an integer for 2 ** 31.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cd "$folder"
npm install --silent --no-audit --no-fund etf.js@1.0.1
cat >float.cjs <<'END'
const { pack, unpack } = require('etf.js');

const [, , step, bytes] = process.argv;
if (step === 'pack') console.log(Buffer.from(pack(1.5)).toString('hex'));
if (step === 'unpack') console.log(String(unpack(Buffer.from(bytes, 'hex'))));
if (step === 'tag') console.log(pack(2 ** 31)[1] === 70);
END
packed=$(node float.cjs pack)
beam=$(timeout 20 erl -noshell -eval "io:format(\"~w\", [binary_to_term(binary:decode_hex(<<\"$packed\">>))]), halt().")
bytes=$(timeout 20 erl -noshell -eval 'io:format("~s", [binary:encode_hex(term_to_binary(1.5))]), halt().')
seen="$(node float.cjs unpack "$packed") for itself; BEAM reads $beam; $(node float.cjs unpack "$bytes") from the bytes of a BEAM; 2 ** 31 is a float: $(node float.cjs tag)"
echo "$seen"
[ "$seen" = '1.5 for itself; BEAM reads 3.13984e-319; 3.13984e-319 from the bytes of a BEAM; 2 ** 31 is a float: true' ]
