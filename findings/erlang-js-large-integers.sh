#!/usr/bin/env bash
# erlang_js 2.0.7 (npm), no Moebi.
#
# `Erlang.term_to_binary` writes an integer from 2 ** 32 on (and below -(2 ** 32)) with its low 32 bits only, and reports no error.
# 2 ** 40 is written as 0, and Number.MAX_SAFE_INTEGER as 4294967295. The package reads the same integers right, so a counter that
# a BEAM sends and gets back has changed on the way.
#
# Seen: `4294967295 -> 4294967295, 4294967298 -> 2, 1099511627776 -> 0, 9007199254740991 -> 4294967295, -4294967299 -> -3`,
#       and `1099511627776` for the bytes that a BEAM writes for 2 ** 40
# Expected: each integer as it was given, or an OutputException.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cd "$folder"
npm install --silent --no-audit --no-fund erlang_js@2.0.7
cat >integers.mjs <<'END'
import { createRequire } from 'node:module';

const { Erlang } = createRequire(import.meta.url)('erlang_js');
const run = (name, value) =>
  new Promise((resolve, reject) => {
    Erlang[name](value, (error, result) => (error ? reject(error) : resolve(result)));
  });

const pairs = [];
for (const value of [2 ** 32 - 1, 2 ** 32 + 2, 2 ** 40, Number.MAX_SAFE_INTEGER, -(2 ** 32) - 3]) {
  pairs.push(`${value} -> ${await run('binary_to_term', await run('term_to_binary', value))}`);
}
console.log(pairs.join(', '));
console.log(String(await run('binary_to_term', Buffer.from([131, 110, 6, 0, 0, 0, 0, 0, 0, 1]))));
END
seen=$(timeout 20 node integers.mjs)
echo "$seen"
[ "$seen" = '4294967295 -> 4294967295, 4294967298 -> 2, 1099511627776 -> 0, 9007199254740991 -> 4294967295, -4294967299 -> -3
1099511627776' ]
