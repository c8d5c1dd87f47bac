#!/usr/bin/env bash
# tailored 2.7.5 (npm; the pattern matching of ElixirScript for JavaScript), no Moebi.
#
# A pattern that is an instance of a class without own properties matches each instance of the class: the Date of 1970 matches any
# Date, and a Set any Set. A BigInt matches nothing, not even itself, so `5n` falls through to the last clause. A MatchError that
# the program catches has written its text to the console when it was made.
#
# Seen: `Date true, Set true, 5n false, console "No match for: [ 2 ]"`
# Expected: `Date false, Set false, 5n true`, and nothing on the console.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cd "$folder"
npm install --silent --no-audit --no-fund tailored@2.7.5
cat >patterns.cjs <<'END'
const tailored = require('tailored').default ?? require('tailored');

const matches = (pattern, value) => tailored.match_or_default(pattern, value, () => true, 'no') !== 'no';
const written = [];
for (const name of ['log', 'warn', 'error']) {
  const original = console[name];
  console[name] = (...words) => written.push(require('node:util').format(...words));
  console[name].original = original;
}
try {
  tailored.defmatch(tailored.clause([1], () => 'one'))(2);
} catch (error) {
  if (error.constructor.name !== 'MatchError') throw error;
}
const date = matches(new Date(0), new Date(86_400_000));
const set = matches(new Set([1]), new Set([2]));
console.log.original(`Date ${date}, Set ${set}, 5n ${matches(5n, 5n)}, console ${JSON.stringify(written.join('|'))}`);
END
seen=$(timeout 20 node patterns.cjs)
echo "$seen"
[ "$seen" = 'Date true, Set true, 5n false, console "No match for: [ 2 ]"' ]
