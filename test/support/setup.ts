import { afterAll, beforeAll, expect } from 'vitest'
import { type EpmdServer, startEpmd } from '../../src/epmd/index.ts'

const hooks = new URL('../../dist/cli/typescript-hooks.js', import.meta.url).href
const before = process.env.ERL_EPMD_PORT

// The examples of a page start nodes as a reader would, so each page has an epmd of its own.
let epmd: EpmdServer | undefined

beforeAll(async () => {
  if (!expect.getState().testPath?.endsWith('.md')) return
  epmd = await startEpmd({ port: 0, addresses: ['127.0.0.1'] })
  process.env.ERL_EPMD_PORT = String(epmd.port)
  const { loaderHooks } = await import('../../src/worker/index.ts')
  loaderHooks.add(hooks)
})

// Files that run after this one share its process.
afterAll(async () => {
  if (!epmd) return
  await epmd.close()
  if (before === undefined) delete process.env.ERL_EPMD_PORT
  else process.env.ERL_EPMD_PORT = before
  const { loaderHooks } = await import('../../src/worker/index.ts')
  loaderHooks.delete(hooks)
})
