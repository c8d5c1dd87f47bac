// Measures Moebi and the BEAM in the same run, and prints the ratios:
//   npm run bench [-- --quick] [--repeats 3] [--only W2a] [--node 24] [--peer otp29] [--mixed]
//     --quick    one repeat with a fifth of the operations: checks that the workloads run; the rates mean little
//     --only     the workloads whose names begin with this text
//     --node     another release of Node.js for Moebi, from npm
//     --peer     another release of OTP, see scripts/peer.js
//     --mixed    also pairs of Moebi and a BEAM
// Each number is the median of repeats. A repeat starts two operating system processes, warms them up before it measures,
// and checks their results. The systems take turns within a repeat, so that other load affects both.
// On a shared machine absolute rates mean little, and ratios below 1.3 nothing.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { measureClosures } from '../bench/closures.js'
import { measure } from '../bench/pair.js'
import { measureTransfers } from '../bench/transfers.js'
import { workloads } from '../bench/workloads.js'

const project = fileURLToPath(new URL('..', import.meta.url))
const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    repeats: { type: 'string' },
    only: { type: 'string', default: '' },
    node: { type: 'string' },
    peer: { type: 'string' },
    mixed: { type: 'boolean', default: false },
  },
})
const repeats = Number(options.repeats ?? (options.quick ? 1 : 3))

const built = spawnSync(process.execPath, ['scripts/setup.js'], { cwd: project, stdio: 'inherit' })
if (built.status !== 0) process.exit(1)

const root = options.peer === undefined ? '' : output([process.execPath, 'scripts/peer.js', options.peer])
const beam = root === '' ? [] : ['chroot', root]
const hasBeam = root !== '' || (found('erl') && found('elixir'))
const node = options.node === undefined ? process.execPath : otherNode(options.node)
const folder = mkdtempSync(join(root, tmpdir(), 'moebi-bench-'))
const epmdPort = await freePort()
const env = {
  ...process.env,
  HOME: folder.slice(root.length),
  LC_ALL: 'C.UTF-8',
  ERL_EPMD_PORT: `${epmdPort}`,
  ERL_EPMD_ADDRESS: '127.0.0.1',
}
const tools = {
  env,
  node,
  beam,
  compiled: folder.slice(root.length),
  tls: join(folder, 'tls'),
  beamTls: `${folder.slice(root.length)}/tls`,
  pin: found('taskset') ? ['taskset', '-c', `${cpus().length - 1}`] : [],
}
const epmd = hasBeam ? await startEpmd([...beam, 'epmd']) : undefined
try {
  if (hasBeam) compile()
  await certify()
  describe()
  await table()
  await transfers()
  await closures()
} finally {
  epmd?.kill()
  rmSync(folder, { recursive: true, force: true })
}
codec()
shell()
peers()

async function table() {
  const moebi = await import('moebi')
  const pairs = [
    { title: 'Moebi–Moebi', client: 'moebi', server: 'moebi' },
    ...(hasBeam ? [{ title: 'BEAM–BEAM', client: 'beam', server: 'beam' }] : []),
    ...(hasBeam && options.mixed
      ? [
          { title: 'Moebi–BEAM', client: 'moebi', server: 'beam' },
          { title: 'BEAM–Moebi', client: 'beam', server: 'moebi' },
        ]
      : []),
  ]
  const below = []
  const [first, second, ...mixed] = pairs.map(({ title }) => title)
  row('', '', first, second ?? '', second && 'ratio', second && 'at least', ...mixed)
  for (const workload of workloads.filter(({ name }) => name.startsWith(options.only))) {
    const possible = pairs.filter(
      ({ client, server }) =>
        (!workload.local || client === server) &&
        (!workload.needs || workload.needs in moebi || (client === 'beam' && server === 'beam')),
    )
    const rates = await interleaved(workload, possible)
    const [ours, theirs] = [rates.get(pairs[0]), rates.get(pairs[1])]
    const ratio = ours && theirs && medianOf(ours, 'rate') / medianOf(theirs, 'rate')
    const [mine = '', beams = '', ...others] = pairs.map((pair) => {
      if (rates.has(pair)) return shown(rates.get(pair), workload.unit)
      return workload.local ? '' : 'not available'
    })
    const { least: atLeast, most } = workload
    const isBelow =
      ratio !== undefined && (atLeast === undefined ? most !== undefined && ratio > most : ratio < atLeast)
    if (isBelow) below.push(workload.name)
    const bound = most === undefined ? (atLeast?.toFixed(1) ?? '') : `<= ${most}`
    const least = `${bound}${isBelow ? (most === undefined ? ' BELOW' : ' ABOVE') : ''}`
    row(workload.name, workload.says, mine, beams, ratio?.toFixed(2) ?? '', least, ...others)
  }
  console.log(
    '\nOperations per second (lowest..highest repeat) or bytes, and the CPU time of one operation, all sides together.',
  )
  if (below.length > 0) console.log(`Outside of their bounds: ${below.join(', ')}`)
}

/** Returns the rates of every pair. The pairs take turns. */
async function interleaved(workload, pairs) {
  const sized = options.quick && !workload.unit ? { ...workload, count: fifth(workload) } : workload
  const rates = new Map(pairs.map((pair) => [pair, []]))
  for (let repeat = 0; repeat < repeats; repeat++)
    for (const pair of pairs) rates.get(pair).push(await measure(sized, pair, tools))
  return rates
}

