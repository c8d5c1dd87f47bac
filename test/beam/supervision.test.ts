import { expect, test } from 'vitest'
import { comparePlans } from '../support/supervision-differential.ts'

test('50 random supervision trees do on Moebi what they do on a real node, whatever happens to them', async () => {
  expect(await comparePlans(50)).toBe(50)
}, 60_000)
