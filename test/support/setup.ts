import { afterAll, beforeAll, expect, vi } from 'vitest'
import type { EpmdServer } from '../../src/epmd/index.ts'
// A node loads the interpreter when it is needed. A file that ends meanwhile would break the import for all later files of its process.
import '../../src/erl-eval/index.ts'
import type { RunningNode } from '../../src/node/index.ts'
import { localEpmd } from './ports.ts'

const hooks = new URL('../../dist/loader/typescript-hooks.js', import.meta.url).href
const before = process.env.ERL_EPMD_PORT

// The examples of a page start nodes as a reader would, and not all of them stop: each page has an epmd of its own, and its nodes
// are stopped with it. Files that run later share the process.
let epmd: EpmdServer | undefined
let stopNodes: () => Promise<void>

const globals = new Set(Object.getOwnPropertyNames(globalThis))

// The examples are projects with the plugin of moebi/test.
const example = /.*\/examples\/[^/]+/.exec(expect.getState().testPath ?? '')?.[0]
if (example !== undefined) await setupExample(example)

beforeAll(async () => {
  if (!expect.getState().testPath?.endsWith('.md')) return
  epmd = await localEpmd()
  process.env.ERL_EPMD_PORT = String(epmd.port)
  const { Node } = await import('../../src/index.ts')
  const { loaderHooks } = await import('../../src/loader/index.ts')
  loaderHooks.add(hooks)
  const starts = vi.spyOn(Node, 'start')
  stopNodes = async () => {
    for (const { value } of starts.mock.settledResults) await (value as RunningNode).stop?.()
    starts.mockRestore()
    loaderHooks.delete(hooks)
  }
})

afterAll(async () => {
  if (epmd) {
    await stopNodes()
    await epmd.close()
    if (before === undefined) delete process.env.ERL_EPMD_PORT
    else process.env.ERL_EPMD_PORT = before
  }
  // The bindings of a shell are globals. One of them, Node, is taken for that of a browser by the assertions of the next file.
  for (const name of Object.getOwnPropertyNames(globalThis))
    if (!globals.has(name)) Reflect.deleteProperty(globalThis, name)
})

async function setupExample(folder: string): Promise<void> {
  const { loadConfig } = await import('../../src/config/index.ts')
  const { configure } = await import('../../src/gen/index.ts')
  const { setupTestFile } = await import('../../src/test/index.ts')
  await loadConfig(folder, 'test')
  afterAll(() => configure({}))
  await setupTestFile()
  await import(`${folder}/test/test-helper.ts`)
}
