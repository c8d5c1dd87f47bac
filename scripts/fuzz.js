// Calls decoder, frame reader, handshake, epmd and the interpreter of Erlang code with mutated inputs, guided by the code that they reach.
//   npm run fuzz                    for 30 minutes
//   npm run fuzz -- --minutes 1     for another time, which the targets share
// --target decode is one of the targets of test/fuzz/targets.ts, --seed N repeats the order of an earlier run, and --keep adds the inputs
// that reached new code to test/fuzz/seeds. Where Erlang is installed, binary_to_term must accept what the decoder accepts, and
// read what the encoder makes of it as the same term.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { rolldown } from 'rolldown'
import { instrument } from './fuzz/instrument.js'
import { Oracle } from './fuzz/oracle.js'

/** An input that takes longer, in ms, hangs. A busy machine is slow. */
const HANG = 30_000
const names = ['decode', 'frames', 'handshake', 'epmd', 'erl-eval']
const project = new URL('..', import.meta.url)
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    target: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    keep: { type: 'boolean', default: false },
  },
})
const chosen = values.target === undefined ? names : [values.target]
const time = (Number(values.minutes) * 60_000) / chosen.length
const hasErlang = spawnSync('erl', ['-version']).status === 0
const folder = mkdtempSync(join(tmpdir(), 'moebi-fuzz-'))
const bundle = await makeBundle()
console.log(
  `seed ${values.seed}${hasErlang ? '' : '; no Erlang is installed, so that no oracle judges the decoder'}`,
)
let failures = 0
for (const name of chosen) await fuzz(name)
rmSync(folder, { recursive: true })
process.exit(failures > 0 ? 1 : 0)

async function makeBundle() {
  const built = await rolldown({
    cwd: fileURLToPath(project),
    input: 'test/fuzz/targets.ts',
    platform: 'node',
    external: [/^node:/, 'acorn'],
    plugins: [
      {
        name: 'instrument',
        renderChunk(code) {
          return { code: instrument(code, (text) => this.parse(text)).code, map: null }
        },
      },
    ],
  })
  const { output } = await built.generate({ format: 'esm', codeSplitting: false })
  const file = join(folder, 'targets.mjs')
  writeFileSync(file, output[0].code)
  return pathToFileURL(file).href
}

async function fuzz(name) {
  const oracle = name === 'decode' && hasErlang ? new Oracle() : undefined
  const shared = new SharedArrayBuffer(8 + 65_536)
  const state = new Int32Array(shared, 0, 2)
  const file = new URL(`test/fuzz/seeds/${name}.hex`, project)
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => /^[\da-f]+$/.test(line))
  const until = Date.now() + time
  const worker = new Worker(new URL('fuzz/worker.js', import.meta.url), {
    workerData: {
      bundle,
      target: name,
      seeds: lines.map((hex) => Buffer.from(hex, 'hex')),
      until,
      seed: Number(values.seed),
      shared,
    },
  })
  const disagreements = new Set()
  const done = await new Promise((resolve) => {
    let last = -1
    const watchdog = setInterval(() => {
      if (state[0] === last) end(`hang: ${Buffer.from(shared, 8, state[1]).toString('hex')}`)
      last = state[0]
    }, HANG)
    const end = (failure, message) => {
      clearInterval(watchdog)
      if (failure) fail(name, failure)
      resolve(message)
    }
    worker.on('error', (error) =>
      end(`the thread ended: ${error.stack}; last input ${Buffer.from(shared, 8, state[1]).toString('hex')}`),
    )
    worker.on('message', (message) => {
      if (message.done) end(undefined, message)
      else if (message.crash) end(`${message.crash}\n  input ${message.input}`)
      else void judge(message)
    })
  })
  await worker.terminate()
  await oracle?.idle()
  oracle?.close()
  for (const line of [...disagreements].slice(0, 20)) fail(name, line)
  if (values.keep && done) keep(file, done.corpus)
  const judged = oracle ? `, ${oracle.asked} judged by Erlang, ${disagreements.size} disagreements` : ''
  const covered = done ? `, ${done.corpus.length} kinds of inputs, ${done.covered} places of the code` : ''
  console.log(
    `${name}: ${state[0].toLocaleString('en')} inputs in ${Math.round(time / 1_000)} s${covered}${judged}`,
  )

  async function judge({ judge: bytes, encoded }) {
    if (!oracle) return
    const verdict = await oracle.judge(bytes, encoded)
    const expected = encoded ? 'accepted' : 'refused'
    if (verdict !== expected)
      disagreements.add(`Moebi ${expected}, Erlang ${verdict}: ${Buffer.from(bytes).toString('hex')}`)
  }
}

/** Adds the inputs to a file of seeds, one a line. */
function keep(file, corpus) {
  const all = [...new Set(corpus.map((input) => Buffer.from(input).toString('hex')))].sort(
    (a, b) => a.length - b.length || (a < b ? -1 : 1),
  )
  writeFileSync(file, `${all.filter((hex) => hex.length > 0 && hex.length < 1_000).join('\n')}\n`)
}

function fail(name, text) {
  failures++
  console.error(`${name}: ${text}`)
}
