// Moebi's server of the benchmarks: node server.js <name> <sink>
import * as moebi from 'moebi'
import { Counter } from './counter.js'

const { _, atom, Node, on, Process, receive, self, send, spawn, tuple } = moebi
const [name, sink] = process.argv.slice(2)
const FIRST = 1_000_000
const [done, mesg, ping, pong] = ['done', 'mesg', 'ping', 'pong'].map((word) => atom(word))

const node = await Node.start({
  name,
  cookie: 'bench',
  ...(process.env.BENCH_TLS && { tls: process.env.BENCH_TLS }),
})
await node.run(() => {
  spawn(echo)
  spawn(sinkOfLarge)
  spawn(sink === 'any' ? sinkOfAny : sinkOfPatterns)
})
await node.run(() => Counter?.start(0, { name: 'counter' }))
if (moebi.Task) await startTasks()
console.log('ready')

async function echo() {
  Process.register(self(), 'echo')
  const asked = on([ping, _.pid, _.integer], ([, from, n]) => send(from, tuple(pong, n)))
  for (;;) await receive(asked)
}

async function sinkOfPatterns() {
  Process.register(self(), 'sink')
  let next = FIRST
  const message = on([mesg, _.integer, 7], ([, n]) => take(n))
  const end = on([done, _.pid], ([, from]) => {
    send(from, tuple(done, next - FIRST))
    next = FIRST
  })
  for (;;) await receive(message, end)

  function take(n) {
    if (n !== next) throw new Error(`message ${n} came, expected ${next}`)
    next++
  }
}

async function sinkOfAny() {
  Process.register(self(), 'sink')
  let next = FIRST
  for (;;) {
    const [word, value] = await receive()
    if (word === mesg && value === next) next++
    else if (word === done) {
      send(value, tuple(done, next - FIRST))
      next = FIRST
    } else throw new Error(`message ${value} came, expected ${next}`)
  }
}

/** Says how large each binary is that it gets, and keeps none. */
async function sinkOfLarge() {
  Process.register(self(), 'large')
  for (;;) {
    const [from, bytes] = await receive()
    send(from, tuple(done, bytes.length))
  }
}

async function startTasks() {
  const { Application, Supervisor, Task } = moebi
  const bench = Application.define({
    name: 'bench',
    modules: { 'Bench.Tasks': { double: (n) => n * 2 } },
    start: () =>
      Supervisor.startLink([Task.Supervisor.child({ name: 'Bench.TaskSupervisor' })], {
        strategy: 'one_for_one',
      }),
  })
  await node.run(() => Application.start(bench))
}
