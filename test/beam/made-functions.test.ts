import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serveClosures } from '../../src/closure/index.ts'
import { run } from '../cli/command.ts'
import { type BeamNode, findBeam, type Home, startNode } from '../support/beam.ts'
import { Cluster } from '../support/cluster.ts'

// Functions that another function has made, or that come from a file, sent from a prompt: they take their own variables along.

const beam = findBeam()!
let cluster: Cluster
let home: Home
let kate: BeamNode

beforeAll(async () => {
  cluster = await Cluster.start()
  await cluster.moebi('moebi', { closures: serveClosures })
  home = await beam.home()
  const { cookie, epmdPort } = cluster
  kate = await startNode(beam, { kind: 'erl', name: 'kate@localhost', cookie, epmdPort, home })
}, 60_000)

afterAll(async () => {
  await kate.stop()
  await home[Symbol.asyncDispose]()
  await cluster[Symbol.asyncDispose]()
})

async function typed(...lines: string[]): Promise<string[]> {
  const { stdout } = await run(
    ['shell', '--sname', 'alex@localhost', '--cookie', cluster.cookie],
    `${lines.join('\n')}\n`,
    { ERL_EPMD_PORT: String(cluster.epmdPort) },
  )
  return stdout.trimEnd().split('\n')
}

test.each(['kate@localhost', 'moebi@localhost'])('to %s', async (node) => {
  const file = join(home.outside, 'greeting.mjs')
  await writeFile(file, "const prefix = 'hi '\nexport const greet = (name) => prefix + name\n")
  expect(
    await typed(
      'const make = (n: number) => () => n + 1',
      'const n = 1000',
      'const five = make(5)',
      `await Node.eval('${node}', five)`,
      `await Node.eval('${node}', () => five() + n)`,
      `await Node.eval('${node}', make(7))`,
      `const { greet } = await import('${file}')`,
      `await Node.eval('${node}', greet, 'joe')`,
      `await Node.eval('${node}', () => greet('kate'))`,
      'const add = (a: number) => (b: number) => (c: number) => a + b + c',
      `await Node.eval('${node}', add(1)(2), 3)`,
      `const counted = [1, 2, 3].map((each) => () => each * 10)`,
      `await Node.eval('${node}', counted[1]!)`,
    ),
  ).toEqual(['6', '1006', '8', '"hi joe"', '"hi kate"', '6', '20'])
})

test('to kate@localhost: a function that calls itself', async () => {
  expect(
    await typed(
      'const factorial = (() => { const go = (n: number): number => (n < 2 ? 1 : n * go(n - 1)); return go })()',
      `await Node.eval('kate@localhost', factorial, 10)`,
    ),
  ).toEqual(['3628800'])
})
