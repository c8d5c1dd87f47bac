import { describe, expect, test } from 'vitest'
import { SimulatedClock } from '../../../src/clock/index.ts'
import { Agent, DynamicSupervisor, GenServer, reply, Supervisor } from '../../../src/gen/index.ts'
import { announceGlobalShutdown, nameServer, startGlobal } from '../../../src/node/global/name-servers.ts'
import { runInProcess } from '../../../src/process/index.ts'
import {
  type Atom,
  atom,
  ImproperList,
  internPid,
  killed,
  type Pid,
  type Term,
  tuple,
} from '../../../src/term/index.ts'
import { inProcess } from '../../support/processes.ts'
import { type Host, Network } from '../network.ts'

interface Cluster {
  readonly network: Network
  readonly clock: SimulatedClock
  readonly hosts: Host[]
}

function cluster(...names: string[]): Cluster {
  const network = new Network()
  const clock = new SimulatedClock()
  const hosts = names.map((name) => network.add(name, clock))
  for (const host of hosts) startGlobal(host)
  return { network, clock, hosts }
}

/** Advances the clock in small steps, so that messages arrive in between. */
async function pass(clock: SimulatedClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 50) await clock.advance(50)
}

async function met(...names: string[]): Promise<Cluster> {
  const made = cluster(...names)
  const [first, ...others] = made.hosts
  for (const host of others) made.network.connect(first!.kernel.name, host.kernel.name)
  await pass(made.clock, 10_000)
  return made
}

function idle(host: Host): Pid {
  return host.kernel.createEphemeral('idle').pid
}

const names = (host: Host): string[] => host.visible().map(String).sort()

/** The names of the messages that one node has sent to another. */
function messagesBetween({ network }: Cluster, from: Host, to: Host): string[] {
  return network.sent
    .filter((sent) => sent.from === from.kernel.name && sent.to === to.kernel.name)
    .flatMap(({ signal }) => (signal.type === 'message' ? [messageName(signal.message)] : []))
}

function messageName(message: Term): string {
  const [head, second, third] = (message as { elements?: readonly Term[] }).elements ?? []
  if (head === atom('$gen_cast')) return messageName(second)
  if (head === atom('$gen_call')) return messageName(third)
  return head === undefined ? String(message) : head instanceof ImproperList ? 'answer' : String(head)
}

test('two nodes that connect exchange their names in the steps of OTP 25 to 29', async () => {
  const made = await met('alex', 'kate')
  const [alex, kate] = made.hosts as [Host, Host]
  for (const [one, other] of [
    [alex, kate],
    [kate, alex],
  ] as const)
    expect(
      messagesBetween(made, one, other).filter((each) => !['answer', 'set_lock', 'del_lock'].includes(each)),
    ).toEqual(['init_connect', 'init_connect_ack', 'lock_set', 'exchange', 'resolved'])
  await nameServer(alex.kernel).sync()
  await nameServer(kate.kernel).sync()
})

test('five nodes that each connect to one of them are all connected with each other', async () => {
  const { hosts } = await met('a', 'b', 'c', 'd', 'e')
  for (const host of hosts) expect(names(host)).toHaveLength(4)
})

test('two partitions with a connection between them become one', async () => {
  const made = cluster('a', 'b', 'c', 'd')
  const [a, b, c, d] = made.hosts.map((host) => host.kernel.name) as [Atom, Atom, Atom, Atom]
  made.network.connect(a, b)
  made.network.connect(c, d)
  await pass(made.clock, 5_000)
  made.network.connect(b, c)
  await pass(made.clock, 10_000)
  for (const host of made.hosts) expect(names(host)).toHaveLength(3)
})

test('a name is known on connected nodes and on nodes that connect later', async () => {
  const made = await met('alex', 'kate')
  const [alex, kate] = made.hosts as [Host, Host]
  const cook = idle(kate)
  const registered = nameServer(kate.kernel).registrar.register(atom('cook'), cook)
  await pass(made.clock, 1_000)
  expect(await registered).toBe(true)
  expect(nameServer(alex.kernel).names.get(atom('cook'))?.pid).toBe(cook)

  const joe = made.network.add('joe', made.clock)
  startGlobal(joe)
  made.network.connect(joe.kernel.name, alex.kernel.name)
  await pass(made.clock, 10_000)
  expect(nameServer(joe.kernel).names.get(atom('cook'))?.pid).toBe(cook)

  const gone = nameServer(joe.kernel).registrar.unregister(atom('cook'))
  await pass(made.clock, 1_000)
  await gone
  for (const host of [alex, kate, joe]) expect(nameServer(host.kernel).names.list()).toEqual([])
})

