import { expect, test } from 'vitest'
import { comparePlans } from '../support/supervision-differential.ts'

test('5,000 random supervision trees do on Moebi what they do on a real node, whatever happens to them', async () => {
  expect(await comparePlans(5_000)).toBe(5_000)
}, 1_200_000)
