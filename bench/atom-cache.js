// What the atom cache of the distribution header could save at most, per message between two Moebi nodes:
//   node bench/atom-cache.js
// The frames are compared with frames in which every atom is a number of one byte, as long as a reference to the cache, and the nodes
// have the shortest names. The distribution header itself is not counted: its bytes are a number and a half for each atom.
import { atom, ImproperList, Pid, Reference, tuple } from 'moebi'
import { decode, encode } from 'moebi/etf'

const ROUNDS = 7
const TIMES = 200_000

for (const [title, make] of [
  ['one way, {mesg, 1000000, 7}', oneWay],
  ['request of GenServer.call', request],
  ['reply', reply],
]) {
  const long = make('client1@localhost', 'server1@localhost', atom)
  let number = 0
  const short = make('a@b', 'c@d', () => number++)
  const [bytes, least] = [sizeOf(long), sizeOf(short)]
  const [cpu, leastCpu] = fastest([long, short])
  const percent = (part, whole) => `${Math.round((100 * (whole - part)) / whole)} %`
  console.log(
    `${title}: ${bytes} bytes, at least ${least} (-${percent(least, bytes)}); encode and decode ${cpu.toFixed(0)} ns, at least ` +
      `${leastCpu.toFixed(0)} ns (-${percent(leastCpu, cpu)})`,
  )
}

function oneWay(client, _server, word) {
  return [
    tuple(6, new Pid(atom(client), 93, 0, 7), word(''), word('sink')),
    tuple(word('mesg'), 1_000_000, 7),
  ]
}

function request(client, _server, word) {
  const from = new Pid(atom(client), 93, 0, 7)
  const tag = new ImproperList([word('alias')], new Reference(atom(client), 7, [1, 2, 3]))
  return [
    tuple(6, from, word(''), word('counter')),
    tuple(word('$gen_call'), tuple(from, tag), tuple(word('add'), 1)),
  ]
}

function reply(client, server, word) {
  const ref = new Reference(atom(client), 7, [1, 2, 3])
  return [
    tuple(33, new Pid(atom(server), 94, 0, 7), ref),
    tuple(new ImproperList([word('alias')], ref), 1_000_001),
  ]
}

function sizeOf(terms) {
  return 5 + terms.reduce((sum, term) => sum + encode(term).length, 0)
}

/** Returns the CPU time of one message in ns, for each list of terms: the least of several rounds, which take turns. */
function fastest(lists) {
  const least = lists.map(() => Number.POSITIVE_INFINITY)
  for (let round = 0; round < ROUNDS; round++)
    for (const [at, terms] of lists.entries()) {
      const before = process.cpuUsage().user
      for (let n = 0; n < TIMES; n++) for (const term of terms) decode(encode(term))
      least[at] = Math.min(least[at], ((process.cpuUsage().user - before) * 1000) / TIMES)
    }
  return least
}
