import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { moebi, NODE_VARIABLE, type TestNodeOptions } from '../test/plugin/index.ts'

export interface TestCommandOptions {
  readonly sname?: string
  readonly name?: string
  readonly cookie?: string
  readonly tls?: string
}

/** Part of the package `vitest` that starts a run. */
type VitestNode = typeof import('vitest/node')

/**
 * Runs the tests of the project in the current folder once, for `moebi test`: with the vitest of the project and its configuration, which
 * may lack the plugin of `moebi/test`.
 *
 * @param args arguments of `vitest run`
 */
export async function runTests(args: readonly string[], options: TestCommandOptions): Promise<void> {
  const { startVitest, parseCLI } = await importVitest(process.cwd())
  const node = nodeOptions(options)
  if (node) process.env[NODE_VARIABLE] = JSON.stringify(node)
  const { filter, options: vitestOptions } = parseCLI(['vitest', 'run', ...args])
  const vitest = await startVitest('test', filter, vitestOptions, { plugins: moebi() })
  if (!vitest.shouldKeepServer()) await vitest.exit()
}

function nodeOptions({ sname, name, cookie, tls }: TestCommandOptions): TestNodeOptions | undefined {
  const full = sname ?? name
  if (full === undefined) return undefined
  return {
    name: full,
    longNames: name !== undefined,
    ...(cookie === undefined ? {} : { cookie }),
    ...(tls === undefined ? {} : { tls }),
  }
}

async function importVitest(folder: string): Promise<VitestNode> {
  let file: string
  try {
    file = createRequire(join(folder, 'package.json')).resolve('vitest/node')
  } catch (cause) {
    throw new Error(
      `moebi test runs the tests with vitest, which ${folder} does not have. Install it: npm install --save-dev vitest`,
      { cause },
    )
  }
  return (await import(pathToFileURL(file).href)) as VitestNode
}
