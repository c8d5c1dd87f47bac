#!/usr/bin/env bash
# epmd-client 0.0.2, bertjs 0.0.1 and bert 1.0.0 (npm), no Moebi.
#
# Three packages that a search for epmd and BERT on npm finds cannot be required after a plain `npm install`. epmd-client needs
# `debug`, which it lists for development only. The `main` of bertjs is a file of a build that was not published; its source,
# bertjs/lib/bert.js, is there. bert holds a package.json and no code.
#
# Seen: epmd-client `Cannot find module 'debug'`, bertjs and bert no module of their own name
# Expected: three modules.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cd "$folder"
npm install --silent --no-audit --no-fund epmd-client@0.0.2 bertjs@0.0.1 bert@1.0.0
cat >load.cjs <<'END'
for (const name of ['epmd-client', 'bertjs', 'bert']) {
  try {
    require(name);
    console.log(`${name} loaded`);
  } catch (error) {
    console.log(`${name} ${/Cannot find module .*?(debug|bertjs|bert)\b/.exec(error.message)?.[1]}`);
  }
}
END
seen=$(timeout 20 node load.cjs)
echo "$seen"
[ "$seen" = 'epmd-client debug
bertjs bertjs
bert bert' ]
