import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { names } from '../../src/epmd/index.ts'
import { Node, type RunningNode } from '../../src/index.ts'
import { remoteShell } from '../../src/shell/index.ts'
import { epmdEnv } from '../support/beam.ts'
import { Cluster } from '../support/cluster.ts'
import { freePort } from '../support/ports.ts'
import { run } from './command.ts'

const cookie = ['--cookie', 'VXHQ']
let cluster: Cluster

beforeEach(async () => {
  cluster = await Cluster.start()
})

afterEach(async () => {
  vi.unstubAllGlobals()
  await cluster[Symbol.asyncDispose]()
})

/** Starts a node of this program that is found by a fixed port only. */
async function fixed(distPort: number): Promise<RunningNode> {
  const { node } = await cluster.moebi('kate', {
    name: 'kate@127.0.0.2',
    longNames: true,
    cookie: 'VXHQ',
    epmdModule: { addressPlease: () => undefined },
    distPort,
    remoteShell,
  })
  return node
}

test('shell and remsh find a node by --dist-port or ERL_DIST_PORT, without an epmd', async () => {
  const distPort = await freePort()
  await fixed(distPort)
  const env = epmdEnv(await freePort())
  const shell = ['shell', '--name', 'alex@127.0.0.1', ...cookie]
  const input = "await Node.connect('kate@127.0.0.2')\n"
  const true_ = { stdout: 'true\n', stderr: '', code: 0 }
  expect(await run([...shell, '--dist-port', `${distPort}`], input, env)).toEqual(true_)
  expect(await run(shell, input, { ...env, ERL_DIST_PORT: `${distPort}` })).toEqual(true_)
  const remote = await run(
    ['remsh', 'kate@127.0.0.2', ...cookie, '--dist-port', `${distPort}`],
    'Node.self()\n',
    env,
  )
  expect(remote).toMatchObject({ stderr: '', code: 0 })
  expect(remote.stdout).toContain('kate@127.0.0.2"')
})

test('a remote shell is registered nowhere', async () => {
  vi.stubGlobal('epmdNames', names)
  const { node } = await cluster.moebi('kate', { cookie: 'VXHQ', remoteShell })
  const input = '(await globalThis.epmdNames()).map(({ name }) => name)\nNode.list("hidden").length\n'
  const remote = await run(['remsh', node.name, ...cookie], input, epmdEnv(cluster.epmdPort))
  expect(remote.stdout).toContain('["kate"]')
  expect(remote.stdout).toMatch(/^1$/m)
  expect((await names()).map(({ name }) => name)).toEqual(['kate'])
})

test('--sname undefined takes the name from the node of --contact', async () => {
  await cluster.moebi('kate', { cookie: 'VXHQ' })
  const env = epmdEnv(cluster.epmdPort)
  const shell = ['shell', '--sname', 'undefined', ...cookie]
  const input = `Node.self()\nNode.list('hidden')\nawait erpc.call('kate@localhost', 'Node', 'self', [])\n`
  const named = await run([...shell, '--contact', 'kate@localhost'], input, env)
  expect(named).toMatchObject({ stderr: '', code: 0 })
  expect(named.stdout).toMatch(/^:"?[0-9A-Z]{1,13}@localhost"?\n\[:kate@localhost\]\n:kate@localhost\n$/)
  const refused = await run(shell, '', env)
  expect(refused.stderr).toContain('a command needs --contact kate@localhost')
  expect(refused.code).toBe(1)
})

test('an option that is no port, or neither true nor false, is refused', async () => {
  expect((await run(['shell', '--dist-port', '0'])).stderr).toContain('Expected a port from 1 to 65535')
  expect((await run(['run', '--dist-listen', 'no'])).stderr).toContain('Expected true or false')
  expect(Node.alive()).toBe(false)
})
