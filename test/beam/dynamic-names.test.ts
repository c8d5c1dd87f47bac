import { afterEach, beforeEach, expect, test } from 'vitest'
import { encode } from '../../src/etf/index.ts'
import { atom, erpc, Node, type Pid, receive, send, spawn } from '../../src/index.ts'
import { remoteShell } from '../../src/shell/index.ts'
import { type BeamNode, epmdEnv, findBeam, type Home, startNode } from '../support/beam.ts'
import { Cluster, type TestNode } from '../support/cluster.ts'
import { eventually } from '../support/eventually.ts'
import { Terminal } from '../support/terminal.ts'

const beam = findBeam()!

let cluster: Cluster
let home: Home
let alex: TestNode

beforeEach(async () => {
  cluster = await Cluster.start()
  home = await beam.home()
  alex = await cluster.moebi('alex', { remoteShell })
})

afterEach(async () => {
  await home[Symbol.asyncDispose]()
  await cluster[Symbol.asyncDispose]()
})

/** A node that takes its name from the first node that it connects to. */
function unnamed(): Promise<BeamNode> {
  const { cookie, epmdPort } = cluster
  return startNode(beam, { kind: 'erl', name: 'undefined', cookie, epmdPort, home })
}

const identity = (erl: BeamNode): Promise<string> => erl.erlang('{node(), erts_internal:get_creation()}.')

test('a real node takes its name and creation from ours, and is hidden; the name is given again, with the next creation', async () => {
  await using erl = await unnamed()
  expect(await erl.erlang('node().')).toBe('nonode@nohost')
  expect(await erl.erlang("net_kernel:connect_node('alex@localhost').")).toBe('true')
  const [, name = '', creation = ''] =
    /^\{'?([0-9A-Z]{1,13}@[^']+)'?,(\d+)\}$/.exec(await identity(erl)) ?? []
  expect(Number(creation)).toBeGreaterThan(3)
  const listed = await alex.node.run(() => [Node.list(), Node.list('hidden')])
  expect(listed).toEqual([[], [atom(name)]])
  // Pids of the node have its name and creation: a message and its reply pass.
  const call = "rpc:call('alex@localhost', erlang, node, [])."
  expect(await erl.erlang(call)).toBe('alex@localhost')
  expect(await alex.node.run(() => Node.ping(name))).toBe(atom('pong'))
  expect(await erl.erlang('nodes(hidden).')).toBe('[alex@localhost]')

  expect(await alex.node.run(() => Node.disconnect(name))).toBe(true)
  await erl.waitFor('node().', 'nonode@nohost')
  expect(await erl.erlang("net_kernel:connect_node('alex@localhost').")).toBe('true')
  expect(await identity(erl)).toBe(`{'${name}',${Number(creation) + 1}}`)
  expect(await erl.erlang(call)).toBe('alex@localhost')

  await using second = await unnamed()
  expect(await second.erlang("net_kernel:connect_node('alex@localhost').")).toBe('true')
  expect(await second.erlang('node().')).not.toContain(name)
  await eventually('both', () => alex.node.peers.list('hidden').length === 2)
  expect(alex.screen.log).toBe('')
})

test('a real node without the cookie gets no connection', async () => {
  const { epmdPort } = cluster
  await using erl = await startNode(beam, { kind: 'erl', name: 'undefined', cookie: 'other', epmdPort, home })
  expect(await erl.erlang("net_kernel:connect_node('alex@localhost').")).toBe('false')
  expect(await erl.erlang('node().')).toBe('nonode@nohost')
  await eventually('the log', () => alex.screen.log.includes('invalid challenge reply'))
  expect(alex.node.peers.list('connected')).toEqual([])
})

