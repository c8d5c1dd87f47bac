import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  _,
  atom,
  monitor,
  Node,
  noconnection,
  noproc,
  on,
  Process,
  receive,
  sleep,
  type Term,
} from '../../src/index.ts'
import type { BeamNode } from '../support/beam.ts'
import type { TestNode } from '../support/cluster.ts'
import { eventually } from '../support/eventually.ts'
import { Meeting } from './node-meeting.ts'

let meeting: Meeting
let alex: TestNode
let kate: BeamNode
const KATE = 'kate@localhost'

beforeAll(async () => {
  meeting = await Meeting.start()
  alex = await meeting.moebi('alex')
  kate = await meeting.elixir('kate')
  alex.node.kernel.modules.define('Alex', { wait: () => receive(), three: () => 3, sum: (a: number) => a })
}, 60_000)

afterEach(async () => {
  await meeting.check()
  meeting.expectedLog.length = 0
  alex.screen.text = alex.screen.log = ''
})

afterAll(() => meeting?.[Symbol.asyncDispose]())

const down = (ref: unknown): Promise<Term> =>
  receive(on([atom('DOWN'), ref as never, _, _, _], ([, , , , reason]) => reason as Term))

test('two nodes that connect to each other at the same time, twenty times, have one connection each time', async () => {
  for (let round = 0; round < 20; round++) {
    const [ours, theirs] = await Promise.all([
      alex.node.run(() => Node.connect(KATE)),
      kate.evaluate('Node.connect(:alex@localhost)'),
    ])
    expect([ours, theirs]).toEqual([true, 'true'])
    expect(await alex.node.run(() => Node.ping(KATE))).toBe(atom('pong'))
    expect(await kate.evaluate('{Node.ping(:alex@localhost), Node.list()}')).toBe(
      '{:pong, [:alex@localhost]}',
    )
    expect(await alex.node.run(() => Node.disconnect(KATE))).toBe(true)
    // `global` of kate may have set its lock on alex. Then kate connects again by herself, to delete the lock.
    await eventually('the end of the connection', async () => {
      await alex.node.run(() => Node.disconnect(KATE))
      return (await kate.evaluate('Node.list()')) === '[]'
    })
  }
  expect(alex.screen.log).toBe('')
})

test('a real node that drops its connection attempt for that of Moebi, hundreds of times, is not reported', async () => {
  const zoe = await meeting.moebi('zoe')
  const theirs = kate.evaluate(`
    Enum.each(1..300, fn _ ->
      Node.connect(:zoe@localhost)
      Node.disconnect(:zoe@localhost)
      Process.sleep(:rand.uniform(4) - 1)
    end)`)
  await zoe.node.run(async () => {
    for (let round = 0; round < 300; round++) {
      await Node.connect(KATE)
      Node.disconnect(KATE)
      await sleep(round % 4)
    }
  })
  expect(await theirs).toBe(':ok')
  // The last connection may still be closing, or a message between the nodes may have made a new one.
  await eventually('both agree', async () => (await zoe.node.run(() => Node.ping(KATE))) === atom('pong'))
  expect(zoe.screen.log).toBe('')
  await zoe.node.stop()
  await kate.waitFor(':zoe@localhost in Node.list()', 'false')
}, 30_000)

