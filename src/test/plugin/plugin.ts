import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin, ViteUserConfig } from 'vitest/config'
import { codeFolder } from '../../package/index.ts'
import { DISTRIBUTED, NODE_VARIABLE } from '../names.ts'
import { captureFunctions } from './capture-functions.ts'
import { doctest } from './doctest.ts'
import { ExclusionReporter } from './exclusion-reporter.ts'

type TestConfig = NonNullable<ViteUserConfig['test']>

const folder = new URL('test/', codeFolder)
const setupFile = fileURLToPath(new URL(`setup-file${extname(import.meta.url)}`, folder))
const BUILT = import.meta.url.endsWith('.js')

/** Options of {@link moebi}. */
export interface MoebiOptions {
  /** Folders whose docstrings have examples that are run as tests: `'src'`. */
  readonly doctest?: string | readonly string[]
}

/**
 * Plugins of Vite. The interface names nothing of Vite: a linked package and its project may have two copies of Vite, whose types
 * TypeScript cannot compare.
 */
export type VitePlugins = { readonly name: string }[]

/**
 * Makes every test a process, as `use ExUnit.Case` does: adds a setup file, the tag `distributed`, and the number of excluded tests at the
 * end of a run.
 */
export function moebi({ doctest: folders = [] }: MoebiOptions = {}): VitePlugins {
  return [processPerTest(), captureFunctions(), doctest([folders].flat())]
}

function processPerTest(): Plugin {
  return {
    name: 'moebi',
    // Package managers such as pnpm let a project import only its own dependencies; this one is a dependency of vitest.
    resolveId(id) {
      return id === '@vitest/runner'
        ? createRequire(import.meta.resolve('vitest/config')).resolve(id)
        : undefined
    },
    config(config) {
      process.env.MOEBI_ENV ??= 'test'
      config.test ??= {}
      // `moebi test` adds this plugin to a configuration that may have it.
      if (!toArray(config.test.setupFiles).includes(setupFile)) extend(config.test)
    },
    configureVitest({ vitest }) {
      const { reporters } = vitest.config
      if (!reporters.some((reporter) => reporter instanceof ExclusionReporter))
        reporters.push(new ExclusionReporter())
    },
  }
}

function extend(test: TestConfig): void {
  test.setupFiles = [setupFile, ...toArray(test.setupFiles)]
  // The setup files of a project, which start its applications, run on the kernel that the setup file of the plugin makes.
  test.sequence = { setupFiles: 'list', ...test.sequence }
  const tags = test.tags ?? []
  if (!tags.some(({ name }) => name === DISTRIBUTED))
    test.tags = [...tags, { name: DISTRIBUTED, description: 'needs other nodes' }]
  // These files import vitest, and must get the vitest that runs the tests, also from a linked package.
  const { inline, external = [] } = test.server?.deps ?? {}
  if (inline !== true)
    test.server = {
      ...test.server,
      deps: {
        ...test.server?.deps,
        inline: [...(inline ?? []), inFolder(folder)],
        // Vite would transform the rest of a linked package for each test file, which takes seconds.
        external: BUILT ? [...external, inFolder(codeFolder)] : external,
      },
    }
  if (process.env[NODE_VARIABLE] === undefined) return
  // All files run on a node of one name.
  test.fileParallelism = false
  test.maxWorkers = 1
}

function toArray(value: string | readonly string[] | undefined): readonly string[] {
  return typeof value === 'string' ? [value] : (value ?? [])
}

function inFolder(url: URL): RegExp {
  return new RegExp(`^${escapeRegExp(fileURLToPath(url))}`)
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
