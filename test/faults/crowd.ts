// Some Moebi nodes in one program: node --import HOOKS crowd.ts COUNT FIRST. It takes one command a line from its input.
import { createInterface } from 'node:readline'
import { Node, type RunningNode } from 'moebi'

const [count = 0, first = 0, all = 0] = process.argv.slice(2).map(Number)
const nameOf = (number: number): string => `m${number}@localhost`
const nodes: RunningNode[] = []
for (let number = first; number < first + count; number++)
  nodes.push(
    await Node.start({
      name: nameOf(number),
      cookie: 'faults',
      startEpmd: false,
      connectTimeout: 60_000,
      // All nodes of the test run on two cores, and answer ticks late.
      netTickTime: 120_000,
      log: (line) => void process.stderr.write(line),
    }),
  )

const commands: Record<string, () => unknown> = {
  /** Every node connects to every other one, all at once. */
  meet: async () => {
    const others = Array.from({ length: all }, (_, number) => nameOf(number))
    await Promise.all(
      nodes.map((node) =>
        node.run(() => Promise.all(others.filter((name) => name !== node.name).map(Node.connect))),
      ),
    )
    return {}
  },
  /** How many peers each node has. */
  peers: () => ({ peers: nodes.map((node) => node.peers.list().length) }),
}

createInterface({ input: process.stdin })
  .on('line', async (line) => process.stdout.write(`${JSON.stringify(await commands[line]!())}\n`))
  .on('close', () => process.exit())
process.stdout.write('{"up":true}\n')
