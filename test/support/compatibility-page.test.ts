import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { compatibilityPage, renewed } from './compatibility-page.ts'

test('docs/compatibility.md lists the flags, operations and releases of the source and of the tests', () => {
  const page = readFileSync(compatibilityPage, 'utf8')
  if (process.env.MOEBI_WRITE_PAGES) writeFileSync(compatibilityPage, renewed(page))
  else expect(page, 'run node scripts/compatibility.js').toBe(renewed(page))
})
