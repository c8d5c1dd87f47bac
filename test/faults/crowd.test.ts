import { expect, test } from 'vitest'
import { startEpmd } from '../../src/epmd/index.ts'
import { Beam, findBeam } from '../support/beam.ts'
import { eventually } from '../support/eventually.ts'
import { MemberProcess } from './member-process.ts'

/** The long form has 100 nodes, which take two minutes on two cores. */
const [programs, nodesEach] = process.env.MOEBI_FAULTS_MINUTES === undefined ? [4, 6] : [10, 10]

test(`${programs * nodesEach} nodes meet at once, half of them are killed, and the others have only each other`, {
  timeout: 600_000,
}, async () => {
  await using epmd = await startEpmd({ port: 0, addresses: ['127.0.0.1'] })
  await using home = await (findBeam() ?? new Beam('/')).home()
  const all = programs * nodesEach
  const crowds: MemberProcess[] = []
  try {
    for (let i = 0; i < programs; i++)
      crowds.push(
        await MemberProcess.startCrowd([nodesEach, i * nodesEach, all], { epmdPort: epmd.port, home }),
      )
    const peers = async (): Promise<number[]> =>
      (await Promise.all(crowds.map((crowd) => crowd.command<{ peers: number[] }>('peers')))).flatMap(
        ({ peers }) => peers,
      )
    const begin = performance.now()
    await Promise.all(crowds.map((crowd) => crowd.command('meet')))
    await eventually('all nodes to be connected', async () => (await peers()).every((n) => n === all - 1), {
      timeout: 300_000,
      pause: 500,
    })
    const met = performance.now()
    for (const crowd of crowds.splice(programs / 2)) await crowd.kill()
    await eventually(
      'the nodes that are left to be connected',
      async () => (await peers()).every((n) => n === all / 2 - 1),
      { timeout: 120_000, pause: 500 },
    )
    console.log(
      `${all} nodes met in ${((met - begin) / 1_000).toFixed(1)} s, ` +
        `${all / 2} were left after ${((performance.now() - met) / 1_000).toFixed(1)} s`,
    )
    expect(crowds.map(({ running }) => running)).toEqual(crowds.map(() => true))
  } finally {
    for (const crowd of crowds) await crowd.kill()
  }
})
