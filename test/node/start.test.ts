import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { names, register } from '../../src/epmd/index.ts'
import { atom, Node } from '../../src/index.ts'
import { fileCookie } from '../../src/node/index.ts'
import { Cluster } from '../support/cluster.ts'
import { eventually } from '../support/eventually.ts'
import { freePort } from '../support/ports.ts'

let cluster: Cluster
const closing: (() => unknown)[] = []

beforeEach(async () => {
  cluster = await Cluster.start()
})

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
  await cluster[Symbol.asyncDispose]()
})

/** A TCP server with any behaviour. Returns its port. */
async function listening(onSocket: (socket: Socket) => void): Promise<number> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => {})
    closing.push(() => socket.destroy())
    onSocket(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => server.close())
  return (server.address() as AddressInfo).port
}

describe('a node that cannot start says why, and what to do', () => {
  test('when its name is in use', async () => {
    await cluster.moebi('alex')
    await expect(cluster.moebi('alex')).rejects.toThrow(
      /epmd at 127\.0\.0\.1:\d+ refused the name "alex".*Choose another name, or stop that node/,
    )
  })

  test('when another program has the port of epmd', async () => {
    const port = await listening((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    process.env.ERL_EPMD_PORT = String(port)
    await expect(cluster.moebi('alex')).rejects.toThrow(/does not answer as epmd does.*ERL_EPMD_PORT/)
  })

  test('when it may not read its cookie', async () => {
    const home = await mkdtemp(join(tmpdir(), 'moebi-'))
    closing.push(() => rm(home, { recursive: true }))
    await mkdir(join(home, '.erlang.cookie'), { mode: 0o700 })
    expect(() => fileCookie(home, {})).toThrow(/\.erlang\.cookie could not be read: .*mode 600.*--cookie/)
    await rm(join(home, '.erlang.cookie'), { recursive: true })
    await writeFile(join(home, 'file'), '')
    expect(() => fileCookie(join(home, 'file'), {})).toThrow(/could not be (read|made): .*--cookie/)
    await writeFile(join(home, '.erlang.cookie'), 'secret')
    await chmod(join(home, '.erlang.cookie'), 0o644)
    expect(() => fileCookie(home, {})).toThrow(/can be read by other users.*chmod 600/)
  })

  test('when its name is invalid, or of the other kind', async () => {
    await expect(Node.start({ name: 'a b@localhost', cookie: 'c' })).rejects.toThrow(/is not a node name/)
    await expect(Node.start({ name: 'a@b.c', cookie: 'c' })).rejects.toThrow(/is not a short name.*--name/)
    await expect(Node.start({ name: 'a@localhost', longNames: true, cookie: 'c' })).rejects.toThrow(
      /is not a long name.*--sname/,
    )
  })

  test('when other machines can reach it and its cookie is a well-known one', async () => {
    const start = Node.start({ name: 'alex@node.example.org', longNames: true, cookie: 'monster' })
    await expect(start).rejects.toThrow(/cookie is one of the well-known ones.*openssl rand -hex 32/)
  })
})

describe('a node that other machines can reach', () => {
  const elsewhere = { name: 'alex@192.0.2.1', longNames: true, cookie: 'cd1b7d6c' + 'ea2f41aa' }

  test('says once what it means that it has no TLS', async () => {
    const { screen } = await cluster.moebi('alex', elsewhere)
    await eventually('the warning', () => screen.log !== '')
    expect(screen.log.match(/without TLS/g)).toHaveLength(1)
    expect(screen.log).toMatch(
      /alex@192\.0\.2\.1 listens on port \d+ of all addresses of this machine, without TLS/,
    )
    expect(screen.log).not.toContain(elsewhere.cookie)
  })

  test('does not take a well-known cookie later', async () => {
    const { node } = await cluster.moebi('alex', elsewhere)
    await expect(node.run(() => Node.setCookie(node.name, 'monster'))).rejects.toThrow('well-known')
  })
})

test('a node that did not start registers no name, keeps no port and creates no cookie file', async () => {
  const home = await mkdtemp(join(tmpdir(), 'moebi-'))
  closing.push(() => rm(home, { recursive: true }))
  expect(fileCookie(home, {})).toMatch(/^[0-9a-f]{64}$/)
  expect((await stat(join(home, '.erlang.cookie'))).mode & 0o777).toBe(0o600)
  expect(fileCookie(home, {})).toBe(fileCookie(home, {}))
  await cluster.moebi('alex')
  await expect(cluster.moebi('alex')).rejects.toThrow()
  expect(await names('localhost', { port: cluster.epmdPort })).toHaveLength(1)
  expect(await readdir(home)).toEqual(['.erlang.cookie'])
})

describe('connect() is false when it fails, with a line in the log that says why', () => {
  test('when epmd does not know the node', async () => {
    const alex = await cluster.moebi('alex')
    expect(await alex.node.run(() => Node.connect('nobody@localhost'))).toBe(false)
    expect(alex.screen.log).toMatch(
      /could not connect to nobody@localhost: the epmd of localhost knows no node nobody/,
    )
  })

  test('when epmd knows the node and nothing listens', async () => {
    const alex = await cluster.moebi('alex')
    const { epmdPort } = cluster
    const port = await freePort()
    const dead = await register({ name: 'dead', port, epmd: { host: '127.0.0.1', port: epmdPort } })
    closing.push(() => dead.close())
    expect(await alex.node.run(() => Node.connect('dead@localhost'))).toBe(false)
    expect(alex.screen.log).toMatch(
      /no node answers at 127\.0\.0\.1:\d+: .*ECONNREFUSED.*The node may have ended/,
    )
    expect(alex.screen.log).toContain('dead@localhost')
  })

  test('when the other end sends nothing', async () => {
    const alex = await cluster.moebi('alex', { connectTimeout: 300 })
    const port = await listening(() => {})
    const mute = await register({ name: 'mute', port, epmd: { host: '127.0.0.1', port: cluster.epmdPort } })
    closing.push(() => mute.close())
    expect(await alex.node.run(() => Node.connect('mute@localhost'))).toBe(false)
    expect(alex.screen.log).toMatch(/mute@localhost.*did not come within 300 ms/)
  })

  test('when the other end is not a node', async () => {
    const alex = await cluster.moebi('alex')
    const port = await listening((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'))
    const ssh = await register({ name: 'ssh', port, epmd: { host: '127.0.0.1', port: cluster.epmdPort } })
    closing.push(() => ssh.close())
    expect(await alex.node.run(() => Node.connect('ssh@localhost'))).toBe(false)
    expect(alex.screen.log).toContain('ssh@localhost')
  })

  test('when the name is of the other kind or invalid, or there is no epmd', async () => {
    const alex = await cluster.moebi('alex')
    expect(await alex.node.run(() => Node.connect('kate@some.where'))).toBe(false)
    expect(alex.screen.log).toMatch(/kate@some\.where: its name is a long one.*Start both with/)
    expect(await alex.node.run(() => Node.connect('kate'))).toBe(false)
    expect(alex.screen.log).toMatch(/"kate" is not a node name/)
    process.env.ERL_EPMD_PORT = String(await freePort())
    expect(await alex.node.run(() => Node.connect('kate@localhost'))).toBe(false)
    expect(alex.screen.log).toMatch(/No epmd answers for localhost/)
  })
})

describe('hidden nodes', () => {
  test('are not in the list of visible nodes, on either side', async () => {
    const alex = await cluster.moebi('alex', { hidden: true })
    const kate = await cluster.moebi('kate')
    const bob = await cluster.moebi('bob')
    const lists = (one: typeof alex) =>
      one.node.run(() => [Node.list(), Node.list('hidden'), Node.list('connected')])
    expect(await alex.node.run(() => Node.connect('kate@localhost'))).toBe(true)
    expect(await bob.node.run(() => Node.connect('kate@localhost'))).toBe(true)
    expect(await lists(alex)).toEqual([[], [atom('kate@localhost')], [atom('kate@localhost')]])
    expect(await lists(kate)).toEqual([
      [atom('bob@localhost')],
      [atom('alex@localhost')],
      [atom('alex@localhost'), atom('bob@localhost')],
    ])
    expect(await lists(bob)).toEqual([[atom('kate@localhost')], [], [atom('kate@localhost')]])
    expect(await alex.node.run(() => Node.ping('kate@localhost'))).toBe(atom('pong'))
  })
})

test('disconnect() closes the connection on both sides, and it is set up again when it is needed', async () => {
  const alex = await cluster.moebi('alex')
  const kate = await cluster.moebi('kate')
  await alex.node.run(async () => {
    expect(Node.disconnect('kate@localhost')).toBe(false)
    expect(await Node.connect('kate@localhost')).toBe(true)
    expect(Node.disconnect('kate@localhost')).toBe(true)
    expect(Node.list()).toEqual([])
    expect(await Node.ping('kate@localhost')).toBe(atom('pong'))
    expect(Node.list()).toEqual([atom('kate@localhost')])
  })
  expect(alex.screen.log + kate.screen.log).toBe('')
})
