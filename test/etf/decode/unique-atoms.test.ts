import { expect, test } from 'vitest'
import { runProgram } from '../../support/program.ts'
import { patience, runs } from '../../support/runs.ts'

/** Ten million in the long form of the tests. */
const count = runs(200_000)

const program = `
  import { decode } from 'moebi/etf'
  const tables = globalThis[Symbol.for('moebi/1')]
  const sizes = () => ({ atoms: tables.get('atoms').size, nodes: tables.get('pids').size })
  const turn = (ms = 0) => new Promise((resolve) => setTimeout(resolve, ms))
  const collect = async () => {
    for (let times = 0; times < 5; times++) { gc(); await turn(20) }
    return process.memoryUsage()
  }
  // Lists of 100 atoms, and a pid of a node that has the last of their names.
  const list = (first) => {
    const parts = [Buffer.of(131, 108, 0, 0, 0, 101)]
    let name
    for (let n = first; n < first + 100; n++) {
      name = Buffer.from('unique_' + n + '@localhost')
      parts.push(Buffer.of(119, name.length), name)
    }
    parts.push(Buffer.of(88, 119, name.length), name, Buffer.of(0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 5), Buffer.of(106))
    return Buffer.concat(parts)
  }
  decode(list(0))
  const before = { ...(await collect()), ...sizes() }
  let peak = 0
  for (let n = 100; n < ${count}; n += 100) {
    if (decode(list(n)).length !== 101) throw new Error('a list is not whole')
    if (n % 2_000 === 0) await turn()
    if (n % 100_000 === 0) peak = Math.max(peak, process.memoryUsage().rss)
  }
  let after
  for (let times = 0; times < 50 && !(after?.atoms < 1_000); times++) after = { ...(await collect()), ...sizes() }
  console.log(JSON.stringify({ before, after, peak }))
`

test(`${count} atoms that are used once leave tables and heap as they were`, {
  timeout: patience(120_000),
}, async () => {
  const { stdout, stderr } = await runProgram(program, ['--expose-gc'], patience(60_000))
  expect(stderr).toBe('')
  const { before, after } = JSON.parse(stdout)
  expect(after.atoms).toBeLessThan(before.atoms + 500)
  expect(after.nodes).toBeLessThan(before.nodes + 500)
  expect((after.heapUsed - before.heapUsed) / 2 ** 20).toBeLessThan(8)
})
