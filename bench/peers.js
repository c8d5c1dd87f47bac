// Measures how long a peer of moebi/test takes to start in a process of its own, from the start of the process until the node is up:
//   node bench/peers.js [--quick]
// The peers start one after the other, as in tests. Afterwards none of their processes and names may be left.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { names, startEpmd } from 'moebi/epmd'

const PEERS = process.argv.includes('--quick') ? 10 : 100
// Without its own support of TypeScript, Node.js loads the hooks of this package for the files of the application.
const MOST_MS = process.features.typescript ? 300 : 700
const program = fileURLToPath(new URL('../dist/cli/peer-main.js', import.meta.url))
const chat = fileURLToPath(new URL('../examples/chat/src/application.ts', import.meta.url))

const epmd = await startEpmd({ port: 0, addresses: ['127.0.0.1'] })
const env = { ...process.env, ERL_EPMD_PORT: String(epmd.port), MOEBI_ENV: 'test' }
try {
  await measure('a peer without an application', {})
  await measure('a peer with the Chat', { app: { file: chat, name: 'chat' } })
} finally {
  await epmd.close()
}

async function measure(title, start) {
  const starts = []
  const ids = []
  for (let i = 0; i < PEERS; i++) {
    const options = { name: `peer${i}@localhost`, longNames: false, cookie: 'secret', ...start }
    const began = performance.now()
    const child = spawn(process.execPath, [program, JSON.stringify(options)], {
      env,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      serialization: 'advanced',
    })
    const message = await new Promise((resolve) => child.once('message', resolve))
    if (message.type !== 'ready') throw new Error(`${options.name} did not start: ${message.message}`)
    starts.push(performance.now() - began)
    ids.push(child.pid)
    child.send({ type: 'stop' })
    await new Promise((resolve) => child.once('exit', resolve))
  }
  const sorted = starts.toSorted((a, b) => a - b)
  const [least, median, most] = [0, sorted.length >> 1, sorted.length - 1].map((at) => Math.round(sorted[at]))
  const left = ids.filter(isAlive).length + (await names('localhost', { port: epmd.port })).length
  const verdict = `at most ${MOST_MS} ms${median > MOST_MS ? ' ABOVE' : ''}`
  console.log(`${title}: ${median} ms (${least}..${most}), ${verdict}; ${left} of ${PEERS} left behind`)
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
