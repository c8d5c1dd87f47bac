import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Atom, atom, erpc, global, Node, receive, self, type Term, tuple } from '../../src/index.ts'
import type { NodeOptions } from '../../src/node/index.ts'
import type { BeamNode } from '../support/beam.ts'
import type { TestNode } from '../support/cluster.ts'
import { eventually } from '../support/eventually.ts'
import { Meeting } from './node-meeting.ts'

let meeting: Meeting

beforeEach(async () => {
  meeting = await Meeting.start()
})

afterEach(async () => {
  await meeting.check()
  await meeting[Symbol.asyncDispose]()
})

const real = (name: string, ...flags: string[]): Promise<BeamNode> => meeting.elixir(name, { flags })
const ours = (name: string, options: Partial<NodeOptions> = {}): Promise<TestNode> =>
  meeting.moebi(name, options)
const connect = (from: TestNode, to: string): Promise<boolean> =>
  from.node.run(() => Node.connect(`${to}@localhost`))
const list = ({ node }: TestNode): string[] =>
  node.peers
    .list()
    .map(({ name }) => name)
    .sort()

/** Asks again and again for a time, and expects that the answer stays true. */
async function stays(what: string, ask: () => boolean, ms = 800): Promise<void> {
  const until = performance.now() + ms
  while (performance.now() < until) {
    expect(ask(), what).toBe(true)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const NO_CONNECT_ALL = ['-connect_all', 'false']

test('with connectAll: false a node shares no global names and connects to no further nodes', async () => {
  const [kate, joe] = await Promise.all([real('kate', ...NO_CONNECT_ALL), real('joe', ...NO_CONNECT_ALL)])
  const alex = await ours('alex', { connectAll: false })
  expect(await kate.evaluate('Node.connect(:joe@localhost)')).toBe('true')
  expect(await connect(alex, 'kate')).toBe(true)
  await kate.evaluate(':global.register_name(:here, self())')
  await alex.node.run(async () => {
    await global.sync()
    expect(await global.registerName(atom('there'), self())).toBe(true)
    expect(global.whereisName(atom('there'))).toBe(self())
    expect(global.whereisName(atom('here'))).toBe(undefined)
  })
  expect(await kate.evaluate(':global.whereis_name(:there)')).toBe(':undefined')
  await stays('alex knows kate only', () => list(alex).join() === 'kate@localhost')
  expect(await joe.evaluate('Node.list()')).toBe('[:kate@localhost]')
  // The lost connection makes nobody disconnect.
  const bob = await ours('bob', { connectAll: false })
  expect(await connect(alex, 'bob')).toBe(true)
  expect(await connect(bob, 'kate')).toBe(true)
  await bob.node.run(() => Node.disconnect('alex@localhost'))
  await eventually('both ends are down', () => list(alex).length === 1)
  await stays(
    'both know kate',
    () => list(alex).join() === 'kate@localhost' && list(bob).join() === 'kate@localhost',
  )
  expect(alex.screen.log + bob.screen.log).toBe('')
})

for (const flag of [true, false])
  test(`preventOverlappingPartitions: ${flag} decides what a lost connection does`, async () => {
    const kernel = ['-kernel', 'prevent_overlapping_partitions', String(flag)]
    const kate = await real('kate', ...kernel)
    const options = { preventOverlappingPartitions: flag }
    const [alex, bob] = [await ours('alex', options), await ours('bob', options)]
    expect(await connect(alex, 'kate')).toBe(true)
    expect(await connect(bob, 'kate')).toBe(true)
    await eventually('all are connected', () => list(alex).length === 2 && list(bob).length === 2)
    await alex.node.run(() => global.sync())
    if (flag) meeting.mayLog.push(/in order to prevent overlapping partitions/)
    // Neither of the two may connect again by itself.
    for (const [{ node }, other] of [
      [alex, 'bob'],
      [bob, 'alex'],
    ] as const)
      node.cookies.set('another', `${other}@localhost`)
    await alex.node.run(() => Node.disconnect('bob@localhost'))
    const whole = (): boolean => list(alex).length === 1 && list(bob).length === 1
    if (flag) await eventually('a node has left', () => !whole())
    else {
      await eventually('both ends are down', whole)
      await stays('both are connected to kate', whole, 1_500)
      expect(await kate.evaluate('Enum.sort(Node.list())')).toBe('[:alex@localhost, :bob@localhost]')
    }
  })

test('a real node in a global group of its own is a peer like any other, and shares no names', async () => {
  const kate = await real('kate', '-kernel', 'global_groups', '[{group,[kate@localhost]}]')
  const alex = await ours('alex')
  expect(await kate.evaluate('Node.connect(:alex@localhost)')).toBe('true')
  expect(await alex.node.run(() => erpc.call('kate@localhost', ':erlang', 'node', []))).toBe(
    atom('kate@localhost'),
  )
  await kate.evaluate(':global.register_name(:here, self())')
  expect(await alex.node.run(() => global.whereisName(atom('here')))).toBe(undefined)
  await expect(ours('bob', { globalGroups: [] } as object)).rejects.toThrow(
    'cannot be members of a global group',
  )
  expect(alex.screen.log).toBe('')
})

/** Options of `monitor_nodes`, in Elixir and as terms. */
const SUBSCRIPTIONS: readonly (readonly [string, Term])[] = [
  ['[]', []],
  ['%{}', {}],
  ['[:nodedown_reason]', [atom('nodedown_reason')]],
  ['[:connection_id]', [atom('connection_id')]],
  ['%{connection_id: true, node_type: :all}', { connection_id: true, node_type: atom('all') }],
  [
    '[{:node_type, :visible}, :nodedown_reason, :connection_id]',
    [tuple(atom('node_type'), atom('visible')), atom('nodedown_reason'), atom('connection_id')],
  ],
  ['%{node_type: :hidden}', { node_type: atom('hidden') }],
  ['[:colour]', [atom('colour')]],
  ['%{colour: 1}', { colour: 1 }],
  [':colour', atom('colour')],
  ['[node_type: :big]', [tuple(atom('node_type'), atom('big'))]],
  ['%{connection_id: 1}', { connection_id: 1 }],
  [
    '[node_type: :all, node_type: :hidden]',
    ['all', 'hidden'].map((type) => tuple(atom('node_type'), atom(type))),
  ],
]

/** The numbers of connections differ. */
const withoutConnection = (event: string): string =>
  /nodeup|nodedown,/.test(event) ? event.replace(/(connection_id)(:|,) \d+/, '$1') : event

test('net_kernel:monitor_nodes/2 and Node.monitorNodes send the events of a real node, with all options', async () => {
  // Otherwise the nodes connect to each other by themselves.
  const [kate, joe] = [await real('kate', ...NO_CONNECT_ALL), await real('joe', ...NO_CONNECT_ALL)]
  const { node } = await ours('alex', { connectAll: false })
  const code = `
    Enum.join((fn ->
      answers = for o <- [${SUBSCRIPTIONS.map(([elixir]) => elixir).join(', ')}], do: :net_kernel.monitor_nodes(true, o)
      Node.connect(:joe@localhost)
      Node.disconnect(:joe@localhost)
      Process.sleep(300)
      {:messages, got} = Process.info(self(), :messages)
      # The other node may connect again by itself, to answer what this one has asked.
      for m <- answers ++ Enum.take(got, 12), do: inspect(m)
    end).(), "\n")`
  const theirs: string = JSON.parse(await kate.evaluate(code))
  const event = (message: Term): string =>
    withoutConnection(node.kernel.inspect(message).replaceAll(/\n */g, ' '))
  const mine = await node.run(async () => {
    const answers = SUBSCRIPTIONS.map(([, options]) =>
      node.kernel.apply(atom('net_kernel') as Atom, atom('monitor_nodes') as Atom, [true, options]),
    ) as Term[]
    await Node.connect(joe.name)
    Node.disconnect(joe.name)
    const got: Term[] = []
    while (got.length < 12) got.push(await receive())
    return [...answers, ...got].map(event)
  })
  expect(mine).toEqual(theirs.split('\n').map(withoutConnection))

  // Nobody connects to a node that does not listen, so that no further events come.
  const eve = await ours('eve', { distListen: false })
  const typed = await eve.node.run(async () => {
    Node.monitorNodes(true)
    Node.monitorNodes(true, { connectionId: true, nodeType: 'all', nodedownReason: true })
    Node.monitorNodes(true, { nodeType: 'hidden' })
    Node.monitorNodes(true, { connectionId: true })
    Node.monitorNodes(true, { nodeType: 'all' })
    Node.monitorNodes(false, { nodeType: 'all' })
    await Node.connect(joe.name)
    Node.disconnect(joe.name)
    return [await receive(), await receive(), await receive(), await receive()].map(event)
  })
  expect(typed).toEqual([
    '{:nodeup, :joe@localhost, %{connection_id, node_type: :hidden}}',
    '{:nodeup, :joe@localhost, %{node_type: :hidden}}',
    '{:nodedown, :joe@localhost, %{connection_id, node_type: :hidden, nodedown_reason: :disconnect}}',
    '{:nodedown, :joe@localhost, %{node_type: :hidden}}',
  ])
  await expect(node.run(() => Node.monitorNodes(true, { nodeType: 'big' as never }))).rejects.toThrow(
    "nodeType is 'big', expected 'visible', 'hidden' or 'all'",
  )
})
