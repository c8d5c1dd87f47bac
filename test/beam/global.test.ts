import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  _,
  Agent,
  atom,
  global,
  listOf,
  Node,
  on,
  type Pid,
  Process,
  pg,
  receive,
  Supervisor,
  self,
  spawn,
} from '../../src/index.ts'
import type { RunningNode } from '../../src/node/index.ts'
import { type BeamNode, findBeam, type Home, newlyStuck, startNode } from '../support/beam.ts'
import { Cluster } from '../support/cluster.ts'
import { eventually } from '../support/eventually.ts'

const beam = findBeam()!

/** Node of Moebi or Elixir, with the operations of these tests. */
interface Member {
  readonly name: string
  list(): Promise<string[]>
  connect(to: string): Promise<void>
}

let cluster: Cluster
let homes: Home[]
let real: BeamNode[]
/** Lines that the test makes a real node log. */
let expected: RegExp | undefined

beforeEach(async () => {
  cluster = await Cluster.start()
  expected = undefined
  homes = []
  real = []
}, 30_000)

/** Expects that the real nodes have logged only such lines, and that none of their processes waits for an answer. */
afterEach(async () => {
  const logs = await Promise.all(real.map((node) => node.log().catch(() => [])))
  for (const node of real) await node.stop()
  for (const home of homes) await home[Symbol.asyncDispose]()
  await cluster[Symbol.asyncDispose]()
  for (const log of logs) expect(log.filter((line) => !expected?.test(line))).toEqual([])
}, 30_000)

async function startReal(name: string): Promise<BeamNode> {
  const home = await beam.home()
  homes.push(home)
  const node = await startNode(beam, {
    kind: 'elixir',
    name: `${name}@localhost`,
    cookie: cluster.cookie,
    epmdPort: cluster.epmdPort,
    home,
  })
  real.push(node)
  return node
}

async function startOurs(name: string): Promise<RunningNode> {
  return (await cluster.moebi(name)).node
}

function realMember(node: BeamNode): Member {
  return {
    name: node.name,
    list: async () =>
      [...(await node.evaluate('Node.list()')).matchAll(/:([a-z]+@localhost)/g)]
        .map(([, name]) => name!)
        .sort(),
    connect: async (to) => expect(await node.evaluate(`Node.connect(:"${to}")`)).toBe('true'),
  }
}

function ourMember(node: RunningNode): Member {
  return {
    name: node.name,
    list: async () => (await node.run(() => Node.list())).map(String).sort(),
    connect: async (to) => expect(await node.run(() => Node.connect(to))).toBe(true),
  }
}

async function members(cast: string): Promise<Member[]> {
  const names = ['alex', 'kate', 'moebi']
  return Promise.all(
    [...cast].map(async (kind, index) =>
      kind === 'R' ? realMember(await startReal(names[index]!)) : ourMember(await startOurs(names[index]!)),
    ),
  )
}

describe.each(['MMM', 'RMM', 'MRM', 'MMR', 'RRM', 'RMR', 'MRR'])('three nodes, %s', (cast) => {
  test('that connect in sequence list the same nodes', async () => {
    const [alex, kate, moebi] = (await members(cast)) as [Member, Member, Member]
    await alex.connect(kate.name)
    await alex.connect(moebi.name)
    await meshed([alex, kate, moebi])
  }, 40_000)
})

test.each(['MMM', 'RRM', 'MMR'])(
  'three nodes that meet at once see the same nodes, %s',
  async (cast) => {
    const all = await members(cast)
    await Promise.all(all.map((node, index) => node.connect(all[(index + 1) % 3]!.name)))
    await meshed(all)
  },
  40_000,
)

test('a node that connects to one end of a chain is connected to all nodes', async () => {
  const [alex, kate, moebi] = (await members('MRM')) as [Member, Member, Member]
  await alex.connect(kate.name)
  await eventually('the two to know each other', async () => (await kate.list()).length === 1)
  await kate.connect(moebi.name)
  await meshed([alex, kate, moebi])
}, 40_000)

