#!/usr/bin/env bash
# node_erlastic 0.0.8 and node-bertrpc 1.0.1 (npm), no Moebi.
#
# Both packages come from one ancestor, and both write a tuple of 256 elements or more (LARGE_TUPLE_EXT), but the method that they
# call to read one exists in neither. Such a tuple, their own or a BEAM's, ends in a TypeError about a missing function.
# node_erlastic also reads the arity of a small tuple as a signed byte: from 128 elements on it takes the tuple for an empty one and
# refuses the rest of the bytes.
#
# Seen: `node_erlastic: 127 read, 128 Invalid BERT., 256 this.decode_large_tuple is not a function`,
#       `node-bertrpc: 127 read, 128 read, 256 this.decode_large_tuple is not a function`
# Expected: each tuple read.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cd "$folder"
npm install --silent --no-audit --no-fund node_erlastic@0.0.8 node-bertrpc@1.0.1
cat >tuples.cjs <<'END'
const packages = { node_erlastic: require('node_erlastic/bert'), 'node-bertrpc': require('node-bertrpc/src/bert') };

for (const [name, bert] of Object.entries(packages)) {
  const read = (arity) => {
    try {
      return bert.decode(bert.encode(bert.tuple(...Array(arity).fill(1)))).length === arity ? 'read' : 'wrong';
    } catch (error) {
      return error.message ?? error;
    }
  };
  console.log(`${name}: ${[127, 128, 256].map((arity) => `${arity} ${read(arity)}`).join(', ')}`);
}
END
seen=$(timeout 20 node --no-deprecation tuples.cjs)
echo "$seen"
[ "$seen" = 'node_erlastic: 127 read, 128 Invalid BERT., 256 this.decode_large_tuple is not a function
node-bertrpc: 127 read, 128 read, 256 this.decode_large_tuple is not a function' ]
