// Calls one target with mutated inputs until the time is over. Runs as a thread, so that the main thread notices an input that hangs.
import { parentPort, workerData } from 'node:worker_threads'
import { mutate } from './mutate.js'

const { bundle, target, seeds, until, seed, shared } = workerData
/** An oracle judges every input that reaches new code, and one of so many others. */
const SAMPLE = 40
const MAX_LENGTH = 4_096
const state = new Int32Array(shared, 0, 2)
const current = new Uint8Array(shared, 8)
const { targets } = await import(bundle)
const run = targets[target]
const hits = globalThis.$hits
/** For each counter the numbers of runs that were seen, as bits: 1, 2, 3, 4 to 7, and so on. */
const seen = new Uint8Array(hits.length)
const corpus = []
let random = seed
let failed = false
process.on('uncaughtException', fail)
process.on('unhandledRejection', fail)
for (const input of seeds) await call(input, true)
for (let i = 0; !failed && Date.now() < until; i++) {
  const input = mutate(pick(), pick(), next, MAX_LENGTH)
  await call(input, i % SAMPLE === 0)
  // Messages and timers of this thread are handled here.
  if (i % 500 === 0) await new Promise(setImmediate)
}
parentPort.postMessage({
  done: true,
  corpus,
  covered: seen.reduce((sum, bits) => sum + (bits > 0 ? 1 : 0), 0),
  counters: seen.length,
})

async function call(input, sampled) {
  current.set(input)
  state[1] = input.length
  state[0]++
  hits.fill(0)
  let result
  try {
    result = run(input)
    if (result instanceof Promise) result = await result
  } catch (error) {
    return fail(error)
  }
  const found = isNew()
  if (found) corpus.push(input)
  if (target === 'decode' && result !== null && (found || sampled))
    parentPort.postMessage({ judge: input, encoded: result })
}

function isNew() {
  let found = false
  for (let i = 0; i < hits.length; i++) {
    const count = hits[i]
    if (count === 0) continue
    const bit = count < 4 ? 1 << (count - 1) : count < 8 ? 8 : count < 32 ? 16 : count < 128 ? 32 : 64
    if (seen[i] & bit) continue
    seen[i] |= bit
    found = true
  }
  return found
}

function fail(error) {
  failed = true
  const input = Buffer.from(current.subarray(0, state[1])).toString('hex')
  parentPort.postMessage({ crash: error?.stack ?? String(error), input })
}

function pick() {
  return corpus[Math.floor(next() * corpus.length)] ?? Buffer.alloc(0)
}

function next() {
  random = (random + 0x6d2b79f5) | 0
  let mixed = Math.imul(random ^ (random >>> 15), random | 1)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
}