/** Returns a fifth of the operations, rounded up so that every concurrent process has the same number. */
function fifth({ concurrent, count }) {
  return Math.ceil(count / 5 / concurrent) * concurrent
}

function codec() {
  if (!existsSync(join(project, 'bench/etf.js')) || !'W3 codec'.startsWith(options.only)) return
  console.log('\nThe codec')
  run([node, 'bench/etf.js', ...(options.quick ? ['--quick'] : [])])
}

async function transfers() {
  if (!'W2h'.startsWith(options.only)) return
  console.log('\nSmall calls beside large messages')
  const below = await measureTransfers(tools, { quick: options.quick, repeats, hasBeam })
  if (below.length > 0) console.log(`Outside of their bounds: ${below.join(', ')}`)
}

async function closures() {
  if (!hasBeam || !'W6 closures'.startsWith(options.only)) return
  console.log('\nFuns of a BEAM on a Moebi node')
  const below = await measureClosures(tools, { quick: options.quick })
  if (below.length > 0) console.log(`Outside of their bounds: ${below.join(', ')}`)
}

function shell() {
  if (!'W5 shell'.startsWith(options.only)) return
  console.log('\nThe shell')
  run([node, 'bench/shell.js', ...(options.quick ? ['--quick'] : [])])
}

function peers() {
  if (!'W6 peers'.startsWith(options.only)) return
  console.log('\nThe nodes that a test starts')
  run([node, 'bench/peers.js', ...(options.quick ? ['--quick'] : [])])
}

/** Writes the certificates of the nodes, and the file of options of the BEAM. */
async function certify() {
  const { writeCertificates } = await import('moebi/certificate')
  writeCertificates(tools.tls)
  const file = (name) => `"${tools.beamTls}/${name}"`
  const options = `{certfile, ${file('node.pem')}}, {keyfile, ${file('node.key')}}, {cacertfile, ${file('ca.pem')}}, {verify, verify_peer}`
  writeFileSync(
    join(tools.tls, 'ssl_dist.conf'),
    `[{server, [${options}, {fail_if_no_peer_cert, true}]}, {client, [${options}]}].\n`,
  )
}

function compile() {
  const into = ['-o', tools.compiled]
  // The project is not visible inside a chroot.
  const source = (file) => {
    const path = join(project, 'bench/beam', file)
    if (root === '') return path
    execFileSync('cp', [path, folder])
    return `${tools.compiled}/${file}`
  }
  run([...beam, 'erlc', ...into, source('bench.erl'), source('closures.erl'), source('local.erl')])
  run([...beam, 'elixirc', ...into, source('tasks.ex')])
}

/** Starts the epmd of the whole run, which ends with it. Otherwise the first BEAM would start one that remains. */
async function startEpmd([command, ...args]) {
  const child = spawn(command, args, { env, stdio: 'ignore' })
  for (
    const deadline = Date.now() + 10_000;
    Date.now() < deadline && child.exitCode === null;
    await pause(20)
  )
    if (await answers(epmdPort)) return child
  child.kill()
  throw new Error(`epmd did not start on port ${epmdPort}`)
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.destroy())
    socket.once('error', () => {})
    socket.once('close', (failed) => resolve(!failed))
  })
}

function describe() {
  const ours = output([node, '--version'])
  const otp = 'IO.puts("OTP " <> System.otp_release() <> ", Elixir " <> System.version())'
  console.log(
    [
      `Moebi on Node.js ${ours}`,
      hasBeam
        ? `BEAM: ${output([...beam, 'elixir', '-e', otp])}`
        : 'no erl and elixir on the PATH: Moebi alone, without ratios',
      `${cpus().length} cores, load ${loadavg()[0].toFixed(1)}`,
      `median of ${repeats}${options.quick ? ' (--quick: do not quote)' : ''}`,
      tools.pin.length > 0 ? '' : 'no taskset: nothing is pinned to one core, ping-pong and calls say little',
    ]
      .filter((part) => part !== '')
      .join(' · '),
  )
}

function row(...cells) {
  const widths = [9, 48, 32, 32, 6, 10, 32, 32]
  console.log(
    cells
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join(' ')
      .trimEnd(),
  )
}

function shown(runs, unit) {
  if (unit === 'bytes') return `${medianOf(runs, 'rate')} bytes`
  const rates = runs.map(({ rate }) => rate)
  const range = runs.length > 1 ? ` (${short(Math.min(...rates))}..${short(Math.max(...rates))})` : ''
  const cpu = medianOf(runs, 'cpu')
  return `${short(medianOf(runs, 'rate'))}${range}${cpu === undefined ? '' : `  ${cpu.toFixed(cpu < 10 ? 1 : 0)} µs`}`
}

function short(rate) {
  if (rate >= 1e6) return `${(rate / 1e6).toFixed(2)}M`
  return rate >= 1e4 ? `${(rate / 1e3).toFixed(0)}k` : `${(rate / 1e3).toFixed(2)}k`
}

function medianOf(runs, what) {
  const sorted = runs.map((run) => run[what]).sort((a, b) => a - b)
  if (sorted.includes(undefined)) return undefined
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** Returns the path of another release of Node.js, so that npx itself is not measured. */
function otherNode(release) {
  return output(['npx', '-y', '-p', `node@${release}`, 'node', '-p', 'process.execPath'])
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

function found(program) {
  return spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0
}

function output([command, ...args]) {
  return execFileSync(command, args, {
    cwd: project,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim()
}

function run([command, ...args]) {
  execFileSync(command, args, { cwd: project, stdio: ['ignore', 'inherit', 'inherit'] })
}