test('ours takes its name and creation from a real node, and is hidden; pids, calls and other connections use the name', async () => {
  const { cookie, epmdPort } = cluster
  await using kate = await startNode(beam, { kind: 'erl', name: 'kate@localhost', cookie, epmdPort, home })
  const { node, screen } = await cluster.moebi('dynamic', { name: 'dynamic', contact: 'kate@localhost' })
  expect(node.name).toMatch(/^[0-9A-Z]{1,13}@localhost$/)
  expect(node.kernel.creation).toBeGreaterThan(3)
  expect(await node.run(() => erpc.call('kate@localhost', ':erlang', 'nodes', [atom('hidden')]))).toEqual([
    atom(node.name),
  ])
  expect(await node.run(() => erpc.call('kate@localhost', ':erlang', 'nodes', []))).toEqual([])
  const pid = await node.run(() =>
    spawn(async () => {
      const [from, text] = (await receive()) as unknown as [Pid, string]
      send(from, `${text}!`)
    }),
  )
  expect(
    await kate.erlang(`P = ${remotePid(pid)}, link(P), P ! {self(), <<"hi">>}, receive M -> M end.`),
  ).toBe('<<"hi!">>')
  expect(await node.run(() => Node.connect('alex@localhost'))).toBe(true)
  expect(await alex.node.run(() => Node.list('hidden'))).toEqual([atom(node.name)])

  const second = await cluster.moebi('undefined', { name: 'undefined', contact: 'kate@localhost' })
  expect(second.node.name).not.toBe(node.name)
  await second.node.stop()
  await eventually('it has gone', async () => (await kate.erlang('length(nodes(hidden)).')) === '1')
  const third = await cluster.moebi('dynamic', { name: 'dynamic@localhost', contact: 'kate@localhost' })
  expect(third.node.name).toBe(second.node.name)
  expect(third.node.kernel.creation).toBe(second.node.kernel.creation + 1)
  expect(screen.log).toBe('')
})

/** The text with which a BEAM finds the pid: it decodes the bytes. */
const remotePid = (pid: Pid): string => `binary_to_term(<<${[...encode(pid)].join(',')}>>)`

test('ours takes its name from a Moebi node', async () => {
  const { node } = await cluster.moebi('dynamic', { name: 'dynamic', contact: 'alex@localhost' })
  expect(await alex.node.run(() => Node.list('hidden'))).toEqual([atom(node.name)])
  expect(await node.run(() => erpc.call('alex@localhost', ':erlang', 'node', []))).toBe(
    atom('alex@localhost'),
  )
})

test('a node that is to get a name says what it needs, and why it gets none', async () => {
  await expect(cluster.moebi('dynamic', { name: 'dynamic' })).rejects.toThrow('needs the option contact')
  const from = (contact: string, cookie = cluster.cookie) =>
    cluster.moebi('dynamic', { name: 'dynamic', contact, cookie })
  await expect(from('nobody@localhost')).rejects.toThrow('knows no node nobody')
  await expect(from('alex@localhost', 'other')).rejects.toThrow(/its cookie is not ours|another cookie/)
})

// Elixir 1.14 refuses --remsh without a name, and rpc of OTP 25 makes no connection from a node that has none yet.
const iexTakesName = beam.version.otp >= 26

for (const [program, option, cookie] of [
  ['iex', '--remsh', '--cookie'],
  ['erl', '-remsh', '-setcookie'],
] as const)
  test.runIf(program === 'erl' || iexTakesName)(
    `${program} ${option} without a name opens the shell of a Moebi node`,
    async () => {
      const words = [program, cookie, cluster.cookie, option, 'alex@localhost']
      const env = { HOME: home.inside, ...epmdEnv(cluster.epmdPort, '127.0.0.1') }
      await using shell = await Terminal.start(beam.command(words, env))
      await shell.waitFor('moebi(alex@localhost)1>', { timeout: 30_000 })
      await shell.type("Node.list('hidden').length\n")
      await shell.waitFor(/^1$/m)
      await shell.stop()
      await eventually('it has gone', () => alex.node.peers.list('connected').length === 0)
    },
  )
