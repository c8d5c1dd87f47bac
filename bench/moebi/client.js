// Moebi's client of the benchmarks: node client.js <name> <workload> <peer> <warm> <count> <concurrent>
// It checks every reply, and exits with an error where one is wrong. After it has printed `warm` it pauses, and after
// `result` it remains, so that the CPU time of both sides can be read.
import * as moebi from 'moebi'
import { Counter } from './counter.js'

const { _, atom, Node, on, Process, receive, self, send, sleep, spawn, spawnMonitor, tuple } = moebi
const [name, workload, peer, ...numbers] = process.argv.slice(2)
const [warm, count, concurrent] = numbers.map(Number)
const FIRST = 1_000_000
const [done, mesg, ping, pong] = ['done', 'mesg', 'ping', 'pong'].map((word) => atom(word))
const run = { pingpong, oneway, call: calls, task: tasks }[workload]

const node = await Node.start({
  name,
  cookie: 'bench',
  ...(process.env.BENCH_TLS && { tls: process.env.BENCH_TLS }),
})
await node.run(async () => {
  if (!(await Node.connect(peer))) throw new Error(`${peer} cannot be reached`)
  if (workload === 'transfer') return transfers(...numbers.map(Number))
  await run(warm)
  console.log('warm')
  await sleep(100)
  const start = process.hrtime.bigint()
  await run(count)
  const micros = (process.hrtime.bigint() - start) / 1000n
  console.log(`result ${count} ${micros}`)
})

async function pingpong(times) {
  const echo = { name: 'echo', node: peer }
  const answer = on([pong, _.integer], ([, n]) => n)
  for (let n = times; n > 0; n--) {
    send(echo, tuple(ping, self(), n))
    expect(await receive(answer), n)
  }
}

async function oneway(times) {
  const sink = { name: 'sink', node: peer }
  for (let n = FIRST; n < FIRST + times; n++) {
    send(sink, tuple(mesg, n, 7))
    if (n % 128 === 0) await send.flushed?.(sink)
  }
  send(sink, tuple(done, self()))
  expect(await receive(on([done, _.integer], ([, n]) => n)), times)
}

async function calls(times) {
  const { GenServer } = moebi
  const counter = { name: 'counter', node: peer }
  const add = (by) => GenServer.call(counter, Counter.add(by), { timeout: Number.POSITIVE_INFINITY })
  const before = await add(0)
  const each = Math.floor(times / concurrent)
  await together(async () => {
    let last = before
    for (let n = 0; n < each; n++) {
      const sum = await add(1)
      if (!(sum > last)) throw new Error(`the counter said ${sum} after ${last}`)
      last = sum
    }
  })
  expect(await add(0), before + each * concurrent)
}

async function tasks(times) {
  const { Task } = moebi
  const supervisor = { name: 'Bench.TaskSupervisor', node: peer }
  const each = Math.floor(times / concurrent)
  await together(async () => {
    for (let n = 0; n < each; n++)
      expect(await Task.await(Task.Supervisor.async(supervisor, 'Bench.Tasks', 'double', [n])), n * 2)
  })
}

/** Moves binaries of some MiB alone, then calls alone, then both for some seconds. */
async function transfers(size, messages, seconds) {
  const large = new Uint8Array(size * 2 ** 20).fill(255)
  const sink = { name: 'large', node: peer }
  const answer = on([done, _.integer], ([, n]) => n)
  const move = async (times) => {
    for (let n = 0; n < times; n++) {
      send(sink, tuple(self(), large))
      await send.flushed?.(sink)
    }
    for (let n = 0; n < times; n++) expect(await receive(answer), large.length)
  }
  await moebi.GenServer.call({ name: 'counter', node: peer }, Counter.add(1))
  for (let n = 0; n < 5; n++) await callsFor(200)
  console.log('warm')
  await sleep(500)
  console.log(`one ${await micros(() => move(1))}`)
  await sleep(500)
  console.log(`many ${await micros(() => move(messages))}`)
  await sleep(500)
  const [alone, aloneMicros] = await callsFor(seconds * 1000)
  console.log(`alone ${alone} ${aloneMicros}`)
  let moved = 0
  const sender = spawn(async () => {
    for (;;) {
      await move(1)
      moved++
    }
  })
  const [beside, besideMicros, worst] = await callsFor(seconds * 1000)
  console.log(`beside ${beside} ${besideMicros} ${worst} ${moved}`)
  Process.exit(sender, 'kill')
}

/** Calls for some milliseconds. Returns the number of calls, the time and the longest call in µs. */
async function callsFor(ms) {
  const counter = { name: 'counter', node: peer }
  let [count, worst, at] = [0, 0, performance.now()]
  const start = at
  for (; at < start + ms; count++) {
    await moebi.GenServer.call(counter, Counter.add(1), { timeout: Number.POSITIVE_INFINITY })
    const now = performance.now()
    worst = Math.max(worst, now - at)
    at = now
  }
  return [count, (at - start) * 1000, worst * 1000].map(Math.round)
}

async function micros(work) {
  const start = performance.now()
  await work()
  return Math.round((performance.now() - start) * 1000)
}

/** Runs a function in several processes at the same time, and waits for their normal exit. */
async function together(work) {
  const refs = Array.from({ length: concurrent }, () => spawnMonitor(work).ref)
  for (const ref of refs)
    expect(
      await receive(on([atom('DOWN'), ref, atom('process'), _, _], ([, , , , reason]) => reason)),
      atom('normal'),
    )
}

function expect(got, wanted) {
  if (got !== wanted) throw new Error(`expected ${wanted}, got ${moebi.inspect(got)}`)
}
