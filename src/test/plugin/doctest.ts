import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Plugin } from 'vitest/config'
import { docstringTests, hasDocstringTests } from './docstring-tests.ts'
import { pageTests } from './page-tests.ts'

/** The pattern of test files that vitest has where a configuration has no `include`. */
const DEFAULT_INCLUDE = '**/*.{test,spec}.?(c|m)[jt]s?(x)'

/**
 * Runs examples of documentation as tests: the `ts` blocks of the Markdown pages that `include` of vitest names, and of the docstrings in the
 * TypeScript files of some folders.
 *
 * A line that ends with `//=> value` promises that its expression, or the constant that it declares, has that value. `//=> throws Name` promises
 * an error of that name. Other lines only have to run.
 *
 * @param folders of the files with docstrings, from the root of the project
 */
export function doctest(folders: readonly string[] = []): Plugin {
  const files = new Set<string>()
  return {
    name: 'moebi:doctest',
    enforce: 'pre',
    config(config) {
      const root = resolve(config.root ?? '.')
      for (const folder of folders) for (const file of filesWithTests(join(root, folder))) files.add(file)
      if (files.size === 0) return
      config.test ??= {}
      config.test.include = [...(config.test.include ?? [DEFAULT_INCLUDE]), ...files]
    },
    transform(source, id) {
      const file = id.split('?')[0]!
      if (file.endsWith('.md')) return { code: pageTests(source), map: null }
      return files.has(file) ? { code: docstringTests(source, file), map: null } : undefined
    },
  }
}

function filesWithTests(folder: string): string[] {
  if (!existsSync(folder))
    throw new Error(
      `moebi({ doctest }): the folder ${folder} does not exist. Expected one that contains TypeScript files.`,
    )
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.m?ts$/.test(file) && !file.includes('node_modules'))
    .map((file) => join(folder, file))
    .filter((file) => hasDocstringTests(readFileSync(file, 'utf8')))
}
