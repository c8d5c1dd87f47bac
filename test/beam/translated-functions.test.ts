import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { translateCall } from '../../src/abstract-format/index.ts'
import * as builtins from '../../src/index.ts'
import { equals, erpc, inspect, type Term } from '../../src/index.ts'
import { type BeamNode, findBeam, type Home, startNode } from '../support/beam.ts'
import { Cluster, type TestNode } from '../support/cluster.ts'
import { failing, functions, surroundings } from './translated-functions.ts'

const beam = findBeam()!

describe('a function of TypeScript, translated for a BEAM node', () => {
  let cluster: Cluster
  let kate: BeamNode
  let home: Home
  let alex: TestNode

  beforeAll(async () => {
    cluster = await Cluster.start()
    alex = await cluster.moebi('alex')
    home = await beam.home()
    kate = await startNode(beam, {
      kind: 'erl',
      name: 'kate@localhost',
      cookie: cluster.cookie,
      epmdPort: cluster.epmdPort,
      home,
    })
  }, 30_000)

  afterAll(async () => {
    await kate.stop()
    await home[Symbol.asyncDispose]()
    await cluster[Symbol.asyncDispose]()
  })

  test('there are at least 450 of them', () => {
    expect(functions.length).toBeGreaterThanOrEqual(450)
    expect(new Set(functions).size).toBe(functions.length)
  })

  function prepare(source: string): { here: () => Promise<Term>; there: () => Promise<Term> } {
    const names = { ...builtins, ...surroundings }
    const fn = new Function(...Object.keys(names), `return (${source}\n)`)(
      ...Object.values(names),
    ) as () => Term
    const { module, name, args } = translateCall(fn, [], {
      builtins,
      lookup: (name) =>
        Object.hasOwn(surroundings, name)
          ? { value: surroundings[name as keyof typeof surroundings] }
          : undefined,
    })
    return {
      here: async () => ((await alex.node.run(fn)) ?? null) as Term,
      there: () => alex.node.run(() => erpc.call('kate@localhost', module, name, args)),
    }
  }

  test.each(functions)('%s', async (source) => {
    const { here, there } = prepare(source)
    const expected = await here()
    const value = await there()
    expect(equals(value, expected), `here ${inspect(expected)}, on the BEAM ${inspect(value)}`).toBe(true)
  })

  test.each(failing)('%s fails on both', async (source) => {
    const { here, there } = prepare(source)
    await expect(here()).rejects.toThrow()
    await expect(there()).rejects.toThrow()
  })
})
