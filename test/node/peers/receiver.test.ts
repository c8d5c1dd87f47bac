import { expect, test } from 'vitest'
import { link, type Pid, Process, spawn } from '../../../src/index.ts'
import { Cluster } from '../../support/cluster.ts'

test('a receiver that is none is an error in the code that names it, and does not end the node', async () => {
  await using cluster = await Cluster.start()
  const { node, screen } = await cluster.moebi('alex')
  const wrong = { id: 7 } as unknown as Pid
  for (const use of [link, (pid: Pid) => Process.exit(pid, 'kill')])
    await expect(node.run(() => use(wrong))).rejects.toThrow(
      'needs a pid or a name of a process as its receiver',
    )
  expect(await node.run(() => spawn(() => {}).node.name)).toBe('alex@localhost')
  expect(screen.log).toBe('')
})