test('a name is deleted at the end of its process or its node', async () => {
  const made = await met('alex', 'kate')
  const [alex, kate] = made.hosts as [Host, Host]
  const both = [idle(kate), idle(kate)] as const
  const registered = Promise.all([
    nameServer(kate.kernel).registrar.register('one', both[0]),
    nameServer(kate.kernel).registrar.register('two', both[1]),
  ])
  await pass(made.clock, 1_000)
  await registered
  kate.kernel.process(both[0])!.exit(killed)
  await pass(made.clock, 50)
  expect(nameServer(alex.kernel).names.list()).toEqual(['two'])
  made.network.remove(kate.kernel.name)
  await pass(made.clock, 50)
  expect(nameServer(alex.kernel).names.list()).toEqual([])
})

test('when two processes have one name, the process on the node with the lesser name keeps it', async () => {
  const made = cluster('alex', 'kate')
  const [alex, kate] = made.hosts as [Host, Host]
  const cooks = [idle(alex), idle(kate)] as const
  const registered = Promise.all([
    nameServer(alex.kernel).registrar.register(atom('cook'), cooks[0]),
    nameServer(kate.kernel).registrar.register(atom('cook'), cooks[1]),
  ])
  await pass(made.clock, 1_000)
  expect(await registered).toEqual([true, true])
  made.network.connect(alex.kernel.name, kate.kernel.name)
  await pass(made.clock, 5_000)
  for (const host of made.hosts) expect(nameServer(host.kernel).names.get(atom('cook'))?.pid).toBe(cooks[0])
  expect(kate.kernel.process(cooks[1])).toBeUndefined()
})

test('a node that goes down during the exchange does not block the others', async () => {
  const made = cluster('alex', 'kate', 'joe')
  const [alex, kate, joe] = made.hosts as [Host, Host, Host]
  made.network.connect(alex.kernel.name, kate.kernel.name)
  while (!messagesBetween(made, alex, kate).includes('lock_set')) await made.clock.advance(10)
  made.network.remove(kate.kernel.name)
  await nameServer(alex.kernel).sync()
  made.network.connect(alex.kernel.name, joe.kernel.name)
  await pass(made.clock, 5_000)
  await nameServer(alex.kernel).sync()
  expect(messagesBetween(made, alex, joe)).toContain('resolved')
})

test('names are exchanged again over a new connection', async () => {
  const made = await met('alex', 'kate')
  const [alex, kate] = made.hosts as [Host, Host]
  made.network.cut(alex.kernel.name, kate.kernel.name)
  made.network.connect(alex.kernel.name, kate.kernel.name)
  await pass(made.clock, 5_000)
  expect(messagesBetween(made, kate, alex).filter((each) => each === 'resolved')).toHaveLength(2)
})

test('when two of three nodes lose their connection, the third is in no partition with both', async () => {
  const made = await met('alex', 'joe', 'kate')
  const [alex, joe, kate] = made.hosts as [Host, Host, Host]
  made.network.cut(alex.kernel.name, joe.kernel.name)
  await pass(made.clock, 5_000)
  expect(names(kate)).toHaveLength(0)
})

test('after the end of a node the other nodes stay connected with each other', async () => {
  const made = await met('alex', 'joe', 'kate')
  const [alex, joe, kate] = made.hosts as [Host, Host, Host]
  await announceGlobalShutdown(joe.kernel)
  made.network.remove(joe.kernel.name)
  await pass(made.clock, 5_000)
  expect(names(alex)).toEqual(['kate@localhost'])
  expect(names(kate)).toEqual(['alex@localhost'])
  expect(messagesBetween(made, alex, kate)).toContain('lost_connection')
})

