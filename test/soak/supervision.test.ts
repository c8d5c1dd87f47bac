import { expect, test } from 'vitest'
import { comparePlans } from '../support/supervision-differential.ts'

test('5,000 random supervision trees behave on Moebi as on a real node, after the same random events', async () => {
  expect(await comparePlans(5_000)).toBe(5_000)
}, 1_200_000)
