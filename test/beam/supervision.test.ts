import { expect, test } from 'vitest'
import { comparePlans } from '../support/supervision-differential.ts'

test('50 random supervision trees behave on Moebi as on a real node, after the same random crashes', async () => {
  expect(await comparePlans(50)).toBe(50)
}, 60_000)
