import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { atom, elixir, erlang, erpc, Node, noconnection, tuple } from '../../src/index.ts'
import { type BeamNode, findBeam, type Home, startNode } from '../support/beam.ts'
import { Cluster, type TestNode } from '../support/cluster.ts'
import { eventually } from '../support/eventually.ts'

const beam = findBeam()!

describe('code that a BEAM node evaluates', () => {
  let cluster: Cluster
  let home: Home
  let kate: BeamNode
  let bob: BeamNode
  let alex: TestNode
  const run = <T>(fn: () => T) => alex.node.run(fn)

  beforeAll(async () => {
    cluster = await Cluster.start()
    alex = await cluster.moebi('alex')
    home = await beam.home()
    const start = (kind: 'elixir' | 'erl', name: string): Promise<BeamNode> =>
      startNode(beam, { kind, name, cookie: cluster.cookie, epmdPort: cluster.epmdPort, home })
    kate = await start('elixir', 'kate@localhost')
    bob = await start('erl', 'bob@localhost')
  }, 60_000)

  afterAll(async () => {
    await kate.stop()
    await bob.stop()
    await home[Symbol.asyncDispose]()
    await cluster[Symbol.asyncDispose]()
  })

  test('Node.eval resolves with the value of Elixir code', async () => {
    expect(await run(() => Node.eval('kate@localhost', elixir`System.version()`))).toBe(beam.version.elixir)
    expect(
      await run(() => Node.eval('kate@localhost', elixir`Enum.map(${[1, 2]}, fn x -> x + ${0.5} end)`)),
    ).toEqual([1.5, 2.5])
  })

  test('Node.eval resolves with the value of Erlang expressions, on a node without Elixir too', async () => {
    const list = [1, 'two', tuple(atom('three'))]
    expect(await run(() => Node.eval('bob@localhost', erlang`lists:reverse(${list})`))).toEqual(
      list.toReversed(),
    )
    expect(await run(() => Node.eval('bob@localhost', erlang`X = 20, X * 2 + 2.`))).toBe(42)
    expect(await run(() => Node.eval('bob@localhost', erlang`X = 20, X * 2 + 2 % twice, and two.`))).toBe(42)
    expect(await run(() => Node.eval('bob@localhost', erlang`$.`))).toBe(46)
  })

  test('a value is data: text that looks like code is not run', async () => {
    const text = '"), halt(). %'
    expect(await run(() => Node.eval('bob@localhost', erlang`byte_size(${text})`))).toBe(text.length)
    expect(await run(() => Node.eval('kate@localhost', elixir`String.length(${text})`))).toBe(text.length)
    expect(await run(() => erpc.call('bob@localhost', ':erlang', 'node', []))).toBe(atom('bob@localhost'))
  })

  test('what fails there is thrown here', async () => {
    await expect(run(() => Node.eval('kate@localhost', elixir`raise "no"`))).rejects.toThrow('no')
    await expect(run(() => Node.eval('bob@localhost', erlang`1 / 0`))).rejects.toThrow(/badarith/)
    await expect(run(() => Node.eval('nobody@localhost', elixir`1`))).rejects.toMatchObject({
      reason: tuple(atom('erpc'), noconnection),
    })
  })

  test('code is spawned like a function, and its output comes here', async () => {
    const { pid } = await run(() =>
      Node.spawnMonitor('kate@localhost', elixir`IO.puts("hi from " <> ${'kate'})`),
    )
    expect(pid.node).toBe(atom('kate@localhost'))
    await eventually('the output', () => alex.screen.text.includes('hi from kate\n'))
  })

  test('a Moebi node evaluates neither, and a program translates no functions: both say what to do', async () => {
    const moebi = await cluster.moebi('moebi')
    await expect(run(() => Node.eval(moebi.node.name, elixir`1`))).rejects.toThrow(
      'moebi@localhost is a Moebi node and evaluates no Elixir: send it a function',
    )
    await expect(run(() => Node.spawn('kate@localhost', () => 1))).rejects.toThrow(
      'only a shell translates functions',
    )
  })
})