async function meshed(all: readonly Member[]): Promise<void> {
  for (const member of all) {
    const others = all.filter((other) => other !== member).map(({ name }) => name)
    await eventually(
      `${member.name} to see ${others.join(' and ')}`,
      async () => (await member.list()).join() === others.sort().join(),
      { timeout: 15_000, pause: 100 },
    )
  }
}

describe('a real node and a Moebi node', () => {
  let kate: BeamNode
  let alex: RunningNode

  beforeEach(async () => {
    ;[kate, alex] = await Promise.all([startReal('kate'), startOurs('alex')])
    expect(await kate.evaluate('Node.connect(:alex@localhost)')).toBe('true')
  }, 30_000)

  test('its :global.sync returns within two seconds, and no process remains waiting', async () => {
    const before = await kate.processStacks()
    const took = Number(
      await kate.evaluate('{us, :ok} = :timer.tc(fn -> :global.sync() end); div(us, 1000)', {
        timeout: 10_000,
      }),
    )
    expect(took).toBeLessThan(2_000)
    await alex.run(() => global.sync())
    expect(newlyStuck(before, await kate.processStacks())).toEqual([])
  })

  test('its transactions set locks on Moebi, and locks of exited processes are released', async () => {
    await kate.evaluate(':global.sync()')
    expect(await kate.evaluate(':global.trans({:a, self()}, fn -> :done end)')).toBe(':done')
    expect(await kate.evaluate(':global.set_lock({:b, 1})')).toBe('true')
    expect(
      await kate.evaluate('spawn(fn -> true = :global.set_lock({:c, 2}, [:alex@localhost]) end); :ok'),
    ).toBe(':ok')
    // The lock of the exited process is free. That of the living process is not.
    await kate.waitFor(':global.set_lock({:c, 3}, [:alex@localhost], 0)', 'true')
    expect(
      await kate.evaluate(
        'me = self(); pid = spawn(fn -> send(me, :global.set_lock({:d, 4}, [:alex@localhost])); Process.sleep(:infinity) end); receive do locked -> {locked, :global.set_lock({:d, 5}, [:alex@localhost], 0), Process.exit(pid, :kill)} end',
      ),
    ).toBe('{true, false, true}')
    await kate.waitFor(':global.set_lock({:d, 5}, [:alex@localhost], 0)', 'true')
    expect(await kate.evaluate(':global.del_lock({:b, 1})')).toBe('true')
  })

  test('a name that is registered on one of them is known on the other', async () => {
    await kate.evaluate(':global.sync()')
    expect(await kate.evaluate(':global.register_name(:cook, Process.whereis(:init))')).toBe(':yes')
    const cook = await alex.run(() => global.whereisName(atom('cook')))
    expect(cook?.node).toBe(atom('kate@localhost'))
    const waiter = await alex.run(() => spawn(() => receive()))
    expect(await alex.run(() => global.registerName(atom('waiter'), waiter))).toBe(true)
    expect(await alex.run(() => global.registerName(atom('cook'), waiter))).toBe(false)
    expect(await kate.evaluate('node(:global.whereis_name(:waiter))')).toBe(':alex@localhost')
    expect(await kate.evaluate('send({:global, :waiter} |> GenServer.whereis(), :stop); :ok')).toBe(':ok')
    // The process has exited, so its name is unregistered on all nodes.
    await kate.waitFor(':global.whereis_name(:waiter)', ':undefined')
    expect(await alex.run(() => global.whereisName(atom('waiter')))).toBeUndefined()
    expect(await kate.evaluate(':global.unregister_name(:cook)')).toBe(':ok')
    expect(await alex.run(() => global.whereisName(atom('cook')))).toBeUndefined()
  })

  test('a server is called by its global name from the other node, and the name is unique', async () => {
    await kate.evaluate(':global.sync()')
    const name = (id: string) => ({ via: [':global', atom(id)] as const })
    const pid = await alex.run(() => Agent.start(() => 7, { name: name('ours') }))
    expect(pid.node).toBe(alex.kernel.name)
    alex.kernel.modules.define('Counters', { plus: (n: number, by: number) => n + by })
    expect(await kate.evaluate('Agent.get({:global, :ours}, Counters, :plus, [1])')).toBe('8')
    expect(
      await kate.evaluate(
        '{:error, {:already_started, pid}} = Agent.start(fn -> 1 end, name: {:global, :ours}); node(pid)',
      ),
    ).toBe(':alex@localhost')
    expect(
      await kate.evaluate(
        'me = self(); spawn(fn -> send(me, Supervisor.start_link([], strategy: :one_for_one, name: {:global, :theirs})); Process.sleep(:infinity) end); receive do {:ok, pid} -> is_pid(pid) end',
      ),
    ).toBe('true')
    await alex.run(async () => {
      expect(await Supervisor.whichChildren(name('theirs'))).toEqual([])
      await expect(Supervisor.start([], { strategy: 'one_for_one', name: name('theirs') })).rejects.toThrow(
        /^already started: #PID</,
      )
      await Agent.stop(name('ours'))
    })
    await kate.waitFor(':global.whereis_name(:ours)', ':undefined')
    await kate.evaluate('Supervisor.stop({:global, :theirs})')
  })

  test('Moebi unregisters the name of a process of the real node', async () => {
    await alex.run(() => global.sync())
    expect(await kate.evaluate(':global.register_name("a name", Process.whereis(:init))')).toBe(':yes')
    await alex.run(() => global.unregisterName('a name'))
    expect(await kate.evaluate(':global.whereis_name("a name")')).toBe(':undefined')
  })

  test('its pg groups contain processes of both nodes, and lose those that exit', async () => {
    await kate.evaluate('{:ok, pid} = :pg.start_link(:pg); Process.unlink(pid)')
    await kate.evaluate('Node.disconnect(:alex@localhost)')
    expect(await kate.evaluate('Node.connect(:alex@localhost)')).toBe('true')
    expect(await kate.evaluate(':pg.join(:room, Process.whereis(:init))')).toBe(':ok')
    const room = atom('room')
    const members = (): Promise<readonly Pid[]> => alex.run(() => pg.getMembers(room))
    await eventually('the member there', async () => (await members()).length === 1)
    const ours = await alex.run(() => spawn(() => receive()))
    await alex.run(() => pg.join(room, ours))
    await kate.waitFor(
      ':pg.get_members(:room) |> Enum.map(&node/1) |> Enum.sort()',
      '[:alex@localhost, :kate@localhost]',
    )
    await alex.run(() => Process.exit(ours, 'kill'))
    await kate.waitFor(':pg.get_members(:room) |> Enum.map(&node/1)', '[:kate@localhost]')
    expect(await kate.evaluate(':pg.leave(:room, Process.whereis(:init))')).toBe(':ok')
    await eventually('the member to leave', async () => (await members()).length === 0)
  })

  test('a scope of pg has groups of its own on both nodes, and monitors report what the other node does', async () => {
    await kate.evaluate('{:ok, pid} = :pg.start_link(:chat); Process.unlink(pid)')
    const changes = await alex.run(async () => {
      pg.start('chat')
      const room = atom('room')
      const scope = { scope: 'chat' }
      const { ref, pids } = pg.monitor(room, scope)
      expect(pids).toEqual([])
      const changes: string[] = []
      const next = async (): Promise<void> => {
        const change = await receive(
          on([ref, _.atom, room, listOf(_.pid)], ([, word, , [pid]]) => [word, pid?.node]),
        )
        changes.push(change.join(' '))
      }
      pg.join(room, self(), scope)
      await next()
      await kate.waitFor(':pg.get_members(:chat, :room) |> Enum.map(&node/1)', '[:alex@localhost]')
      expect(await kate.evaluate(':pg.join(:chat, :room, Process.whereis(:init))')).toBe(':ok')
      await next()
      expect(await kate.evaluate(':pg.leave(:chat, :room, Process.whereis(:init))')).toBe(':ok')
      await next()
      expect(pg.getMembers(room)).toEqual([])
      expect(pg.demonitor(ref, scope)).toBe(true)
      return changes
    })
    expect(changes).toEqual(['join alex@localhost', 'join kate@localhost', 'leave kate@localhost'])
  })

  test('a lock is held on both nodes until it is deleted or its process ends', async () => {
    await kate.evaluate(':global.sync()')
    const free =
      ':global.set_lock({:kitchen, self()}, [node()], 0) and :global.del_lock({:kitchen, self()}, [node()])'
    await alex.run(async () => {
      const done = await global.trans(atom('kitchen'), async () => {
        expect(await kate.evaluate(free)).toBe('false')
        return 'cooked'
      })
      expect(done).toEqual({ ok: 'cooked' })
      expect(await kate.evaluate(free)).toBe('true')
      await kate.evaluate(
        'spawn(fn -> Process.register(self(), :holder); true = :global.set_lock({:kitchen, 1}); Process.sleep(:infinity) end); :ok',
      )
      await kate.waitFor(free, 'false')
      expect(await global.trans(atom('kitchen'), () => 'never', { retries: 0 })).toBeUndefined()
      await kate.evaluate('Process.exit(Process.whereis(:holder), :kill)')
    })
    await alex.run(async () => expect(await global.setLock(atom('kitchen'))).toBe(true))
    await kate.waitFor(free, 'true')
  })

  test('a message is sent to a global name, and another process takes the name over', async () => {
    await kate.evaluate(':global.sync()')
    expect(
      await kate.evaluate(
        'pid = spawn(fn -> receive do message -> :persistent_term.put(:heard, message) end; Process.sleep(:infinity) end); :global.register_name(:cook, pid)',
      ),
    ).toBe(':yes')
    await alex.run(async () => {
      expect(global.send(atom('cook'), atom('hi')).node).toBe(atom('kate@localhost'))
      await global.reRegisterName(atom('cook'), self(), global.notifyAllName)
    })
    await kate.waitFor(':persistent_term.get(:heard, :none)', ':hi')
    await kate.waitFor(':global.whereis_name(:cook)', ':undefined')
    await alex.run(() => expect(() => global.send(atom('cook'), 1)).toThrow('{:badarg, {:cook, 1}}'))
  })

  test('Moebi answers all its kinds of rpc calls', async () => {
    expect(await kate.evaluate(':rpc.block_call(:alex@localhost, :erlang, :node, [])')).toBe(
      ':alex@localhost',
    )
    expect(await kate.evaluate(':rpc.block_call(:alex@localhost, Nope, :nope, [1])')).toMatch(
      /^\{:badrpc, \{:EXIT, \{:undef, \[\{Nope, :nope, \[1\], \[\]\}\]\}\}\}$/,
    )
    expect(await kate.evaluate(':erpc.multicall([node(), :alex@localhost], :erlang, :node, [])')).toBe(
      '[ok: :kate@localhost, ok: :alex@localhost]',
    )
    expect(await kate.evaluate(':rpc.sbcast([:alex@localhost], :nobody, :hi)')).toBe(
      '{[], [:alex@localhost]}',
    )
    expect(await kate.evaluate(':rpc.sbcast([:alex@localhost], :net_kernel, :hi)')).toBe(
      '{[:alex@localhost], []}',
    )
    expect(await kate.evaluate('GenServer.call({:net_kernel, :alex@localhost}, {:is_auth, node()})')).toBe(
      ':yes',
    )
    expect(await kate.evaluate('GenServer.call({:global_name_server, :alex@localhost}, :what)')).toBe(
      '{:error, :notsup}',
    )
  })

  test('its process that crashes while it is linked to one on Moebi exits at once', async () => {
    // Before it exits, it calls erlang:process_info of the linked processes.
    expected = /^error crasher: initial call: erlang:exit\/1/
    const ended = await alex.run(async () => {
      Process.flag('trapExit', true)
      const me = self()
      const call = [atom('erlang'), atom('exit'), [atom('oops')]]
      const pid = await Node.spawnLink('kate@localhost', 'proc_lib', 'init_p', [me, [me], ...call])
      return receive(on([atom('EXIT'), pid, _], ([, , why]) => why))
    })
    expect(ended).toBe(atom('oops'))
  })
})