describe('a node that restarts at once', () => {
  /** Three connected nodes, and functions that restart bob and that send a report of kate to alex. */
  async function threeNodes() {
    const made = await met('alex', 'bob', 'kate')
    const [alex, bob, kate] = made.hosts as [Host, Host, Host]
    const report = tuple(atom('lost_connection'), kate.kernel.name, 1, 1, bob.kernel.name)
    const send = (message: Term) =>
      kate.kernel.send(
        kate.kernel.create().pid,
        { name: atom('global_name_server'), node: alex.kernel.name },
        message,
      )
    const restart = (peer: Host): Host => {
      const again = made.network.add('bob', made.clock)
      startGlobal(again)
      made.network.connect(again.kernel.name, peer.kernel.name)
      return again
    }
    const allStayConnected = async (again: Host): Promise<void> => {
      await pass(made.clock, 10_000)
      expect(names(alex)).toEqual(['bob@localhost', 'kate@localhost'])
      expect(names(kate)).toEqual(['alex@localhost', 'bob@localhost'])
      for (const one of [alex, kate, again])
        for (const other of [alex, kate, again])
          expect(messagesBetween(made, one, other)).not.toContain('remove_connection')
    }
    return { made, alex, bob, kate, report, send, restart, allStayConnected }
  }

  test.each(['alex', 'kate'])('and connects to %s first is disconnected by no node', async (first) => {
    const { made, bob, restart, alex, kate, allStayConnected } = await threeNodes()
    made.network.remove(bob.kernel.name)
    await pass(made.clock, 100)
    await allStayConnected(restart(first === 'alex' ? alex : kate))
  })

  test('is not disconnected for a report about its previous connection', async () => {
    const { made, bob, restart, alex, report, send, allStayConnected } = await threeNodes()
    send(report)
    await pass(made.clock, 50)
    made.network.remove(bob.kernel.name)
    await allStayConnected(restart(alex))
  })

  test('is not reported to a node that has reported the loss itself', async () => {
    const { made, bob, restart, alex, kate, report, send, allStayConnected } = await threeNodes()
    made.network.remove(bob.kernel.name)
    send(report)
    await pass(made.clock, 40)
    const again = restart(kate)
    await allStayConnected(again)
    expect(messagesBetween(made, alex, kate)).not.toContain('lost_connection')
  })

  test('is not disconnected for such a report that arrives after it has connected', async () => {
    const { made, bob, restart, alex, report, send, allStayConnected } = await threeNodes()
    made.network.remove(bob.kernel.name)
    const again = restart(alex)
    await pass(made.clock, 50)
    send(report)
    await allStayConnected(again)
  })

  test('does not receive messages of the exchange that its predecessor had begun', async () => {
    const made = cluster('alex', 'bob')
    const [alex, bob] = made.hosts as [Host, Host]
    made.network.connect(alex.kernel.name, bob.kernel.name)
    while (!messagesBetween(made, alex, bob).includes('lock_set')) await made.clock.advance(10)
    made.network.remove(bob.kernel.name)
    const again = made.network.add('bob', made.clock)
    startGlobal(again)
    const before = made.network.sent.length
    made.network.connect(alex.kernel.name, again.kernel.name)
    await pass(made.clock, 10_000)
    const sent = { ...made, network: { sent: made.network.sent.slice(before) } as Network }
    expect(
      messagesBetween(sent, alex, again).filter((each) => !['answer', 'set_lock', 'del_lock'].includes(each)),
    ).toEqual(['init_connect', 'init_connect_ack', 'lock_set', 'exchange', 'resolved'])
  })
})

test('two of three nodes that lose their connection for a moment stay in one partition', async () => {
  const made = await met('alex', 'joe', 'kate')
  const [alex, joe, kate] = made.hosts as [Host, Host, Host]
  made.network.cut(alex.kernel.name, joe.kernel.name)
  made.network.connect(alex.kernel.name, joe.kernel.name)
  await pass(made.clock, 10_000)
  for (const host of [alex, joe, kate]) expect(names(host)).toHaveLength(2)
})

test('a lock has one requester, and is deleted at the end of its holder', async () => {
  const made = await met('alex', 'kate')
  const [alex, kate] = made.hosts as [Host, Host]
  const answers: Term[] = []
  const asker = alex.kernel.create()
  asker.handle((message) => {
    answers.push((message as { elements: Term[] }).elements[1])
  })
  const ask = async (request: Term, as = asker): Promise<Term> => {
    const call = tuple(atom('$gen_call'), tuple(asker.pid, 1), request)
    runInProcess(as, () =>
      alex.kernel.send(as.pid, { name: atom('global_name_server'), node: kate.kernel.name }, call),
    )
    await pass(made.clock, 100)
    return answers.pop()
  }
  expect(await ask(tuple(atom('set_lock'), tuple('file', 1)))).toBe(true)
  expect(await ask(tuple(atom('set_lock'), tuple('file', 1)))).toBe(true)
  expect(await ask(tuple(atom('set_lock'), tuple('file', 2)))).toBe(false)
  expect(await ask(tuple(atom('del_lock'), tuple('file', 1)))).toBe(true)
  expect(await ask(tuple(atom('set_lock'), tuple('file', 2)))).toBe(true)
  expect(await ask(atom('nonsense'))).toEqual(tuple(atom('error'), atom('notsup')))
})

