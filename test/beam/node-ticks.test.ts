import { expect, test } from 'vitest'
import { atom, monitor, Node, noconnection, on, Process, receive } from '../../src/index.ts'
import { eventually } from '../support/eventually.ts'
import { Meeting } from './node-meeting.ts'

const flags = ['-kernel', 'net_ticktime', '8']
const netTickTime = 8_000
/** A BEAM disconnects a silent node after the tick time, plus or minus a quarter of it. */
const EARLIEST = 6_000
const LATEST = 10_000

test('an idle connection remains open for three tick times, in both directions', async () => {
  await using meeting = await Meeting.start()
  const alex = await meeting.moebi('alex', { netTickTime })
  const kate = await meeting.elixir('kate', { flags })
  expect(await alex.node.run(() => Node.connect('kate@localhost'))).toBe(true)
  const peer = atom('kate@localhost') as never
  const { stats } = alex.node.peers.connection(peer)!
  await kate.evaluate(':net_kernel.monitor_nodes(true)')
  await new Promise((resolve) => setTimeout(resolve, 3 * netTickTime + 500))
  expect(alex.node.peers.connection(peer)?.stats).toBe(stats)
  expect(await kate.evaluate('Node.list()')).toBe('[:alex@localhost]')
  expect(await alex.node.run(() => Node.ping('kate@localhost'))).toBe(atom('pong'))
  expect(await kate.evaluate('Node.ping(:alex@localhost)')).toBe(':pong')
  expect(alex.screen.log).toBe('')
  await meeting.check()
}, 90_000)

test('a frozen real node is down within the bounds of the tick time, and linked processes receive exit signals', async () => {
  await using meeting = await Meeting.start()
  const alex = await meeting.moebi('alex', { netTickTime })
  const kate = await meeting.elixir('kate', { flags })
  const after = await alex.node.run(async () => {
    Process.flag('trapExit', true)
    const pid = await Node.spawnLink('kate@localhost', ':timer', 'sleep', [600_000])
    const ref = monitor(pid)
    const waiting = Node.spawn('kate@localhost', 'IO', 'puts', ['x'])
    await waiting
    Node.monitor('kate@localhost', true)
    process.kill(kate.pid, 'SIGSTOP')
    const start = performance.now()
    // A request that is never answered, except in the moment before the signal arrives.
    const unanswered = Node.spawnMonitor('kate@localhost', 'IO', 'puts', ['y'])
    const heard = () => {}
    await receive(on([atom('EXIT'), pid, noconnection], heard))
    await receive(on([atom('DOWN'), ref, atom('process'), pid, noconnection], heard))
    await receive(on([atom('nodedown'), atom('kate@localhost')], heard))
    const after = performance.now() - start
    await unanswered
    return after
  })
  expect(after).toBeGreaterThan(EARLIEST - 500)
  expect(after).toBeLessThan(LATEST + 5_000)
  expect(alex.screen.log).toContain('The connection to kate@localhost went down: net tick timeout')
  process.kill(kate.pid, 'SIGCONT')
  // The node may read the last request before it notices the closed connection, and then connects again to print here.
  // While it still considers the old connection alive, it may refuse a new one.
  const ping = () => alex.node.run(() => Node.ping('kate@localhost'))
  await eventually('it answers again', async () => (await ping()) === atom('pong'), { timeout: 25_000 })
  await kate.waitFor('Node.ping(:alex@localhost)', ':pong')
}, 90_000)

test('a silent Moebi node is down for a real node in time', async () => {
  await using meeting = await Meeting.start()
  // Its clock runs slowly, so that it sends no ticks.
  const alex = await meeting.moebi('alex', { netTickTime: 3_600_000 })
  const kate = await meeting.elixir('kate', { flags })
  const start = performance.now()
  expect(
    await kate.evaluate(
      'Node.monitor(:alex@localhost, true); receive do {:nodedown, n} -> n after 20_000 -> :never end',
      { timeout: 25_000 },
    ),
  ).toBe(':alex@localhost')
  expect(performance.now() - start).toBeLessThan(LATEST + 3_000)
  await eventually('we hear so too', () => alex.node.peers.visible().length === 0)
}, 90_000)
