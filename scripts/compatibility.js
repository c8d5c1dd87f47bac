// Renews the generated parts of docs/compatibility.md from the source and the tests: node scripts/compatibility.js
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', 'test/support/compatibility-page.test.ts'],
  {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: 'inherit',
    env: { ...process.env, MOEBI_WRITE_PAGES: '1' },
  },
)
process.exitCode = status ?? 1
