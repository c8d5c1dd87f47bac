#!/usr/bin/env bash
# epmd-client 0.0.2, bertjs 0.0.1, bert 1.0.0 and otp-js 1.0.2 (npm), no Moebi.
#
# Four packages that a search for epmd, BERT and OTP on npm finds cannot be required after a plain `npm install`. epmd-client and
# otp-js need `debug`, which the first lists for development only, and the second not at all. The `main` of bertjs is a file of a build that was not published; its source,
# bertjs/lib/bert.js, is there. bert holds a package.json and no code. With `debug` beside it, otp-js still
# stops: it uses a global `regeneratorRuntime` that it does not bring.
#
# Seen: epmd-client and otp-js `Cannot find module 'debug'`, bertjs and bert no module of their own name; with `debug`, otp-js
#       `regeneratorRuntime is not defined`
# Expected: four modules.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cd "$folder"
npm install --silent --no-audit --no-fund epmd-client@0.0.2 bertjs@0.0.1 bert@1.0.0 otp-js@1.0.2
cat >load.cjs <<'END'
for (const name of ['epmd-client', 'bertjs', 'bert', 'otp-js']) {
  try {
    require(name);
    console.log(`${name} loaded`);
  } catch (error) {
    const missing = /Cannot find module .*?(debug|bertjs|bert)\b/.exec(error.message.split('\n')[0]);
    console.log(`${name} ${missing?.[1] ?? error.message.split('\n')[0]}`);
  }
}
END
seen=$(timeout 20 node load.cjs)
npm install --silent --no-audit --no-fund debug@4.3.4
seen="$seen
with debug: $(timeout 20 node load.cjs | tail -1)"
echo "$seen"
[ "$seen" = 'epmd-client debug
bertjs bertjs
bert bert
otp-js debug
with debug: otp-js regeneratorRuntime is not defined' ]
