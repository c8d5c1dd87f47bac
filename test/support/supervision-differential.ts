import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { type BeamNode, findBeam, startNode } from './beam.ts'
import { localEpmd } from './ports.ts'
import { encodePlan, type Plan, plans, runPlan } from './supervision.ts'

const source = join(import.meta.dirname, '../beam/supervision.ex')

/**
 * Runs random plans on a real node and on Moebi, and compares the traces line by line. Throws with the seed, the smallest
 * plan that differs and both traces; MOEBI_SEED runs one again.
 *
 * @returns how many were compared
 */
export async function comparePlans(count: number): Promise<number> {
  const beam = findBeam()
  if (!beam) throw new Error('there is no Erlang and Elixir here')
  await using home = await beam.home()
  const epmd = await localEpmd()
  try {
    const name = 'supervision@localhost'
    await using node = await startNode(beam, { kind: 'elixir', name, epmdPort: epmd.port, home, cookie: 'x' })
    await node.evaluate(`Code.compile_string(Base.decode64!("${readFileSync(source).toString('base64')}"))`)
    // What crashes as planned is nothing to tell.
    await node.evaluate(':logger.set_primary_config(:level, :none)')
    let compared = 0
    const property = fc.asyncProperty(plans, async (plan) => {
      const traces = await Promise.all([onElixir(node, plan), inTime(runPlan(plan))])
      const [theirs, ours] = traces.map(inOneOrder) as [string, string]
      compared++
      if (theirs !== ours) throw new Error(difference(theirs, ours))
    })
    const seed = Number(process.env.MOEBI_SEED)
    await fc.assert(property, {
      numRuns: count,
      ...(Number.isInteger(seed) && process.env.MOEBI_SEED && { seed }),
    })
    return compared
  } finally {
    await epmd.close()
  }
}

async function onElixir(node: BeamNode, plan: Plan): Promise<string> {
  return JSON.parse(await node.evaluate(`Supervision.run("${encodePlan(plan)}")`)) as string
}

/**
 * Where a supervisor was killed, its children end at the same time as those of others, in an order that nobody promises:
 * what terminates in such a step (`-4 :shutdown`) is put in one order.
 */
function inOneOrder(trace: string): string {
  return trace
    .split('\n')
    .map((line) => {
      const [did = '', events = '', ends = '', ...rest] = line.split(' | ')
      if (!ends.includes(':killed')) return line
      const ending = (event: string) => event.startsWith('-')
      const sorted = events.split(', ').filter(ending).sort()
      const ordered = events.split(', ').map((event) => (ending(event) ? sorted.shift()! : event))
      return [did, ordered.join(', '), ends, ...rest].join(' | ')
    })
    .join('\n')
}

/** A tree that hangs is a difference like any other. */
async function inTime(trace: Promise<string>): Promise<string> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('nothing within ten seconds'), 10_000)
  })
  return Promise.race([trace, late]).finally(() => clearTimeout(timer))
}

function difference(theirs: string, ours: string): string {
  const [a, b] = [theirs.split('\n'), ours.split('\n')]
  const at = a.findIndex((line, index) => line !== b[index])
  return [
    `the traces differ in line ${(at < 0 ? a.length : at) + 1}`,
    'on a real node:',
    ...a.map((line, index) => (index === at ? '> ' : '  ') + line),
    'on Moebi:',
    ...b.map((line, index) => (index === at ? '> ' : '  ') + line),
  ].join('\n')
}
