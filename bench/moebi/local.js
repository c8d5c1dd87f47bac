// Moebi's side of the benchmarks within one node. node local.js <workload> <warm> <count>
// It checks every result, and exits with an error where one is wrong.
import * as moebi from 'moebi'
import { Counter } from './counter.js'

const { _, atom, GenServer, inspect, noreply, on, receive, self, send, sleep, spawn, spawnMonitor, tuple } =
  moebi
const [workload, ...numbers] = process.argv.slice(2)
const [warm, count] = numbers.map(Number)
const RING = 1_000
const BATCH = 1_000
const [down, ping, pong] = ['DOWN', 'ping', 'pong'].map((word) => atom(word))
const run = {
  ring: (hops) => ring(hops, 1_000),
  ring10: (hops) => ring(hops, 10),
  ring100k: (hops) => ring(hops, 100_000),
  asyncRing,
  pingpong: pingpongs,
  asyncPingpong: asyncPingpongs,
  newClauses,
  exits,
  calls,
  freshRef0: (times) => freshRefs(times, 0),
  freshRef1M: (times) => freshRefs(times, 1_000_000),
  idle,
  servers,
}[workload]

spawn(async () => {
  await run(warm)
  console.log('warm')
  await sleep(100)
  const start = process.hrtime.bigint()
  const bytes = await run(count)
  const micros = (process.hrtime.bigint() - start) / 1000n
  console.log(`result ${count} ${bytes ?? micros}`)
  setInterval(() => {}, 1_000_000)
})

const Passing = GenServer.define({
  init: (to) => to,
  info(n, to) {
    send(to, n - 1)
    return noreply(to)
  },
})

/** The rings that a run before the measurement has made, by their sizes. */
const rings = new Map()

/** Sends a number round a ring of servers, each of which decrements it. Ends when it is 0. */
async function ring(hops, size) {
  const First = GenServer.define({
    init: (owner) => ({ owner, next: undefined }),
    cast: { next: (state, next) => noreply({ ...state, next }) },
    info(n, state) {
      send(n > 0 ? state.next : state.owner, n > 0 ? n - 1 : 0)
      return noreply(state)
    },
  })
  if (!rings.has(size)) {
    const first = await First.start(self())
    let last = first
    for (let n = 1; n < size; n++) last = await Passing.start(last)
    GenServer.cast(first, First.next(last))
    rings.set(size, first)
  }
  send(rings.get(size), Math.ceil(hops / size) * size)
  expect(await receive(), 0)
}

/** The ring with functions that call `receive`. */
async function asyncRing(hops) {
  let next = self()
  const pids = []
  for (let n = 1; n < RING; n++) {
    const to = next
    next = spawn(async () => {
      for (;;) send(to, (await receive()) - 1)
    })
    pids.push(next)
  }
  let left = hops
  while (left > 0) {
    send(next, left - 1)
    const came = await receive()
    left = came
  }
  for (const pid of pids) moebi.Process.exit(pid, 'kill')
}

/** Ping-pong of two servers. */
async function pingpongs(times) {
  const Echo = GenServer.define({
    init: () => 0,
    info([, from, n], state) {
      send(from, tuple(pong, n))
      return noreply(state)
    },
  })
  const Asking = GenServer.define({
    init: ([owner, echo, left]) => ({ owner, echo, left }),
    cast: {
      begin(state) {
        send(state.echo, tuple(ping, self(), state.left))
        return noreply(state)
      },
    },
    info([word, n], state) {
      expect(word, pong)
      expect(n, state.left--)
      if (n === 1) send(state.owner, 'done')
      else send(state.echo, tuple(ping, self(), n - 1))
      return noreply(state)
    },
  })
  const echo = await Echo.start()
  const asking = await Asking.start([self(), echo, times])
  GenServer.cast(asking, Asking.begin())
  expect(await receive(), 'done')
  for (const pid of [echo, asking]) moebi.Process.exit(pid, 'kill')
}

async function asyncPingpongs(times) {
  const asked = on([ping, _.pid, _.integer], ([, from, n]) => send(from, tuple(pong, n)))
  const echo = spawn(async () => {
    for (;;) await receive(asked)
  })
  const answer = on([pong, _.integer], ([, n]) => n)
  for (let n = times; n > 0; n--) {
    send(echo, tuple(ping, self(), n))
    expect(await receive(answer), n)
  }
  moebi.Process.exit(echo, 'kill')
}

/** The ping-pong of functions that make their clauses at each call, as most programs do. */
async function newClauses(times) {
  const echo = spawn(async () => {
    for (;;) await receive(on([ping, _.pid, _.integer], ([, from, n]) => send(from, tuple(pong, n))))
  })
  for (let n = times; n > 0; n--) {
    send(echo, tuple(ping, self(), n))
    expect(await receive(on([pong, _.integer], ([, n]) => n)), n)
  }
  moebi.Process.exit(echo, 'kill')
}

/** Spawns processes that exit at once, and waits for their :DOWN messages. */
async function exits(times) {
  for (let left = times; left > 0; left -= BATCH) {
    for (let n = 0; n < BATCH; n++) spawnMonitor(() => {})
    for (let n = 0; n < BATCH; n++) {
      const message = await receive()
      expect(message.elements[0], down)
    }
  }
}

/** Asks a server, and receives the answer by a fresh reference while many other messages are in the mailbox. */
async function freshRefs(times, others) {
  const Echo = GenServer.define({
    init: () => 0,
    info([from, ref], state) {
      send(from, tuple(ref, 'answer'))
      return noreply(state)
    },
  })
  const echo = await Echo.start()
  // The others are still there when the measurement follows the first run.
  for (let n = moebi.Process.info(self()).messageQueueLen; n < others; n++) send(self(), n)
  for (let n = 0; n < times; n++) {
    const ref = moebi.makeRef()
    send(echo, tuple(self(), ref))
    expect(await receive(on([ref, _], ([, answer]) => answer)), 'answer')
  }
  moebi.Process.exit(echo, 'kill')
}

async function calls(times) {
  const counter = await Counter.start(0)
  for (let n = 1; n <= times; n++) expect(await GenServer.call(counter, Counter.add(1)), n)
}

/** Measures the heap of an idle process, in bytes. */
async function idle(processes) {
  const before = heap()
  for (let n = 0; n < processes; n++) spawn(() => receive())
  await sleep(50)
  return Math.round((heap() - before) / processes)
}

async function servers(processes) {
  const before = heap()
  for (let n = 0; n < processes; n++) await Counter.start(0)
  await sleep(50)
  return Math.round((heap() - before) / processes)
}

function heap() {
  for (let n = 0; n < 4; n++) globalThis.gc()
  return process.memoryUsage().heapUsed
}

function expect(got, wanted) {
  if (got !== wanted) throw new Error(`expected ${wanted}, got ${inspect(got)}`)
}
