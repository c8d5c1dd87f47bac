import { afterAll, beforeAll, expect, test } from 'vitest'
import { atom, global, Node, Process, pg, receive, self, spawn } from '../../src/index.ts'
import type { Atom, Pid } from '../../src/term/index.ts'
import { type BeamNode, findBeam, type Home, newlyStuck, startNode } from '../support/beam.ts'
import { Cluster, type TestNode } from '../support/cluster.ts'
import { eventually } from '../support/eventually.ts'

// A cluster of a Moebi node, alex, and two real nodes: kate of this machine's release of OTP, bob of another one. It needs both:
// npm run test:beam -- --peer otp29 test/beam/mixed-releases.test.ts
//
// Releases of OTP understand each other when they are at most two apart. The pg of OTP 25 ends when that of OTP 29 connects. Such
// nodes are connected to alex only.

const releases = [findBeam('/')!, findBeam()!]
const understood = Math.abs(releases[0]!.version.otp - releases[1]!.version.otp) <= 2
const apart = ['-connect_all', 'false', '-kernel', 'prevent_overlapping_partitions', 'false']
const names = ['kate', 'bob'] as const
const homes: Home[] = []
const nodes: BeamNode[] = []
const room = atom('room')

let cluster: Cluster
let alex: TestNode

beforeAll(async () => {
  cluster = await Cluster.start()
  alex = await cluster.moebi('alex')
  for (const [i, beam] of releases.entries()) {
    const home = await beam.home()
    homes.push(home)
    const { cookie, epmdPort } = cluster
    const name = `${names[i]}@localhost`
    const flags = understood ? [] : apart
    nodes.push(await startNode(beam, { kind: 'erl', name, cookie, epmdPort, home, flags }))
  }
})

afterAll(async () => {
  for (const node of nodes) await node.stop()
  await cluster[Symbol.asyncDispose]()
  for (const home of homes) await home[Symbol.asyncDispose]()
})

const byNode = (pids: readonly Pid[]): string[] => pids.map(({ node }) => node.name).sort()
const membersAt = (node: BeamNode): Promise<string> =>
  node.evaluate('lists:sort([atom_to_list(node(P)) || P <- pg:get_members(room)])')
const printed = (members: readonly string[]): string => `[${members.map((name) => `"${name}"`).join(',')}]`

/** Waits until all nodes see members of these nodes; a node that is connected to alex only sees those of alex and its own. */
async function allSee(members: readonly string[]): Promise<void> {
  for (const node of nodes) {
    const near = members.filter((name) => understood || name === node.name || name === 'alex@localhost')
    await eventually(`${node.name} to see ${near}`, async () => (await membersAt(node)) === printed(near))
  }
  await eventually(`alex to see ${members}`, async () => {
    const seen = byNode(await alex.node.run(() => pg.getMembers(room)))
    return printed(seen) === printed(members)
  })
}

test('releases of OTP and Moebi share groups of pg, global names and events of nodes in one cluster', async () => {
  const [kate, bob] = nodes as [BeamNode, BeamNode]
  expect(await kate.evaluate('erlang:system_info(otp_release)')).not.toBe(
    await bob.evaluate('erlang:system_info(otp_release)'),
  )
  const before = await Promise.all(nodes.map((node) => node.processStacks()))
  const log = `register(events, spawn(fun() -> net_kernel:monitor_nodes(true, [nodedown_reason, {node_type, all}]),
    F = fun F(L) -> receive {list, P} -> P ! lists:reverse(L), F(L); M -> F([M | L]) end end, F([]) end))`
  for (const node of nodes) expect(await node.evaluate(log)).toBe('true')
  for (const node of nodes) expect(await node.evaluate('element(1, pg:start(pg))')).toBe('ok')

  // Each release connects in one direction; the third connection follows by itself.
  expect(await alex.node.run(() => Node.connect('kate@localhost'))).toBe(true)
  expect(await bob.evaluate("net_kernel:connect_node('alex@localhost')")).toBe('true')
  const sorted = 'lists:sort(nodes())'
  await kate.waitFor(sorted, understood ? '[alex@localhost,bob@localhost]' : '[alex@localhost]')
  await bob.waitFor(sorted, understood ? '[alex@localhost,kate@localhost]' : '[alex@localhost]')

  const member = await alex.node.run(() =>
    spawn(async () => {
      pg.join(room, self())
      expect(await global.registerName(atom('alexander'), self())).toBe(true)
      await receive()
    }),
  )
  const join = `begin P = spawn(fun() -> receive stop -> ok end end), register(member, P), pg:join(room, [P, P]) end`
  for (const node of nodes) expect(await node.evaluate(join)).toBe('ok')
  const both = ['bob@localhost', 'bob@localhost', 'kate@localhost', 'kate@localhost']
  await allSee(['alex@localhost', ...both])
  // A node with connect_all false shares no global names.
  for (const node of nodes) await node.waitFor('global:registered_names()', understood ? '[alexander]' : '[]')
  // A process that has joined twice has to leave twice.
  expect(await kate.evaluate('pg:leave(room, whereis(member))')).toBe('ok')
  await allSee(['alex@localhost', ...both.slice(0, 3)])
  await alex.node.run(() => Process.exit(member, 'kill'))
  await allSee(both.slice(0, 3))
  for (const node of nodes) await node.waitFor('global:registered_names()', '[]')

  // Events of a node that ends.
  await bob.stop()
  await eventually('alex without bob', async () =>
    (await alex.node.run(() => Node.list())).every((node: Atom) => node.name !== 'bob@localhost'),
  )
  nodes.splice(1)
  await allSee(['kate@localhost'])
  const list =
    'begin events ! {list, self()}, receive L -> [element(1, E) || E <- L, element(2, E) =:= bob@localhost] end end'
  await kate.waitFor(list, understood ? '[nodeup,nodedown]' : '[]')
  expect(await kate.log()).toEqual([])
  expect(newlyStuck(before[0]!, await kate.processStacks())).toEqual([])
  expect(alex.screen.log).toBe('')
})
