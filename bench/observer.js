// Measures what an observer costs a program: node bench/observer.js [seconds]
// Three programs with a hundred idle servers run side by side: without an observer, with one that no browser has open, and with one
// whose list of processes is open. Prints the CPU time and the memory of each. Run npm run setup first.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { GenServer, Node, reply } from 'moebi'

const MODES = ['none', 'idle', 'open']
const [mode, seconds = '30'] = MODES.includes(process.argv[2])
  ? process.argv.slice(2)
  : ['all', process.argv[2]]

if (mode === 'all') {
  const { startEpmd } = await import('moebi/epmd')
  const epmd = await startEpmd({ port: 0, addresses: ['127.0.0.1'] })
  const results = await Promise.all(MODES.map((each) => measure(each, epmd.port)))
  for (const { mode: name, cpu, memory } of results)
    console.log(
      `${name.padEnd(6)} ${cpu.toFixed(2)} % of a core, ${(memory / 2 ** 20).toFixed(1)} MiB of heap and buffers`,
    )
  const [none, idle, open] = results
  console.log(
    `idle: ${(idle.cpu - none.cpu).toFixed(2)} % and ${((idle.memory - none.memory) / 2 ** 20).toFixed(1)} MiB more`,
  )
  console.log(
    `open: ${(open.cpu - none.cpu).toFixed(2)} % and ${((open.memory - none.memory) / 2 ** 20).toFixed(1)} MiB more`,
  )
  await epmd.close()
} else await run()

async function measure(name, port) {
  const argv = ['--expose-gc', fileURLToPath(import.meta.url), name, seconds]
  const child = spawn(process.execPath, argv, {
    env: { ...process.env, ERL_EPMD_PORT: `${port}`, ERL_EPMD_ADDRESS: '127.0.0.1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (bytes) => (text += bytes))
  await once(child, 'close')
  return { mode: name, ...JSON.parse(text) }
}

async function run() {
  const node = await Node.start({ name: `${mode}@localhost`, cookie: 'bench', log: () => {} })
  const Idle = GenServer.define({ init: (n) => n, call: { get: (n) => reply(n, n) } })
  let stream
  await node.run(async () => {
    for (let n = 0; n < 100; n++) await Idle.start(n)
    if (mode === 'none') return
    const { Observer } = await import('moebi/observer')
    const url = new URL(Observer.url(await Observer.start({ port: 0 })))
    if (mode === 'open') stream = openProcesses(url)
  })
  await pause(3_000)
  const before = process.cpuUsage()
  await pause(Number(seconds) * 1000)
  const { user, system } = process.cpuUsage(before)
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  console.log(JSON.stringify({ cpu: (user + system) / 1e4 / Number(seconds), memory: heapUsed + external }))
  stream?.kill()
  process.exit()
}

/** Reads the view as a browser does, in a program of its own. */
function openProcesses(url) {
  const code = `for (const view of ['nodes', 'crashes', 'processes'])
    fetch('${url.origin}/events/' + view, { headers: { authorization: 'Bearer ${url.searchParams.get('token')}' } })
      .then(async ({ body }) => { for await (const _ of body); })`
  return spawn(process.execPath, ['-e', code], { stdio: 'ignore' })
}