test('of two processes with the same name one remains registered after their nodes connect', async () => {
  const [kate, alex] = await Promise.all([startReal('kate'), startOurs('alex')])
  const ours = await alex.run(() => spawn(() => receive()))
  expect(await alex.run(() => global.registerName(atom('cook'), ours))).toBe(true)
  expect(
    await kate.evaluate(
      'pid = spawn(fn -> Process.sleep(:infinity) end); :persistent_term.put(:cook, pid); :global.register_name(:cook, pid)',
    ),
  ).toBe(':yes')
  expect(await kate.evaluate('Node.connect(:alex@localhost)')).toBe('true')
  await kate.evaluate(':global.sync()')
  // alex sorts before kate, so kate's process is killed.
  await kate.waitFor('node(:global.whereis_name(:cook))', ':alex@localhost')
  expect(await kate.evaluate('Process.alive?(:persistent_term.get(:cook))')).toBe('false')
  expect(await alex.run(() => global.whereisName(atom('cook')))).toBe(ours)
  await alex.run(() => global.unregisterName(atom('cook')))
})

describe('the end of one of three nodes', () => {
  test('a Moebi node that stops disconnects no other nodes', async () => {
    const [kate, joe, alex] = await Promise.all([startReal('kate'), startReal('joe'), startOurs('alex')])
    await meet(kate, joe, alex)
    await alex.stop()
    await kate.waitFor('Node.list()', '[:joe@localhost]')
    await joe.waitFor('Node.list()', '[:kate@localhost]')
    await calm()
    expect(await kate.evaluate('Node.list()')).toBe('[:joe@localhost]')
  }, 40_000)

  test('a real node that is killed disconnects no other nodes', async () => {
    const [kate, joe, alex] = await Promise.all([startReal('kate'), startReal('joe'), startOurs('alex')])
    await meet(kate, joe, alex)
    process.kill(joe.pid, 'SIGKILL')
    await kate.waitFor('Node.list()', '[:alex@localhost]')
    await calm()
    expect(await kate.evaluate('Node.list()')).toBe('[:alex@localhost]')
    expect((await alex.run(() => Node.list())).map(String)).toEqual(['kate@localhost'])
  }, 40_000)

  test('a Moebi node that restarts is connected to all nodes again', async () => {
    const [kate, joe, alex] = await Promise.all([startReal('kate'), startReal('joe'), startOurs('alex')])
    await meet(kate, joe, alex)
    await alex.stop()
    await kate.waitFor('Node.list()', '[:joe@localhost]')
    await joe.waitFor('Node.list()', '[:kate@localhost]')
    await meet(kate, joe, await startOurs('alex'))
  }, 40_000)

  async function meet(kate: BeamNode, joe: BeamNode, alex: RunningNode): Promise<void> {
    await ourMember(alex).connect('kate@localhost')
    await realMember(kate).connect('joe@localhost')
    await meshed([realMember(kate), realMember(joe), ourMember(alex)])
    await kate.evaluate(':global.sync()')
  }

  // Longer than the delay after which a node reports a lost connection to the others.
  const calm = () => new Promise((resolve) => setTimeout(resolve, 1_000))
})
