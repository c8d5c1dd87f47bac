// Offers 10 GB to a node that stands still, and to one that reads at 1 MB/s, and measures what the sender does meanwhile: its memory, the
// rate of its calls to another node, and what arrives in the end.
//   node bench/flow-control.js [--quick]      --quick offers 500 MB
// The package must be built: npm run setup.
import { spawn as spawnProgram } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { atom, GenServer, Node, noreply, reply, send, sleep, tuple } from 'moebi'

const MiB = 2 ** 20
const MOST_GROWTH = 64 * MiB
const LEAST_RATE = 0.9
const [role = '', port = '0'] = process.argv[2]?.startsWith('--') ? [] : process.argv.slice(2)
const quick = process.argv.includes('--quick')
const cookie = 'flow'
const SLOW = 1_000_000

/** Finds the nodes at fixed ports: no epmd is needed, and a proxy can stand before a node. */
const modules = (ports, own) => ({
  addressPlease: (name) => ports[name] && { address: '127.0.0.1', port: ports[name] },
  registerNode: (_name, ownPort) => own?.(ownPort),
})

if (role === 'sink') await sink(port)
else await main()

/** A node whose process `sink` checks the order of what arrives, and whose server `adder` adds. */
async function sink(name) {
  const node = await Node.start({
    name: `${name}@localhost`,
    cookie,
    allow: 'open',
    netTickTime: 600_000,
    epmdModule: modules({}, (own) => console.log(own)),
  })
  const Adder = GenServer.define({ init: () => 0, call: { add: (n, by) => reply(n + by, n + by) } })
  const Sink = GenServer.define({
    init: () => ({ next: 0, gap: -1 }),
    call: { state: (state) => reply(tuple(state.next, state.gap), state) },
    info: (message, state) => {
      const [n] = message
      if (n !== state.next && state.gap < 0) state.gap = n
      state.next = n + 1
      return noreply(state)
    },
  })
  await node.run(async () => {
    await Adder.start(undefined, { name: 'adder' })
    await Sink.start(undefined, { name: 'sink' })
  })
  // The end of the program that has started this one.
  process.stdin.on('end', () => process.exit()).resume()
}

