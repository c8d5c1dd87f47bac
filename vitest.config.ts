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
    isolate: false,
    maxWorkers: 3,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