describe('a spawn on a real node', () => {
  test('of a TypeScript function fails with an error that says what to do instead', async () => {
    function local(): number {
      return 1
    }
    await alex.node.run(async () => {
      await expect(Node.spawn(KATE, local)).rejects.toThrow(
        /the function local cannot be sent to kate@localhost, which is a BEAM node: .*Node\.spawn\(node, 'Kate'/,
      )
      await expect(Node.spawnLink(KATE, () => 1)).rejects.toThrow(/an arrow function cannot be sent/)
    })
  })

  test('of an exported function sends its name', async () => {
    await kate.evaluate('defmodule Twin do def say_hi(name), do: IO.puts("hi, #{name}") end; :ok')
    const Twin = { sayHi: (name: string): void => void name }
    alex.node.kernel.modules.define('Twin', Twin)
    await alex.node.run(() => Node.spawn(KATE, Twin.sayHi, 'alex'))
    await eventually('the output', () => alex.screen.text === 'hi, alex\n')
  })

  test('of an undefined function exits with undef, with a link and with a monitor', async () => {
    const seen = await alex.node.run(async () => {
      Process.flag('trapExit', true)
      const pid = await Node.spawnLink(KATE, 'Nope', 'nope', [1])
      const first = await receive(on([atom('EXIT'), pid, _], ([, , reason]) => reason as Term))
      const { ref } = await Node.spawnMonitor(KATE, ':nope', 'nope', [])
      return [first, await down(ref)].map((reason) => alex.node.kernel.inspect(reason))
    })
    expect(seen[0]).toMatch(/^\{:undef, \[\{Nope, :nope, \[1\], \[\]\}/)
    expect(seen[1]).toMatch(/^\{:undef, \[\{:nope, :nope, \[\], \[\]\}/)
    await eventually(
      'both log lines',
      async () => (alex.screen.log.match(/raised an exception/g) ?? []).length === 2,
    )
    meeting.expectedLog.push(/Nope('?,|\.)nope/, /\{nope,nope|:nope\.nope/)
  })

  test('whose parent exits before it has received the pid ends the child', async () => {
    expect(await alex.node.run(() => Node.connect(KATE))).toBe(true)
    const children =
      'Enum.count(Process.list(), &(Process.info(&1, :current_function) == {:current_function, {:timer, :sleep, 1}}))'
    const before = await kate.evaluate(children)
    for (let i = 0; i < 20; i++) {
      const { kernel } = alex.node
      const parent = kernel.create()
      // The request has been sent; the reply has not arrived.
      kernel.requestSpawn(
        parent,
        atom(KATE) as never,
        atom('timer') as never,
        atom('sleep') as never,
        [60_000],
        {
          link: true,
        },
      )
      parent.exit(atom('gone'))
    }
    await kate.waitFor(children, before)
  })
})

describe('a spawn by a real node', () => {
  test('with a link and with a monitor, of a process that waits', async () => {
    expect(
      await kate.evaluate(`
        Process.flag(:trap_exit, true)
        pid = Node.spawn_link(:alex@localhost, Alex, :wait, [])
        {:links, links} = Process.info(self(), :links)
        Process.exit(pid, :enough)
        receive do {:EXIT, ^pid, r} -> {pid in links, r} end`),
    ).toBe('{true, :enough}')
    expect(
      await kate.evaluate(`
        {pid, ref} = Node.spawn_monitor(:alex@localhost, Alex, :wait, [])
        Process.exit(pid, :kill)
        receive do {:DOWN, ^ref, :process, ^pid, r} -> r end`),
    ).toBe(':killed')
  })

  test('ends the linked child when the parent exits', async () => {
    const { kernel } = alex.node
    const before = kernel.processes().length
    await kate.evaluate(`
      for _ <- 1..20 do
        spawn(fn -> :erlang.spawn_request(:alex@localhost, Alex, :wait, [], [:link]); exit(:gone) end)
      end; :ok`)
    await eventually('all of them have ended', () => kernel.processes().length === before)
    await kate.evaluate(
      'for _ <- 1..20, do: spawn(fn -> Node.spawn_link(:alex@localhost, Alex, :wait, []); exit(:gone) end); :ok',
    )
    await eventually('all of them have ended', () => kernel.processes().length === before)
  })

  test('with an unknown option or a name that is registered is answered with an error', async () => {
    const ask = (options: string) =>
      kate.evaluate(`
        id = :erlang.spawn_request(:alex@localhost, Alex, :wait, [], ${options})
        receive do {:spawn_reply, ^id, kind, what} -> {kind, what} after 3_000 -> :nothing end`)
    expect(await ask('[:nonsense]')).toMatch(/badopt|badarg/)
    expect(await ask('[{:reply, :error_only}, :nonsense]')).toMatch(/badopt|badarg/)
  })
})

test('after a link, an unlink, a monitor and a demonitor no state remains on either node', async () => {
  expect(
    await kate.evaluate(`
      pid = Node.spawn(:alex@localhost, Alex, :wait, [])
      refs = for _ <- 1..50 do
        Process.link(pid); Process.unlink(pid); Process.link(pid)
        ref = Process.monitor(pid); Process.demonitor(ref, [:flush]); Process.monitor(pid)
      end
      Process.unlink(pid)
      Process.exit(pid, :bye)
      reasons = for ref <- refs, do: (receive do {:DOWN, ^ref, _, _, r} -> r end)
      {Enum.uniq(reasons), receive do x -> x after 0 -> :empty end}`),
  ).toBe('{[:bye], :empty}')
})

describe('hidden', () => {
  test('nodes() of a real node does not contain a hidden Moebi node, which can be called', async () => {
    const ghost = await meeting.moebi('ghost', { hidden: true })
    expect(await ghost.node.run(() => Node.connect(KATE))).toBe(true)
    await kate.waitFor('Node.list(:hidden)', '[:ghost@localhost]')
    expect(await kate.evaluate(':ghost@localhost in Node.list()')).toBe('false')
    expect(await kate.evaluate('Node.ping(:ghost@localhost)')).toBe(':pong')
    expect(await ghost.node.run(() => [Node.list(), Node.list('hidden')])).toEqual([[], [atom(KATE)]])
    await ghost.node.stop()
    await kate.waitFor('Node.list(:hidden)', '[]')
  })

  test('Node.list() does not contain a hidden real node', async () => {
    const shade = await meeting.elixir('shade', { flags: ['-hidden'] })
    expect(await shade.evaluate('Node.connect(:alex@localhost)')).toBe('true')
    await eventually('it is there', () => alex.node.peers.list('hidden').length === 1)
    expect(alex.node.peers.visible()).not.toContain(atom('shade@localhost'))
    expect(await alex.node.run(() => Node.ping('shade@localhost'))).toBe(atom('pong'))
    expect(await shade.evaluate('{Node.list(), Node.list(:hidden)}')).toBe('{[], [:alex@localhost]}')
    await meeting.check()
    await shade.stop()
    await eventually('it is gone', () => alex.node.peers.list('hidden').length === 0)
  })
})

describe('a node that was killed and restarted', () => {
  test('is a new instance for Moebi: monitors of its old pids report noproc', async () => {
    // Kate hears of bob from alex; she would log that she could not connect, if he went while she does.
    const sheMeetsBob = () => kate.waitFor(':bob@localhost in Node.list()', 'true')
    await alex.node.run(() => Node.ping(KATE))
    const bob = await meeting.elixir('bob')
    const old = await alex.node.run(() => Node.spawn('bob@localhost', ':timer', 'sleep', [600_000]))
    const gone = alex.node.run(async () => down(monitor(old)))
    await eventually('the monitor', () => true)
    await alex.node.run(() => Node.ping('bob@localhost'))
    await sheMeetsBob()
    process.kill(bob.pid, 'SIGKILL')
    expect(await gone).toBe(noconnection)
    await eventually(
      'we have noticed',
      () => !alex.node.peers.visible().includes(atom('bob@localhost') as never),
    )
    await bob.stop()
    const again = await meeting.elixir('bob')
    expect(await alex.node.run(() => Node.ping('bob@localhost'))).toBe(atom('pong'))
    expect(await alex.node.run(() => down(monitor(old)))).toBe(noproc)
    const linked = await alex.node.run(async () => {
      Process.flag('trapExit', true)
      const { link } = await import('../../src/index.ts')
      link(old)
      return receive(on([atom('EXIT'), old, _], ([, , reason]) => reason))
    })
    expect(linked).toBe(noproc)
    // An exit signal and an unlink to an old pid must not close the connection.
    await alex.node.run(() => void Process.exit(old, 'kill'))
    expect(await again.evaluate('Node.list()')).toContain(':alex@localhost')
    await sheMeetsBob()
    await meeting.check()
    await again.stop()
  })

  test('a Moebi node is a new instance for a real node', async () => {
    const carl = await meeting.moebi('carl')
    carl.node.kernel.modules.define('Carl', { wait: () => receive() })
    await kate.evaluate(
      'pid = Node.spawn(:carl@localhost, Carl, :wait, []); :persistent_term.put(:old, pid); ref = Process.monitor(pid); :persistent_term.put(:node, node(pid)); Process.demonitor(ref)',
    )
    await carl.node.stop()
    await kate.waitFor(':carl@localhost in Node.list()', 'false')
    const again = await meeting.moebi('carl')
    expect(again.node.kernel.creation).not.toBe(carl.node.kernel.creation)
    expect(
      await kate.evaluate(`
        old = :persistent_term.get(:old)
        Process.flag(:trap_exit, true)
        ref = Process.monitor(old)
        first = receive do {:DOWN, ^ref, _, _, r} -> r after 3_000 -> :nothing end
        Process.link(old)
        second = receive do {:EXIT, ^old, r} -> r after 3_000 -> :nothing end
        send(old, :hello)
        {first, second, Node.ping(:carl@localhost)}`),
    ).toBe('{:noproc, :noproc, :pong}')
    await again.node.stop()
  })
})

test('a real node with another cookie is refused, and both report it', async () => {
  const mallory = await meeting.elixir('mallory', { cookie: 'another' })
  expect(await mallory.evaluate('Node.connect(:alex@localhost)')).toBe('false')
  await eventually('our line', () => alex.screen.log.includes('mallory@localhost'))
  expect(alex.screen.log).toContain('its cookie is not ours')
  expect(await alex.node.run(() => Node.connect('mallory@localhost'))).toBe(false)
  expect(alex.screen.log).toMatch(
    /mallory@localhost.*closed the connection after our challenge reply|another cookie/,
  )
  // A BEAM node logs a node that it refuses, but not that it was refused.
  await eventually('its line', async () => (await mallory.log()).length >= 1)
  meeting.expectedLog.push('Connection attempt from node alex@localhost rejected. Invalid challenge reply.')
  await meeting.check()
  meeting.expectedLog.length = 0
  await mallory.evaluate('Node.set_cookie(:alex@localhost, :"test-cookie"); :ok')
  expect(await mallory.evaluate('Node.connect(:alex@localhost)')).toBe('true')
})
