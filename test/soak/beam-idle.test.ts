import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { atom, Node } from '../../src/index.ts'
import { Meeting } from '../beam/node-meeting.ts'

const netTickTime = 8_000

test('a session with a real node without any message for five minutes keeps its connection', async () => {
  await using meeting = await Meeting.start()
  const alex = await meeting.moebi('alex', { netTickTime })
  const kate = await meeting.elixir('kate', { flags: ['-kernel', 'net_ticktime', '8'] })
  expect(await alex.node.run(() => Node.connect('kate@localhost'))).toBe(true)
  const connection = alex.node.peers.connection(atom('kate@localhost') as never)
  // What nodes tell each other when they meet is over.
  await pause(netTickTime)
  const { signalsIn, signalsOut } = { ...connection!.stats }
  await pause(300_000)
  expect(alex.node.peers.connection(atom('kate@localhost') as never)).toBe(connection)
  expect(connection!.stats).toMatchObject({ signalsIn, signalsOut })
  expect(await kate.evaluate('Node.list()')).toBe('[:alex@localhost]')
  expect(alex.screen.log).toBe('')
  await meeting.check()
})
