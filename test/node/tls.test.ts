import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { writeCertificates } from '../../src/certificate/index.ts'
import { atom, Node, receive, self, send, spawn } from '../../src/index.ts'
import { Cluster } from '../support/cluster.ts'
import { eventually } from '../support/eventually.ts'

let folder: string
let cluster: Cluster

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'moebi-tls-'))
  writeCertificates(join(folder, 'own'))
  writeCertificates(join(folder, 'elsewhere'), ['example.org'])
})
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(async () => {
  cluster = await Cluster.start()
})
afterEach(() => cluster[Symbol.asyncDispose]())

const files = (name: string) => ({
  cert: join(folder, name, 'node.pem'),
  key: join(folder, name, 'node.key'),
  ca: join(folder, name, 'ca.pem'),
})

test('nodes with certificates of one CA send large messages both ways', async () => {
  const alex = await cluster.moebi('alex', { tls: join(folder, 'own') })
  const kate = await cluster.moebi('kate', { tls: { ...files('own'), minVersion: 'TLSv1.3' } })
  expect(await alex.node.run(() => Node.connect('kate@localhost'))).toBe(true)
  const big = 'x'.repeat(5_000_000)
  const echo = await kate.node.run(() =>
    spawn(async () => {
      const [from, text] = (await receive()) as readonly [never, string]
      send(from, text)
    }),
  )
  const answer = await alex.node.run(() => {
    send(echo, [self(), big] as never)
    return receive()
  })
  expect(answer).toBe(big)
  expect(alex.screen.log + kate.screen.log).toBe('')
})

test('a node verifies the certificates of its peers: another CA, another host and no TLS are refused', async () => {
  const alex = await cluster.moebi('alex', { tls: join(folder, 'own') })
  const bob = await cluster.moebi('bob', { tls: join(folder, 'elsewhere') })
  const mary = await cluster.moebi('mary')
  expect(await bob.node.run(() => Node.connect('alex@localhost'))).toBe(false)
  expect(bob.screen.log).toMatch(/no TLS was agreed with .*certificate/)
  expect(await alex.node.run(() => Node.connect('bob@localhost'))).toBe(false)
  expect(await mary.node.run(() => Node.connect('alex@localhost'))).toBe(false)
  expect(await alex.node.run(() => Node.connect('mary@localhost'))).toBe(false)
  await eventually('the refusals', () => alex.screen.log.split('no TLS was agreed').length > 2)
})

test('checkHost refuses a node whose certificate is for another host than that in its name', async () => {
  // Without verification the caller's certificate is not compared with anything, but for its host.
  const alex = await cluster.moebi('alex', {
    tls: { ...files('own'), verify: true, checkHost: true, ca: files('elsewhere').ca },
  })
  const bob = await cluster.moebi('bob', { tls: { ...files('elsewhere'), ca: files('own').ca } })
  expect(await bob.node.run(() => Node.ping('alex@localhost'))).toBe(atom('pang'))
  expect(alex.screen.log).toMatch(/node bob@localhost may not connect: .*localhost.*example\.org/)
})

test('wrong options and missing files are errors of the start', async () => {
  const start = (tls: never) => cluster.moebi('alex', { tls })
  await expect(start({ cert: 'x' } as never)).rejects.toThrow(
    /option tls is a folder with node\.pem.* got: \{ cert: 'x' \}/,
  )
  await expect(start('/no/such/folder' as never)).rejects.toThrow(/ENOENT.*node\.pem/)
})

test('certificates are never overwritten, and only their owner can read the keys', () => {
  expect(() => writeCertificates(join(folder, 'own'))).toThrow(/ca\.pem exists\. Name another folder/)
  expect(statSync(join(folder, 'own', 'node.key')).mode & 0o077).toBe(0)
})
