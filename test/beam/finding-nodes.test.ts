import { afterEach, beforeEach, expect, test } from 'vitest'
import { lookup, names, startEpmd } from '../../src/epmd/index.ts'
import { atom, erpc, Node, type RunningNode } from '../../src/index.ts'
import type { NodeOptions } from '../../src/node/index.ts'
import { type BeamNode, type Home, type LaunchOptions, startNode } from '../support/beam.ts'
import { freePort } from '../support/ports.ts'
import { beam } from './node-meeting.ts'

const cookie = 'test'
const closing: AsyncDisposable[] = []
let home: Home
let epmdPort: number
let before: string | undefined

beforeEach(async () => {
  home = await beam.home()
  epmdPort = await freePort()
  before = process.env.ERL_EPMD_PORT
  process.env.ERL_EPMD_PORT = String(epmdPort)
})

afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one[Symbol.asyncDispose]()
  await home[Symbol.asyncDispose]()
  if (before === undefined) delete process.env.ERL_EPMD_PORT
  else process.env.ERL_EPMD_PORT = before
})

const log: string[] = []

async function ours(name: string, options: Partial<NodeOptions> = {}): Promise<RunningNode> {
  log.length = 0
  const longNames = /[.:]/.test(name)
  const node = await Node.start({ name, longNames, cookie, log: (line) => void log.push(line), ...options })
  closing.push(node)
  return node
}

async function theirs(
  name: string,
  flags: readonly string[],
  options: Partial<LaunchOptions> = {},
): Promise<BeamNode> {
  const longName = /[.:]/.test(name)
  const node = await startNode(beam, {
    kind: 'erl',
    name,
    longName,
    cookie,
    epmdPort,
    home,
    flags,
    ...options,
  })
  closing.push(node)
  return node
}

async function withEpmd(): Promise<void> {
  closing.push(await startEpmd({ port: epmdPort }))
}

/** Expects that both nodes can call each other over the connection that is up. */
async function expectCalls(alex: RunningNode, kate: BeamNode): Promise<void> {
  expect(await alex.run(() => erpc.call(kate.name, ':erlang', 'node', []))).toBe(atom(kate.name))
  expect(await kate.erlang(`erpc:call('${alex.name}', erlang, node, []).`)).toContain(alex.name)
  expect(log.join('')).toBe('')
  expect(await kate.log()).toEqual([])
}

for (const caller of ['we', 'they'] as const) {
  test(`without an epmd, with a fixed port, when ${caller} connect`, async () => {
    const distPort = await freePort()
    const fixed = ['-start_epmd', 'false', '-erl_epmd_port', String(distPort)]
    const kate = await theirs('kate@127.0.0.2', fixed, { listensAt: '{127,0,0,2}' })
    const alex = await ours('alex@127.0.0.1', { distPort })
    if (caller === 'we') expect(await alex.run(() => Node.connect(kate.name))).toBe(true)
    else expect(await kate.erlang(`net_kernel:connect_node('${alex.name}').`)).toBe('true')
    await expectCalls(alex, kate)
    await expect(names()).rejects.toThrow()
  })

  test(`over IPv6 when ${caller} connect`, async () => {
    await withEpmd()
    const flags = ['-proto_dist', 'inet6_tcp']
    // A real node finds ::1 for localhost only where the file of hosts has it.
    for (const host of caller === 'we' ? ['localhost', '::1'] : ['::1']) {
      const kate = await theirs(`kate@${host}`, flags, { listensAt: '{0,0,0,0,0,0,0,1}' })
      const alex = await ours(`alex@${host}`)
      if (caller === 'we') expect(await alex.run(() => Node.connect(kate.name))).toBe(true)
      else expect(await kate.erlang(`net_kernel:connect_node('${alex.name}').`)).toBe('true')
      await expectCalls(alex, kate)
      await kate.stop()
      await alex.stop()
    }
  })
}

test('port ranges of both kinds of nodes', async () => {
  await withEpmd()
  const [min, max] = [await freePort(), await freePort()].toSorted() as [number, number]
  const range = ['-kernel', 'inet_dist_listen_min', `${min}`, '-kernel', 'inet_dist_listen_max', `${max}`]
  const kate = await theirs('kate@localhost', range)
  const alex = await ours('alex@localhost', { inetDistListenMin: max, inetDistListenMax: max + 10 })
  expect((await lookup('kate', 'localhost'))?.port).toBeGreaterThanOrEqual(min)
  expect((await lookup('alex', 'localhost'))?.port).toBeGreaterThanOrEqual(max)
  expect(await kate.erlang(`net_kernel:connect_node('${alex.name}').`)).toBe('true')
  await expectCalls(alex, kate)
})

test('a real node with -dist_listen false is a hidden peer that is registered nowhere', async () => {
  await withEpmd()
  const alex = await ours('alex@localhost')
  const kate = await theirs('kate@localhost', ['-dist_listen', 'false'])
  expect((await names()).map(({ name }) => name)).toEqual(['alex'])
  expect(await kate.erlang("net_kernel:connect_node('alex@localhost').")).toBe('true')
  expect(await alex.run(() => [Node.list(), Node.list('hidden')])).toEqual([[], [atom('kate@localhost')]])
  await expectCalls(alex, kate)
})

test('ours with distListen: false is a hidden peer of a real node', async () => {
  await withEpmd()
  const kate = await theirs('kate@localhost', [])
  const alex = await ours('alex@localhost', { distListen: false })
  expect(await kate.erlang("net_kernel:connect_node('alex@localhost').")).toBe('false')
  expect(await alex.run(() => Node.connect('kate@localhost'))).toBe(true)
  expect(await kate.erlang('{nodes(), nodes(hidden)}.')).toBe('{[],[alex@localhost]}')
  await expectCalls(alex, kate)
})

test('an epmdModule finds a real node whose port it knows', async () => {
  const distPort = await freePort()
  await theirs('kate@localhost', ['-start_epmd', 'false', '-erl_epmd_port', String(distPort)])
  const epmdModule = {
    addressPlease: (name: string) => (name === 'kate' ? { address: '127.0.0.1', port: distPort } : undefined),
  }
  const alex = await ours('alex@localhost', { epmdModule })
  expect(await alex.run(() => Node.ping('kate@localhost'))).toBe(atom('pong'))
})
