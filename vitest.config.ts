import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { captureFunctions, doctest } from './src/test/plugin/index.ts'

const conditions = ['moebi:source']

/** Files that start programs and wait for them come first: at the end nothing would be left to compute meanwhile. */
class ProgramsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => (/\/test\/(cli|shell|worker|observer)\//.test(moduleId) ? 0 : 1)
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}

export default defineConfig({
  plugins: [doctest(), captureFunctions()],
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['test/**/*.test.ts', 'examples/**/*.test.ts', 'README.md', 'docs/**/*.md'],
    tags: [{ name: 'distributed', description: 'needs other nodes' }],
    setupFiles: ['test/support/setup.ts'],
    // Files share the processes that run them: a process and the import of all modules cost more than most files.
    isolate: false,
    // What was transformed is kept in node_modules/.experimental-vitest-cache, under a hash of the file, of this one, and of its imports.
    experimental: { fsModuleCache: true },
    // One more than cores, since many files wait for programs.
    maxWorkers: Math.min(availableParallelism() + 1, 8),
    // --sequence.shuffle.files has an order of its own.
    sequence: process.argv.some((word) => word.startsWith('--sequence')) ? {} : { sequencer: ProgramsFirst },
    // Nothing is decided by time: these end what hangs, also on a machine that is busy with other things.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
