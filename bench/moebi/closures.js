// Moebi's node of bench/closures.js: it runs the funs that a BEAM node sends.
import { _, atom, Node, on, Process, receive, self, send, spawn, tuple } from 'moebi'
import { serveFuns } from 'moebi/erl-eval'

const [name] = process.argv.slice(2)
const [done, ping, pong] = ['done', 'ping', 'pong'].map((word) => atom(word))
const node = await Node.start({ name, cookie: 'bench', closures: serveFuns })
node.kernel.modules.define(':bench', {
  add: (a, b) => a + b,
  answer: (pid) => send(pid, done),
})
await node.run(() => spawn(echo))
console.log('ready')

async function echo() {
  Process.register(self(), 'echo')
  const asked = on([ping, _.pid, _.integer], ([, from, n]) => send(from, tuple(pong, n)))
  for (;;) await receive(asked)
}
