import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { _, atom, monitor, Node, noconnection, on, Process, receive, self, tuple } from '../../src/index.ts'
import { IO } from '../../src/io/index.ts'
import { type BeamNode, findBeam, type Home, startNode } from '../support/beam.ts'
import { Cluster, type TestNode } from '../support/cluster.ts'
import { eventually } from '../support/eventually.ts'

const beam = findBeam()!

describe('a Moebi node and a real Elixir node', () => {
  let cluster: Cluster
  let kate: BeamNode
  let home: Home
  /** Lines that a real node logs at level warning or above when the test succeeds. */
  let expectedLog: string[]
  let alex: TestNode

  beforeEach(async () => {
    cluster = await Cluster.start()
    alex = await cluster.moebi('alex')
    expectedLog = []
    home = await beam.home()
    kate = await startNode(beam, {
      kind: 'elixir',
      name: 'kate@localhost',
      cookie: cluster.cookie,
      epmdPort: cluster.epmdPort,
      home,
    })
  }, 30_000)

  afterEach(async () => {
    const log = await kate.log().catch(() => [])
    await kate.stop()
    await home[Symbol.asyncDispose]()
    await cluster[Symbol.asyncDispose]()
    expect(log.filter((line) => !expectedLog.some((expected) => line.includes(expected)))).toEqual([])
    expect(log).toHaveLength(expectedLog.length)
  })

  const run = <T>(fn: () => T) => alex.node.run(fn)

  test('connect, ping and list each other, from both sides', async () => {
    expect(await run(() => Node.connect('kate@localhost'))).toBe(true)
    expect(await run(() => Node.ping('kate@localhost'))).toBe(atom('pong'))
    expect(await run(() => Node.list())).toEqual([atom('kate@localhost')])
    await kate.waitFor('Node.list()', '[:alex@localhost]')
    expect(await kate.evaluate('Node.ping(:alex@localhost)')).toBe(':pong')
  })

  test('the real node connects first, and pings', async () => {
    expect(await kate.evaluate('Node.ping(:alex@localhost)')).toBe(':pong')
    expect(await kate.evaluate('Node.list()')).toBe('[:alex@localhost]')
    expect(await run(() => Node.list())).toEqual([atom('kate@localhost')])
  })

  test('a process that Moebi spawns on the real node prints on Moebi', async () => {
    const pid = await run(() => Node.spawnLink('kate@localhost', 'IO', 'puts', ['hello from kate']))
    expect(pid.node).toBe(atom('kate@localhost'))
    await eventually('the output', () => alex.screen.text === 'hello from kate\n')
  })

  test('a process that the real node spawns on Moebi prints on the real node', async () => {
    alex.node.kernel.modules.define('Alex', { sayName: () => IO.puts('Hi, my name is Alex') })
    expect(
      await kate.evaluate(
        '{:ok, io} = StringIO.open(""); Process.group_leader(self(), io); {pid, ref} = Node.spawn_monitor(:alex@localhost, Alex, :say_name, []); receive do {:DOWN, ^ref, _, _, r} -> {node(pid), r, StringIO.contents(io)} end',
      ),
    ).toBe('{:alex@localhost, :normal, {"", "Hi, my name is Alex\\n"}}')
    expect(alex.screen.text).toBe('')
  })

  test('an undefined function is undef, as on the BEAM', async () => {
    expect(
      await kate.evaluate(
        '{_, ref} = Node.spawn_monitor(:alex@localhost, Nope, :nope, [1]); receive do {:DOWN, ^ref, _, _, r} -> r end',
      ),
    ).toBe('{:undef, [{Nope, :nope, [1], []}]}')
    expectedLog = ['Nope']
    await eventually('the line', async () => (await kate.log()).length > 0)
  })

  test('messages arrive in both directions', async () => {
    const answer = await run(async () => {
      const me = self()
      await Node.spawn('kate@localhost', 'Kernel', 'send', [me, tuple(atom('hi'), me)])
      return receive(on([atom('hi'), _.pid], ([, from]) => from === me))
    })
    expect(answer).toBe(true)
  })

  test('rpc and erpc reach an exported function', async () => {
    alex.node.kernel.modules.define('Calc', {
      add: (a: number, b: number) => a + b,
      later: async (a: number) => tuple(atom('ok'), a),
      fail: () => {
        throw new Error('oops')
      },
    })
    expect(await kate.evaluate(':erpc.call(:alex@localhost, Calc, :add, [1, 2])')).toBe('3')
    expect(await kate.evaluate(':rpc.call(:alex@localhost, Calc, :later, ["x"])')).toBe('{:ok, "x"}')
    expect(await kate.evaluate(':rpc.call(:alex@localhost, Calc, :nope, [])')).toMatch(
      /^\{:badrpc, \{:EXIT, \{:undef, /,
    )
    expect(
      await kate.evaluate('try do :erpc.call(:alex@localhost, Calc, :fail, []) rescue e -> e end'),
    ).toContain('oops')
  })

  test('links and monitors break at once when the connection is cut', async () => {
    const seen = run(async () => {
      Process.flag('trapExit', true)
      const pid = await Node.spawnLink('kate@localhost', ':timer', 'sleep', [60_000])
      const ref = monitor(pid)
      const byName = monitor({ name: 'kernel_sup', node: 'kate@localhost' })
      Node.monitor('kate@localhost', true)
      process.kill(kate.pid, 'SIGKILL')
      const messages = [await receive(), await receive(), await receive(), await receive()]
      return { pid, ref, byName, messages }
    })
    const { pid, ref, byName, messages } = await seen
    expect(messages).toHaveLength(4)
    expect(messages).toContainEqual(tuple(atom('EXIT'), pid, noconnection))
    expect(messages).toContainEqual(tuple(atom('DOWN'), ref, atom('process'), pid, noconnection))
    expect(messages).toContainEqual(
      tuple(
        atom('DOWN'),
        byName,
        atom('process'),
        tuple(atom('kernel_sup'), atom('kate@localhost')),
        noconnection,
      ),
    )
    expect(messages).toContainEqual(tuple(atom('nodedown'), atom('kate@localhost')))
    expect(await run(() => Node.list())).toEqual([])
  })
})
