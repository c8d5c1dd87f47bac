import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { moebi, NODE_VARIABLE } from '../test/plugin/index.ts'
import { type NodeCommandOptions, nodeOptions } from './node-options.ts'

export type TestCommandOptions = Pick<NodeCommandOptions, 'sname' | 'name' | 'cookie' | 'tls'>

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
