import { defineConfig } from 'vitest/config'
import { doctest } from './test/support/doctest.ts'

const conditions = ['moebi:source']

export default defineConfig({
  plugins: [doctest()],
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['test/**/*.test.ts', 'README.md', 'docs/**/*.md'],
    setupFiles: ['test/support/setup.ts'],
    maxWorkers: 2,
    testTimeout: 15_000,
    hookTimeout: 30_000,
  },
})
