// Moebi's client of the benchmarks: node client.js <name> <workload> <peer> <warm> <count> <concurrent>
// It checks every reply, and exits with an error where one is wrong. After it has printed `warm` it pauses, and after
// `result` it remains, so that the CPU time of both sides can be read.
import * as moebi from 'moebi'
import { Counter } from './counter.js'

const { _, atom, Node, on, receive, self, send, sleep, spawnMonitor, tuple } = moebi
const [name, workload, peer, ...numbers] = process.argv.slice(2)
const [warm, count, concurrent] = numbers.map(Number)
const FIRST = 1_000_000
const [done, mesg, ping, pong] = ['done', 'mesg', 'ping', 'pong'].map((word) => atom(word))
const run = { pingpong, oneway, call: calls, task: tasks }[workload]

const node = await Node.start({ name, cookie: 'bench' })
await node.run(async () => {
  if (!(await Node.connect(peer))) throw new Error(`${peer} cannot be reached`)
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
  for (let n = FIRST; n < FIRST + times; n++) send(sink, tuple(mesg, n, 7))
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
