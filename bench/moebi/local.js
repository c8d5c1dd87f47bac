// Moebi's side of the benchmarks within one node. node local.js <workload> <warm> <count>
// It checks what comes: a wrong answer ends it with an error, not with a rate.
import * as moebi from 'moebi'
import { Counter } from './counter.js'

const { _, atom, GenServer, inspect, on, receive, self, send, sleep, spawn, spawnMonitor, tuple } = moebi
const [workload, ...numbers] = process.argv.slice(2)
const [warm, count] = numbers.map(Number)
const RING = 1_000
const BATCH = 1_000
const [down, ping, pong] = ['DOWN', 'ping', 'pong'].map((word) => atom(word))
const run = { ring, pingpong: pingpongs, exits, calls, idle, servers }[workload]

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

/** One number goes round a ring of processes. */
async function ring(hops) {
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

async function pingpongs(times) {
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

/** Processes that end at once, and whose end is waited for. */
async function exits(times) {
  for (let left = times; left > 0; left -= BATCH) {
    for (let n = 0; n < BATCH; n++) spawnMonitor(() => {})
    for (let n = 0; n < BATCH; n++) {
      const message = await receive()
      expect(message.elements[0], down)
    }
  }
}

async function calls(times) {
  const counter = await Counter.start(0)
  for (let n = 1; n <= times; n++) expect(await GenServer.call(counter, Counter.add(1)), n)
}

/** How many bytes of the heap a process takes that waits. */
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