async function startSink(name) {
  const child = spawnProgram(process.execPath, [fileURLToPath(import.meta.url), 'sink', name], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  return { child, port: Number(line) }
}

/** A proxy that passes on at most so many bytes a second to the node behind it. */
async function slowProxy(to, rate) {
  const server = createServer((client) => {
    const target = connect(to, '127.0.0.1')
    target.pipe(client)
    client.on('error', () => target.destroy())
    target.on('error', () => client.destroy())
    client.on('close', () => target.destroy())
    let allowed = 0
    const timer = setInterval(() => {
      allowed = Math.min(allowed + rate / 20, rate)
      const chunk = allowed >= 1 && client.read(Math.min(Math.floor(allowed), client.readableLength))
      if (!chunk) return
      allowed -= chunk.length
      target.write(chunk)
    }, 50)
    client.on('close', () => clearInterval(timer))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

async function main() {
  const bytes = quick ? 500e6 : 10e9
  const slow = await startSink('slow')
  const other = await startSink('other')
  let failed = false
  const check = (what, good) => {
    if (good) return
    failed = true
    console.log(`  OUTSIDE OF ITS BOUND: ${what}`)
  }
  const proxy = await slowProxy(slow.port, SLOW)
  const ports = { slow: slow.port, other: other.port }
  const alex = await Node.start({
    name: 'alex@localhost',
    hidden: true,
    cookie,
    epmdModule: modules(ports),
    netTickTime: 600_000,
  })
  const to = { name: 'sink', node: 'slow@localhost' }
  const adder = { name: 'adder', node: 'other@localhost' }
  const state = () => alex.run(() => GenServer.call(to, atom('state'), { timeout: Number.POSITIVE_INFINITY }))

  async function callsFor(ms) {
    return alex.run(async () => {
      let count = 0
      const start = performance.now()
      const used = process.cpuUsage()
      for (; performance.now() < start + ms; count++) await GenServer.call(adder, tuple(atom('add'), 1))
      const { user, system } = process.cpuUsage(used)
      return { rate: count / (performance.now() - start), cpu: (user + system) / count }
    })
  }
  // On a machine that does other things too, the CPU time of a call says more than the rate.
  const compare = (during, before) => {
    const [rate, cpu] = [during.rate / before.rate, during.cpu / before.cpu]
    return {
      text: `${rate.toFixed(2)} of their rate before, ${cpu.toFixed(2)} of the CPU time`,
      good: rate >= LEAST_RATE || cpu <= 1 / LEAST_RATE,
    }
  }
  await alex.run(() => Node.connect('slow@localhost'))
  await callsFor(3_000)
  let n = 0

  /** Sends `count` messages, in a process that waits after each. */
  const offer = (count, size, wait) =>
    alex.run(async () => {
      const last = n + count
      while (n < last) {
        send(to, tuple(n, new Uint8Array(size)))
        n++
        await wait()
      }
    })

  async function stopped(title, size, wait) {
    const before = await callsFor(3_000)
    global.gc?.()
    const rss = process.memoryUsage.rss()
    slow.child.kill('SIGSTOP')
    const first = n
    const ended = offer(Math.round(bytes / size), size, wait)
    let most = 0
    const timer = setInterval(() => (most = Math.max(most, process.memoryUsage.rss() - rss)), 50)
    const calls = compare(await callsFor(5_000), before)
    clearInterval(timer)
    const offered = n - first
    console.log(
      `stopped, ${title}: ${offered} messages accepted in 5 s; memory +${(most / MiB).toFixed(1)} MiB; calls to the other node: ${calls.text}`,
    )
    check('memory', most < MOST_GROWTH)
    check('the rate of the other connection', calls.good)
    const start = performance.now()
    slow.child.kill('SIGCONT')
    await ended
    const answer = await state()
    console.log(
      `  after SIGCONT: ${answer[0] - first} messages of ${n - first} (${(((n - first) * size) / 1e9).toFixed(1)} GB) arrived in ${((performance.now() - start) / 1_000).toFixed(1)} s, first gap ${answer[1]}; memory +${((process.memoryUsage.rss() - rss) / MiB).toFixed(1)} MiB at the end`,
    )
    check('everything arrives in order', answer[0] === n && answer[1] === -1)
  }

  /** Code that does not wait offers everything at once; what was accepted arrives. */
  async function refused(title, size) {
    const rss = process.memoryUsage.rss()
    slow.child.kill('SIGSTOP')
    const first = n
    const count = Math.round(bytes / size)
    let errors = 0
    await alex.run(() => {
      for (let offered = 0; offered < count; offered++)
        try {
          send(to, tuple(n, new Uint8Array(size)))
          n++
        } catch {
          errors++
        }
    })
    const growth = process.memoryUsage.rss() - rss
    console.log(
      `stopped, ${title}, without waiting: ${n - first} accepted, ${errors} refused with an error; memory +${(growth / MiB).toFixed(1)} MiB`,
    )
    check('memory', growth < MOST_GROWTH)
    slow.child.kill('SIGCONT')
    const answer = await state()
    console.log(`  after SIGCONT: ${answer[0] - first} arrived, first gap ${answer[1]}`)
    check('everything accepted arrives in order', answer[0] === n && answer[1] === -1)
  }

  await stopped('512 KiB, sleep(0) between', 512 * 1024, () => sleep(0))
  await stopped('1 KiB, send.flushed between', 1024, () => send.flushed(to))
  await refused('512 KiB', 512 * 1024)
  await refused('1 KiB', 1024)

  // The same node behind a proxy that reads 1 MB/s.
  await alex.run(() => Node.disconnect('slow@localhost'))
  ports.slow = proxy.address().port
  await alex.run(() => Node.connect('slow@localhost'))
  for (const [title, size] of [
    ['512 KiB', 512 * 1024],
    ['1 KiB', 1024],
  ]) {
    const before = await callsFor(3_000)
    const rss = process.memoryUsage.rss()
    const [first, start] = [n, performance.now()]
    let stop = false
    const ended = alex.run(async () => {
      for (; !stop; n++) {
        send(to, tuple(n, new Uint8Array(size)))
        await send.flushed(to)
      }
    })
    let most = 0
    const timer = setInterval(() => (most = Math.max(most, process.memoryUsage.rss() - rss)), 50)
    const calls = compare(await callsFor(quick ? 5_000 : 20_000), before)
    stop = true
    clearInterval(timer)
    await ended
    const answer = await state()
    const seconds = (performance.now() - start) / 1_000
    console.log(
      `1 MB/s, ${title}: ${n - first} messages, ${(((n - first) * size) / 1e6).toFixed(1)} MB in ${seconds.toFixed(1)} s, first gap ${answer[1]}; memory +${(most / MiB).toFixed(1)} MiB; calls to the other node: ${calls.text}`,
    )
    check('memory', most < MOST_GROWTH)
    check('the rate of the other connection', calls.good)
    check('everything arrives in order', answer[0] === n && answer[1] === -1)
  }
  await pause(100)
  for (const { child } of [slow, other]) child.kill('SIGKILL')
  process.exit(failed ? 1 : 0)
}
