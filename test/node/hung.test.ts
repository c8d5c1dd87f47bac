import { expect, test } from 'vitest'
import { Node, Process, sleep } from '../../src/index.ts'
import { Cluster } from '../support/cluster.ts'
import { holds } from '../support/eventually.ts'

test('no process of an idle node is hung', async () => {
  await using cluster = await Cluster.start()
  const alex = await cluster.moebi('alex')
  await cluster.moebi('kate')
  await alex.node.run(async () => {
    await Node.connect('kate@localhost')
    await holds(async () => {
      Process.hung(0)
      await sleep(5)
      expect(Process.hung(1).map(({ label }) => label)).toEqual([])
    })
  })
})
