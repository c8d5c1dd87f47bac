import { expect, test } from 'vitest'
import { crashAtRandom } from '../support/crashing-children.ts'

test('10,000 children that crash at random for a minute leave nothing behind: no process, name, key, timer, link or monitor', async () => {
  const { crashes, starts, quiet, left } = await crashAtRandom(10_000, 60_000, Math.random)
  console.log(`${crashes} crashes, ${starts} starts`)
  expect(quiet).toEqual({ children: 10_000, links: 10_000, monitors: 0 })
  expect(left).toEqual({ processes: 0, names: 0, keys: 0, timers: 0, links: 0, monitors: 0 })
  expect(crashes).toBeGreaterThan(10_000)
}, 300_000)
