import { moebi } from 'moebi/test/plugin'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [moebi({ doctest: 'src' })],
  test: { setupFiles: ['test/test-helper.ts'] },
})
