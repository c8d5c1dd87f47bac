// What the atom cache of the distribution header saves, per message between two Moebi nodes:
//   node bench/atom-cache.js
// Messages are written and read with the cache and without, in one process.
import { atom, ImproperList, Pid, Reference, tuple } from 'moebi'
import {
  AtomCacheReader,
  AtomCacheWriter,
  decodeTerm,
  EMPTY_HEADER,
  encodeTerm,
  Reader,
  Writer,
} from 'moebi/etf'

const ROUNDS = 7
const TIMES = 200_000

for (const [title, make] of [
  ['one way, {mesg, 1000000, 7}', oneWay],
  ['request of GenServer.call', request],
  ['reply', reply],
]) {
  const terms = make('client1@localhost', 'server1@localhost', atom)
  const [plain, cached] = [codec(terms, false), codec(terms, true)]
  const [cpu, cachedCpu] = fastest([plain, cached])
  const [bytes, cachedBytes] = [plain(), cached()]
  const percent = (part, whole) => `${Math.round((100 * (whole - part)) / whole)} %`
  console.log(
    `${title}: ${bytes} bytes, ${cachedBytes} with the cache (-${percent(cachedBytes, bytes)}); ` +
      `encode and decode ${cpu.toFixed(0)} ns, ${cachedCpu.toFixed(0)} ns with the cache`,
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

/** Returns a function that writes and reads a frame with these terms once, and returns its length. */
function codec(terms, hasCache) {
  const writer = new Writer()
  if (hasCache) writer.atomCache = new AtomCacheWriter()
  const reader = new Reader()
  const received = new AtomCacheReader()
  return () => {
    const { atomCache, offset: start } = writer
    atomCache?.begin()
    // Behind the length of the frame there is room for the header, which comes later. The first time it has names.
    const reserved = atomCache ? 100 : EMPTY_HEADER
    writer.ensure(4 + reserved)
    writer.offset = start + 4 + reserved
    for (const term of terms) encodeTerm(writer, term)
    const size = atomCache ? atomCache.headerSize(false) : EMPTY_HEADER
    const header = start + 4 + reserved - size
    atomCache?.writeHeader(writer.bytes, header, false)
    const frame = writer.takeBytes().subarray(header - start)
    reader.reset(frame)
    reader.offset = 2
    if (atomCache) received.readHeader(reader)
    else reader.offset = EMPTY_HEADER
    for (const _ of terms) decodeTerm(reader)
    return 4 + frame.length
  }
}

/** Returns the CPU time of one call in ns, for each function: the least of several rounds, which take turns. */
function fastest(functions) {
  const least = functions.map(() => Number.POSITIVE_INFINITY)
  for (let round = 0; round < ROUNDS; round++)
    for (const [at, run] of functions.entries()) {
      const before = process.cpuUsage().user
      for (let n = 0; n < TIMES; n++) run()
      least[at] = Math.min(least[at], ((process.cpuUsage().user - before) * 1000) / TIMES)
    }
  return least
}