test('an invalid message is ignored', async () => {
  const made = await met('alex', 'kate')
  const [alex, kate] = made.hosts as [Host, Host]
  const stranger = internPid(alex.kernel.name, 1, 0, 1)
  const cast = (message: Term): Term => tuple(atom('$gen_cast'), message)
  for (const message of [
    1,
    cast(tuple()),
    cast(tuple(atom('init_connect'), tuple(), alex.kernel.name, atom('x'))),
    cast(tuple(atom('exchange'), alex.kernel.name, [1, 2], [], 99)),
    cast(tuple(atom('resolved'), alex.kernel.name, [1], [2], 3, 4, 5)),
    cast(tuple(atom('new_nodes'), alex.kernel.name, [tuple(atom('insert'), 1)], [], [1, tuple(1)], [1])),
    cast(tuple(atom('lock_set'), stranger, true, [], 99)),
    cast(tuple(atom('lock_set'), stranger, true, [])),
    tuple(atom('cancel_connect'), alex.kernel.name, 99),
    tuple(atom('lost_connection'), 1, 2, 3, 4),
    tuple(atom('remove_connection'), atom('nobody@nowhere')),
  ])
    alex.kernel.send(stranger, { name: atom('global_name_server'), node: kate.kernel.name }, message)
  await pass(made.clock, 1_000)
  const registered = nameServer(kate.kernel).registrar.register('still here', idle(kate))
  await pass(made.clock, 1_000)
  expect(await registered).toBe(true)
})

describe('a server with a global name', () => {
  const name = { via: [':global', 'leader'] as const }
  const Counter = GenServer.define({ init: (n: number) => n, call: { read: (n) => reply(n, n) } })

  /** Runs a function in a process of a node, and advances the clock. */
  async function on<T>({ clock }: Cluster, host: Host, fn: () => Promise<T>): Promise<T> {
    const result = inProcess(host.kernel, fn)
    result.catch(() => {})
    await pass(clock, 1_000)
    return result
  }

  test('is found by the name on every node, and a second one is refused', async () => {
    const made = await met('a', 'b')
    const [a, b] = made.hosts
    const pid = await on(made, a!, () => Counter.start(1, { name }))
    expect(await on(made, b!, () => GenServer.call(name, Counter.read()))).toBe(1)
    for (const host of [a!, b!])
      await expect(on(made, host, () => Counter.start(2, { name }))).rejects.toMatchObject({
        reason: tuple(atom('already_started'), pid),
      })
    await on(made, b!, () => GenServer.stop(name))
    expect(nameServer(a!.kernel).names.list()).toEqual([])
    await expect(on(made, a!, () => GenServer.call(name, Counter.read()))).rejects.toThrow(/no process/)
    expect(await on(made, b!, () => Counter.start(3, { name }))).toMatchObject({ node: b!.kernel.name })
  })

  test('is started once when two nodes start it at the same moment', async () => {
    const made = await met('a', 'b')
    const started = made.hosts.map((host) =>
      inProcess(host.kernel, () =>
        Counter.startLink(1, { name }).then(
          () => 'started',
          (error: Error) => error.message,
        ),
      ),
    )
    await pass(made.clock, 10_000)
    expect((await Promise.all(started)).sort()).toEqual([
      expect.stringMatching(/^already started: #PID/),
      'started',
    ])
  })

  test('may be a supervisor, a dynamic supervisor, an agent', async () => {
    const made = await met('a', 'b')
    const [a, b] = made.hosts
    const via = (id: string) => ({ via: [':global', id] as const })
    await on(made, a!, async () => {
      await Supervisor.start([], { strategy: 'one_for_one', name: via('sup') })
      await DynamicSupervisor.start({ name: via('dynamic') })
      await Agent.start(() => 7, { name: via('agent') })
    })
    await on(made, b!, async () => {
      expect(await Supervisor.whichChildren(via('sup'))).toEqual([])
      expect(await DynamicSupervisor.whichChildren(via('dynamic'))).toEqual([])
      await Agent.stop(via('agent'))
    })
    expect(nameServer(b!.kernel).names.list().sort()).toEqual(['dynamic', 'sup'])
  })
})
