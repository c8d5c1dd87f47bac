import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { probes } from '../../../src/node/index.ts'
import { receive } from '../../../src/process/index.ts'
import { atom } from '../../../src/term/index.ts'
import { Cluster, type TestNode } from '../../support/cluster.ts'

let cluster: Cluster
let kate: TestNode
let server: Server

beforeEach(async () => {
  cluster = await Cluster.start()
  kate = await cluster.moebi('kate')
  server = createServer(probes(kate.node, { names: ['Worker'], nodes: ['alex@localhost'] }))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  server.close()
  await cluster[Symbol.asyncDispose]()
})

async function get(
  path: string,
  method = 'GET',
): Promise<{ status: number; text: string; type: string | null }> {
  const { port } = server.address() as AddressInfo
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method })
  return { status: response.status, text: await response.text(), type: response.headers.get('content-type') }
}

test('a node that runs is healthy', async () => {
  const { status, text, type } = await get('/health')
  expect(status).toBe(200)
  expect(type).toBe('application/json')
  expect(JSON.parse(text)).toMatchObject({ ok: true, node: 'kate@localhost', runQueue: 0, nodes: [] })
})

test('a node is ready when the names and nodes that it needs are there', async () => {
  const { status, text } = await get('/ready')
  expect(status).toBe(503)
  expect(JSON.parse(text)).toEqual({
    ok: false,
    missing: ['no process is registered as Worker', 'alex@localhost is not connected'],
  })
  const alex = await cluster.moebi('alex')
  await alex.node.run(() => alex.node.peers.connect(atom('kate@localhost')))
  const worker = kate.node.kernel.spawn(() => receive())
  kate.node.kernel.register(worker, atom('Elixir.Worker'))
  expect(await get('/ready')).toMatchObject({ status: 200, text: '{"ok":true,"missing":[]}' })
})

test('a node that stops is neither healthy nor ready', async () => {
  await kate.node.stop()
  expect((await get('/health')).status).toBe(503)
  expect(JSON.parse((await get('/ready')).text).missing[0]).toBe('the node kate@localhost stops')
})

test('the metrics are in the text format of Prometheus', async () => {
  const alex = await cluster.moebi('alex')
  await alex.node.run(() => alex.node.peers.connect(atom('kate@localhost')))
  const { status, text, type } = await get('/metrics')
  expect(status).toBe(200)
  expect(type).toBe('text/plain; version=0.0.4; charset=utf-8')
  const lines = text.split('\n')
  expect(lines.at(-1)).toBe('')
  for (const line of lines.slice(0, -1))
    expect(line).toMatch(
      /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+\{node="kate@localhost"(,[a-z]+="[^"]*")*\} [\d.e+-]+)$/,
    )
  expect(text).toContain('moebi_connected_nodes{node="kate@localhost"} 1\n')
  expect(text).toMatch(
    /moebi_distribution_bytes_total\{node="kate@localhost",peer="alex@localhost",direction="in"\} \d+\n/,
  )
})

test('other paths and methods are refused', async () => {
  expect((await get('/')).status).toBe(404)
  expect((await get('/health', 'POST')).status).toBe(405)
  expect(await get('/ready?x', 'HEAD')).toMatchObject({ status: 503, text: '' })
})
