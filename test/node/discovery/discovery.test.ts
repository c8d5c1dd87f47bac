import { createServer } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lookup, names, startEpmd } from '../../../src/epmd/index.ts'
import { atom, erpc, Node, type RunningNode } from '../../../src/index.ts'
import type { NodeOptions } from '../../../src/node/index.ts'
import { freePort } from '../../support/ports.ts'

const nodes: RunningNode[] = []
let epmdPort: string | undefined

// No epmd runs at the port, unless a test starts one.
beforeEach(async () => {
  epmdPort = process.env.ERL_EPMD_PORT
  process.env.ERL_EPMD_PORT = String(await freePort())
})

afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop()
  if (epmdPort === undefined) delete process.env.ERL_EPMD_PORT
  else process.env.ERL_EPMD_PORT = epmdPort
})

const log: string[] = []

async function start(name: string, options: Partial<NodeOptions>): Promise<RunningNode> {
  log.length = 0
  const common = { cookie: 'VXHQ', longNames: name.includes('.'), startEpmd: false }
  const node = await Node.start({ name, ...common, log: (line) => void log.push(line), ...options })
  nodes.push(node)
  return node
}

const ourEpmd = () => startEpmd({ port: Number(process.env.ERL_EPMD_PORT) })

test('nodes with a fixed port find each other without an epmd', async () => {
  const distPort = await freePort()
  const alex = await start('alex@127.0.0.1', { distPort })
  await start('kate@127.0.0.2', { distPort })
  expect(await alex.run(() => erpc.call('kate@127.0.0.2', ':erlang', 'node', []))).toBe(
    atom('kate@127.0.0.2'),
  )
  expect(await alex.run(() => Node.list())).toEqual([atom('kate@127.0.0.2')])
})

test('a node with a fixed port registers at an epmd that is running, so that other nodes find it', async () => {
  await using _epmd = await ourEpmd()
  const distPort = await freePort()
  await start('alex@127.0.0.1', { distPort })
  expect((await lookup('alex', 'localhost'))?.port).toBe(distPort)
  const kate = await start('kate@127.0.0.1', {})
  expect(await kate.run(() => Node.connect('alex@127.0.0.1'))).toBe(true)
})

test('a node takes a free port of its range, and says when there is none', async () => {
  await using _epmd = await ourEpmd()
  const port = await freePort()
  const other = createServer().listen(port, '127.0.0.1')
  try {
    await start('alex@localhost', { inetDistListenMin: port, inetDistListenMax: port + 1 })
    expect((await lookup('alex', 'localhost'))?.port).toBe(port + 1)
    await expect(start('kate@localhost', { inetDistListenMin: port })).rejects.toThrow(
      `kate@localhost cannot listen: port ${port} is in use on this machine`,
    )
    const range = { inetDistListenMin: port, inetDistListenMax: port + 1 }
    await expect(start('kate@localhost', range)).rejects.toThrow(
      `all ports from ${port} to ${port + 1} are in use`,
    )
  } finally {
    other.close()
  }
})

test('a node with distListen: false connects to others, is hidden, and is not registered', async () => {
  await using _epmd = await ourEpmd()
  const alex = await start('alex@localhost', {})
  const kate = await start('kate@localhost', { distListen: false })
  expect((await names()).map(({ name }) => name)).toEqual(['alex'])
  expect(await alex.run(() => Node.connect('kate@localhost'))).toBe(false)
  expect(await kate.run(() => Node.connect('alex@localhost'))).toBe(true)
  expect(await alex.run(() => [Node.list(), Node.list('hidden')])).toEqual([[], [atom('kate@localhost')]])
  expect(await alex.run(() => Node.ping('kate@localhost'))).toBe(atom('pong'))
})

test('startEpmd: false starts no epmd', async () => {
  await expect(start('alex@localhost', { startEpmd: false })).rejects.toThrow(
    /No epmd answers|ECONNREFUSED|epmd/,
  )
  await expect(names()).rejects.toThrow()
})

test('an epmdModule finds and registers nodes in the place of epmd', async () => {
  const known = new Map<string, number>()
  const epmdModule = {
    registerNode: async (name: string, port: number) => {
      known.set(name, port)
      return () => known.delete(name)
    },
    addressPlease: async (name: string, host: string) => {
      if (name === 'broken') throw new Error(`${host} is on fire`)
      if (name === 'wrong') return 'nowhere' as never
      const port = known.get(name)
      return port === undefined ? undefined : { address: 'localhost', port }
    },
  }
  const alex = await start('alex@localhost', { epmdModule })
  const kate = await start('kate@office', { epmdModule })
  expect(await alex.run(() => Node.connect('kate@office'))).toBe(true)
  await kate.stop()
  expect([...known.keys()]).toEqual(['alex'])
  const refused = async (name: string) => {
    expect(await alex.run(() => Node.connect(`${name}@office`))).toBe(false)
    return log.join('')
  }
  log.length = 0
  expect(await refused('nobody')).toContain('addressPlease of epmdModule knows no node nobody on office')
  expect(await refused('broken')).toContain('office is on fire')
  expect(await refused('wrong')).toContain("returned 'nowhere', expected { address, port }")
})

test('an epmdModule that does not answer ends with the time to connect', async () => {
  const epmdModule = { addressPlease: () => new Promise<never>(() => {}) }
  const alex = await start('alex@localhost', { epmdModule, connectTimeout: 200 })
  expect(await alex.run(() => Node.connect('kate@localhost'))).toBe(false)
  expect(log.join('')).toContain('addressPlease of epmdModule did not answer: no connection within 200 ms')
})

test('a node listens at IPv4 and IPv6, and connects by either', async () => {
  await using _epmd = await ourEpmd()
  const six = await start('six@localhost', { inetDistUseInterface: '::1' })
  const four = await start('four@localhost', { inetDistUseInterface: '127.0.0.1' })
  const both = await start('both@localhost', {})
  expect(await both.run(() => Node.connect('six@localhost'))).toBe(true)
  expect(await both.run(() => Node.connect('four@localhost'))).toBe(true)
  expect(await six.run(() => Node.connect('four@localhost'))).toBe(true)
  expect(await four.run(() => Node.list().length)).toBe(2)
  await six.stop()
  const again = await start('six@::1', { longNames: true })
  expect(again.name).toBe('six@::1')
  await start('long@127.0.0.1', { longNames: true })
  expect(await again.run(() => Node.connect('long@127.0.0.1'))).toBe(true)
})

test('wrong options are refused with what to write', async () => {
  const refusal = async (options: object) => {
    const error = await start('alex@localhost', options).catch((thrown: Error) => thrown)
    return (error as Error).message
  }
  expect(await refusal({ distPort: '9100' })).toBe(
    "Node.start: distPort is '9100', expected a port from 1 to 65535.",
  )
  expect(await refusal({ inetDistListenMax: 9100 })).toContain(
    'Expected the first and the last port of a range',
  )
  expect(await refusal({ inetDistListenMin: 2, inetDistListenMax: 1 })).toContain('inetDistListenMin is 2')
  expect(await refusal({ inetDistUseInterface: 'eth0' })).toContain('expected an IP address such as 10.0.0.5')
  expect(await refusal({ epmdModule: {} })).toContain('the function addressPlease(name, host)')
})
