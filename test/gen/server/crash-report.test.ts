import { expect, onTestFinished, test } from 'vitest'
import { GenServer, Logger, Process, sys } from '../../../src/index.ts'
import type { Kernel } from '../../../src/process/index.ts'
import { Cluster } from '../../support/cluster.ts'
import { eventually } from '../../support/eventually.ts'

/** The state of a server, with objects of the runtime in it. */
class Office {
  name = 'lobby'
  visitors = ['Kate', 'Alex']
  readonly kernel: Kernel
  readonly node: unknown
  readonly parts: readonly unknown[]

  constructor(node: { readonly kernel: Kernel }, ...parts: readonly unknown[]) {
    this.kernel = node.kernel
    this.node = node
    this.parts = parts
  }
}

const Server = GenServer.define({
  init: (state: unknown) => state,
  cast: {
    crash: (): never => {
      throw new Error('boom')
    },
  },
})

test('a state that is an instance of a class is a few lines of a report, and of sys.getStatus', async () => {
  const cluster = await Cluster.start()
  onTestFinished(() => cluster[Symbol.asyncDispose]())
  const { node } = await cluster.moebi('alex')
  await node.run(async () => {
    const texts: string[] = []
    const remove = Logger.addHandler(({ text }) => texts.push(text))
    const report = async (state: unknown): Promise<string> => {
      const server = await Server.start(state)
      GenServer.cast(server, Server.crash())
      const text = await eventually('the report', () => texts.pop())
      return text.slice(text.indexOf('State: '))
    }

    expect(await report(new Office(node, node, node.peers))).toBe(
      [
        'State: #Office<',
        '  name: "lobby",',
        '  visitors: ["Kate", "Alex"],',
        '  kernel: #LocalKernel<...>,',
        '  node: #RunningNode<...>,',
        '  parts: [#RunningNode<...>, #PeerTable<...>]',
        '>',
      ].join('\n'),
    )
    expect(await report({ node, kernel: node.kernel, n: 1 })).toBe(
      'State: %{kernel: #LocalKernel<...>, n: 1, node: #RunningNode<...>}',
    )
    expect(await report(node)).toBe('State: #RunningNode<...>')
    remove()

    const server = await Server.start(new Office(node))
    expect(node.kernel.inspect(await sys.getStatus(server))).toContain('#Office<')
    expect(node.kernel.inspect(await sys.getStatus(server)).split('\n').length).toBeLessThan(60)
    Process.exit(server, 'kill')
  })
})
