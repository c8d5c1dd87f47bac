#!/usr/bin/env bash
# erlpack 0.1.4, node_erlastic 0.0.8, node-bertrpc 1.0.1, etf.js 1.0.1, erlang_js 2.0.7 (npm), no Moebi. erlpack needs a C++ compiler.
#
# OTP 26 made minor version 2 the default of term_to_binary/1: every atom, `ok` too, is written as SMALL_ATOM_UTF8_EXT (119). Three
# of five decoders on npm know only the older tags, so a program that read the terms of OTP 25 stops at the first atom after the
# upgrade of the BEAM. erlpack also writes a line to standard output for each such term. node-bertrpc fails while it makes its
# message, so its error does not tell which tag was unknown.
#
# Seen (for the bytes 131 119 2 "ok"): erlpack `Unsupported erlang term type identifier found`, node_erlastic `Unexpected BERT
# type: 119`, node-bertrpc `String.charCodeAt is not a function`, etf.js `ok`, erlang_js `ok`; all five read 131 100 0 2 "ok"
# Expected: ok from each.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cd "$folder"
npm install --silent --no-audit --no-fund erlpack@0.1.4 node_erlastic@0.0.8 node-bertrpc@1.0.1 etf.js@1.0.1 erlang_js@2.0.7
cat >atoms.cjs <<'END'
const { Erlang } = require('erlang_js');

const viaCallback = (bytes) => {
  let read;
  Erlang.binary_to_term(bytes, (error, term) => {
    if (error) throw error;
    read = term;
  });
  return read.value;
};
const decoders = {
  erlpack: (bytes) => require('erlpack').unpack(bytes),
  node_erlastic: (bytes) => require('node_erlastic/bert').decode(bytes).value,
  'node-bertrpc': (bytes) => require('node-bertrpc/src/bert').decode_buffer(bytes).value,
  'etf.js': (bytes) => String(require('etf.js').unpack(bytes)),
  erlang_js: viaCallback,
};
for (const [name, decode] of Object.entries(decoders)) {
  const read = (bytes) => {
    try {
      return decode(Buffer.from(bytes));
    } catch (error) {
      return error.message ?? String(error);
    }
  };
  console.log(`${name}: ${read([131, 100, 0, 2, 111, 107])}, ${read([131, 119, 2, 111, 107])}`);
}
END
seen=$(timeout 20 node --no-deprecation atoms.cjs | grep -v '^\[Error ')
echo "$seen"
[ "$seen" = 'erlpack: ok, Unsupported erlang term type identifier found
node_erlastic: ok, Unexpected BERT type: 119
node-bertrpc: ok, String.charCodeAt is not a function
etf.js: ok, ok
erlang_js: ok, ok' ]
