import { writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Beam, findBeam } from '../support/beam.ts'
import { Cluster } from './cluster.ts'
import { faults } from './faults.ts'
import { type FaultRow, figures } from './figures.ts'
import { randomFrom } from './random-from.ts'

/** Undefined in the short form, which injects each fault once. */
const minutes = process.env.MOEBI_FAULTS_MINUTES && Number(process.env.MOEBI_FAULTS_MINUTES)
const seed = Number(process.env.MOEBI_FAULTS_SEED ?? Date.now() % 2 ** 31)
const only = process.env.MOEBI_FAULTS_ONLY
const MOEBI_NODES = 4
/** Load between two faults, in ms. */
const BETWEEN = 1_000
/** The memory of a node that is never ended is compared with that after so many rounds of all faults. */
const WARM_ROUNDS = 2

test('a cluster heals from each fault: no message is lost on a connection, every wait ends, and nothing is left behind', {
  timeout: ((minutes || 0) + 10) * 60_000,
}, async () => {
  const beam = findBeam()
  const random = randomFrom(seed)
  await using home = await (beam ?? new Beam('/')).home()
  await using cluster = await Cluster.start(MOEBI_NODES, random, home, beam)
  const began = performance.now()
  const rows = new Map<string, FaultRow>()
  let heapBefore: number | undefined
  let heapAfter = 0
  const survivor = 'n1@localhost'
  try {
    await cluster.healed()
    await pause(2_000)
    await cluster.measure()
    const until = performance.now() + (minutes || 0) * 60_000
    for (let round = 0; round === 0 || performance.now() < until; round++) {
      const order = faults.filter(({ name }) => only === undefined || name.includes(only))
      if (minutes) shuffle(order, random)
      for (const { name, inject } of order) {
        const start = performance.now()
        await inject(cluster)
        const injected = performance.now()
        await cluster.healed()
        const healed = performance.now()
        await pause(BETWEEN)
        const statuses = await cluster.check(name)
        const row = rows.get(name) ?? { name, count: 0, longest: 0, took: 0 }
        rows.set(name, {
          name,
          count: row.count + 1,
          longest: Math.max(row.longest, Math.round(healed - injected)),
          took: Math.max(row.took, Math.round(injected - start)),
        })
        heapAfter = statuses.find((status) => status.name === survivor)!.heapUsed
        if (process.env.MOEBI_FAULTS_VERBOSE)
          console.log(`${name}: healed ${Math.round(healed - injected)} ms, heap ${heapAfter}`)
        if (cluster.complaints.length > 0) break
      }
      if (cluster.complaints.length > 0) break
      if (round + 1 === WARM_ROUNDS) heapBefore = heapAfter
    }
    const text = figures({
      seed,
      nodes: cluster.names,
      seconds: (performance.now() - began) / 1_000,
      rows: [...rows.values()],
      total: await cluster.total(),
      complaints: cluster.complaints,
      heap: heapBefore === undefined ? undefined : { before: heapBefore, after: heapAfter },
      otp: beam?.version.otp,
    })
    console.log(text)
    if (process.env.MOEBI_FAULTS_FIGURES) writeFileSync(process.env.MOEBI_FAULTS_FIGURES, text)
    expect(cluster.complaints).toEqual([])
    if (heapBefore !== undefined && minutes && minutes >= 10)
      expect(heapAfter).toBeLessThan(heapBefore * 1.05)
  } catch (error) {
    throw new Error(`seed ${seed}: ${String(error)}\n${cluster.logs.slice(-20_000)}`, { cause: error })
  }
})

function shuffle<T>(list: T[], random: () => number): void {
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[list[i], list[j]] = [list[j]!, list[i]!]
  }
}
