// Small calls beside large messages on one link, and the memory of the node that receives the large messages. A pair of Moebi nodes
// and a pair of BEAM nodes take turns within each repeat.
import { readFileSync, writeFileSync } from 'node:fs'
import { start } from './pair.js'

const MiB = 2 ** 20
/** The share of the calls that remains beside the transfer may not be lower than the BEAM's, its worst latency not twice as high. */
const MOST_WORST = 2
/** Most memory that the receiver takes, in sizes of the message. */
const MOST_MEMORY = 1.3
let made = 0

/**
 * @param {import('./pair.js').Tools} tools
 * @param {{ quick: boolean, repeats: number, hasBeam: boolean }} options
 * @returns {Promise<string[]>} the names of the rows that are outside of their bounds
 */
export async function measureTransfers(tools, { quick, repeats, hasBeam }) {
  const runs = { moebi: [], beam: [] }
  const systems = hasBeam ? ['moebi', 'beam'] : ['moebi']
  for (let repeat = 0; repeat < repeats; repeat++)
    for (const system of systems) runs[system].push(await measurePair(system, tools, quick))
  const [ours, theirs] = [medians(runs.moebi), hasBeam ? medians(runs.beam) : undefined]
  print('Moebi', ours)
  if (!theirs) return []
  print('BEAM', theirs)
  return [
    ...(ours.share < theirs.share ? ['W2h share of the calls'] : []),
    ...(ours.worst > MOST_WORST * theirs.worst ? ['W2h worst latency'] : []),
    ...(ours.memory > MOST_MEMORY ? ['W2h memory'] : []),
  ]
}

async function measurePair(system, tools, quick) {
  made++
  const [seconds, messages, size] = quick ? [1, 4, 64] : [4, 6, 64]
  const workload = { name: 'W2h', kind: 'transfer', sink: 'any' }
  const peer = `receiver${made}@localhost`
  const server = start(system, 'server', workload, peer, [], tools)
  try {
    await server.says(/^ready$/m)
    const words = [peer, size, messages, seconds].map(String)
    const client = start(system, 'client', workload, `sender${made}@localhost`, words, tools)
    try {
      await client.says(/^warm$/m)
      const memoryBefore = resetPeak(server.pid)
      const [, one] = await client.says(/^one (\d+)$/m)
      const memory = (peakOf(server.pid) - memoryBefore) / (size * MiB)
      const [, many] = await client.says(/^many (\d+)$/m)
      const [, alone, aloneMicros] = await client.says(/^alone (\d+) (\d+)$/m)
      const [, beside, besideMicros, worst, moved] = await client.says(/^beside (\d+) (\d+) (\d+) (\d+)$/m)
      const rates = { alone: alone / aloneMicros, beside: beside / besideMicros }
      return {
        one: size / (one / 1e6),
        many: (size * messages) / (many / 1e6),
        memory,
        memoryOfMany: (peakOf(server.pid) - memoryBefore) / (size * MiB),
        alone: rates.alone * 1e6,
        beside: rates.beside * 1e6,
        share: rates.beside / rates.alone,
        worst: worst / 1e3,
        moved: (moved * size) / (besideMicros / 1e6),
      }
    } finally {
      await client.end()
    }
  } finally {
    await server.end()
  }
}

function print(title, row) {
  const round = (value, digits = 0) => value.toFixed(digits)
  console.log(
    `W2h ${title.padEnd(6)} calls ${round(row.alone)}/s alone, ${round(row.beside)}/s beside 64 MiB messages: ${round(row.share, 2)}, ` +
      `worst ${round(row.worst, 1)} ms, ${round(row.moved)} MiB/s meanwhile; one way ${round(row.many)} MiB/s; ` +
      `memory of the receiver ${round(row.memory, 2)} times the message, ${round(row.memoryOfMany, 2)} times in all`,
  )
}

function medians(runs) {
  const middle = (what) => runs.map((run) => run[what]).sort((a, b) => a - b)[runs.length >> 1]
  return Object.fromEntries(Object.keys(runs[0]).map((what) => [what, middle(what)]))
}

/** Begins a new measurement of the largest resident set, on Linux, and returns its size now, in bytes. */
function resetPeak(pid) {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5')
  } catch {
    return Number.NaN
  }
  return memoryOf(pid, 'VmRSS')
}

function peakOf(pid) {
  return memoryOf(pid, 'VmHWM')
}

function memoryOf(pid, what) {
  try {
    return Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(`${what}:\\s*(\\d+)`)[1]) * 1024
  } catch {
    return Number.NaN
  }
}
