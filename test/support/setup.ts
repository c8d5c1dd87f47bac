import { afterAll, beforeAll, expect } from 'vitest'
import { type EpmdServer, startEpmd } from '../../src/epmd/index.ts'

// The examples of a page start nodes as a reader would, so each page has an epmd of its own.
let epmd: EpmdServer | undefined

beforeAll(async () => {
  if (!expect.getState().testPath?.endsWith('.md')) return
  epmd = await startEpmd({ port: 0, addresses: ['127.0.0.1'] })
  process.env.ERL_EPMD_PORT = String(epmd.port)
  const { loaderHooks } = await import('../../src/worker/index.ts')
  loaderHooks.add(new URL('../../dist/cli/typescript-hooks.js', import.meta.url).href)
})

afterAll(async () => {
  await epmd?.close()
})
