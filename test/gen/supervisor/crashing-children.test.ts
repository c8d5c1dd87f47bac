import { expect, test } from 'vitest'
import { crashAtRandom } from '../../support/crashing-children.ts'

test('children that crash at random leave nothing behind: no process, name, key, timer, link or monitor', async () => {
  const { crashes, starts, quiet, left } = await crashAtRandom(200, 500, Math.random)
  expect(quiet).toEqual({ children: 200, links: 200, monitors: 0 })
  expect(left).toEqual({ processes: 0, names: 0, keys: 0, timers: 0, links: 0, monitors: 0 })
  expect(crashes).toBeGreaterThan(100)
  expect(starts).toBeGreaterThan(300)
})
