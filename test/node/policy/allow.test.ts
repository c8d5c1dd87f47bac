import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { serveClosures } from '../../../src/closure/index.ts'
import {
  type Access,
  type Allow,
  atom,
  erpc,
  monitor,
  Node,
  type Pid,
  Process,
  type Profile,
  type Refusal,
  receive,
  rpc,
  self,
  send,
  spawn,
  Task,
  type Term,
  tuple,
} from '../../../src/index.ts'
import { refusals } from '../../../src/node/policy/index.ts'
import { remoteShell } from '../../../src/shell/index.ts'
import { type Atom, ExportFun, inspect, internPid } from '../../../src/term/index.ts'
import { Cluster, type TestNode } from '../../support/cluster.ts'
import { eventually } from '../../support/eventually.ts'

let cluster: Cluster
beforeEach(async () => {
  cluster = await Cluster.start()
  process.env.POLICY_TEST = 'a value that peers may not read'
})
afterEach(async () => {
  delete process.env.POLICY_TEST
  await cluster[Symbol.asyncDispose]()
})

interface Pair {
  readonly alex: TestNode
  readonly kate: TestNode
  /** What a process of alex received. Its pid is not known to other nodes. */
  readonly received: Term[]
  /** The pid of the process, as kate guesses it. */
  readonly guessed: Pid
  /** Calls a function of alex from kate. Returns the result, or the text of the error. */
  readonly call: (module: string, name: string, ...args: Term[]) => Promise<unknown>
}

async function pair(allow?: Allow | Profile): Promise<Pair> {
  const alex = await cluster.moebi('alex', allow === undefined ? {} : { allow })
  const kate = await cluster.moebi('kate')
  const received: Term[] = []
  const { pid } = alex.node.kernel.spawn(async () => {
    for (;;) received.push((await receive()) as Term)
  })
  alex.node.kernel.modules.define('Chat', { greet: () => 'hello', pid: () => pid })
  const guessed = internPid(pid.node, pid.id, pid.serial, pid.creation)
  expect(guessed).not.toBe(pid)
  const call: Pair['call'] = (module, name, ...args) =>
    kate.node.run(() => erpc.call('alex@localhost', module, name, args).catch(String))
  return { alex, kate, received, guessed, call }
}

const VARIABLE = [...Buffer.from('POLICY_TEST')]

const fun = (module: string, name: string, arity: number): Term =>
  new ExportFun(atom(module) as Atom, atom(name) as Atom, arity) as unknown as Term

const refused = /not_allowed.*the option allow of this node does not permit the operation/s

describe('by default', () => {
  test('a process gets signals of peers when the node has sent its pid, and none before', async () => {
    const { alex, kate, received, guessed, call } = await pair()
    const down = await kate.node.run(() => {
      send(guessed, 'guessed' as never)
      Process.exit(guessed, 'kill')
      monitor(guessed)
      return receive()
    })
    expect(inspect(down as Term)).toContain('noproc')
    expect(received).toEqual([])
    expect(alex.node.kernel.process(guessed)).toBeDefined()
    expect(alex.screen.log).toMatch(/kate@localhost was refused: .* the operation exit for #PID/)
    const known = (await call('Chat', 'pid')) as Pid
    await kate.node.run(() => send(known, 'known' as never))
    await eventually('the message', () => received.length > 0)
    expect(received).toEqual(['known'])
    await kate.node.run(() => Process.exit(known, 'kill'))
    await eventually('its end', () => alex.node.kernel.process(known) === undefined)
  })

  test('a pid that is guessed is refused as an argument too', async () => {
    const { alex, guessed, call } = await pair()
    expect(await call(':erlang', 'exit', guessed, atom('kill'))).toMatch(refused)
    expect(await call(':erlang', 'send', guessed, 'x')).toMatch(refused)
    expect(await call('Process', 'exit', guessed, atom('kill'))).toMatch(refused)
    expect(alex.node.kernel.process(guessed)).toBeDefined()
  })

  test('peers call functions of the program, and those of the library that do not read its secrets', async () => {
    const { call, kate } = await pair()
    expect(await call('Chat', 'greet')).toBe('hello')
    expect(await call(':erlang', 'node')).toBe(atom('alex@localhost'))
    expect(await call(':lists', 'reverse', [1, 2])).toEqual([2, 1])
    expect(await call(':application', 'get_env', atom('stdlib'), atom('shell_slogan'), 'none')).toBe('none')
    for (const [module, name, ...args] of [
      [':os', 'getenv', VARIABLE],
      [':os', 'getenv'],
      ['Application', 'get_env', atom('chat'), atom('secret')],
      [':persistent_term', 'get', atom('x'), 1],
      [':erlang', 'set_cookie', atom('mine')],
    ] as const)
      expect(await call(module, name, ...(args as readonly Term[] as Term[]))).toMatch(refused)
    const answer = await kate.node.run(() =>
      rpc.call('alex@localhost', ':os', 'getenv', [VARIABLE]).catch(String),
    )
    expect(inspect(answer as Term)).toMatch(refused)
  })

  test('a function that may not be called cannot be reached through another one', async () => {
    const { call, kate } = await pair()
    const [os, getenv] = [atom('os'), atom('getenv')]
    const name = [VARIABLE]
    const answers = [
      await call(':erlang', 'apply', os, getenv, name),
      await call(':erlang', 'apply', atom('erlang'), atom('apply'), [os, getenv, name]),
      await call(':erlang', 'apply', fun('os', 'getenv', 1), name),
      await call(':lists', 'map', fun('os', 'getenv', 1), name),
      await call(':erpc', 'call', atom('alex@localhost'), os, getenv, name),
      await call(':erpc', 'execute_call', os, getenv, name),
      await call(':rpc', 'call', atom('alex@localhost'), os, getenv, name),
    ]
    const task = kate.node.run(async () => {
      const supervisor = { name: 'Tasks', node: 'alex@localhost' }
      try {
        return await Task.Supervisor.asyncNolink(supervisor, ':os', 'getenv', name)
      } catch (error) {
        return String(error)
      }
    })
    expect(String(await task)).not.toContain('a value')
    for (const answer of answers) {
      expect(String(answer)).not.toContain('a value')
      expect(typeof answer === 'string' ? answer : inspect(answer as Term)).toMatch(/not_allowed/)
    }
  })

  test('a task of a peer runs what a call may run', async () => {
    const { alex, kate } = await pair()
    await alex.node.run(async () => {
      spawn(async () => {
        await Task.Supervisor.startLink({ name: 'Tasks' })
        await receive()
      })
    })
    await eventually(
      'the supervisor',
      () => alex.node.kernel.whereis(atom('Elixir.Tasks') as Atom) !== undefined,
    )
    const run = (...what: readonly [string, string, Term[]]): Promise<unknown> =>
      kate.node.run(async () => {
        try {
          return await Task.Supervisor.asyncNolink({ name: 'Tasks', node: 'alex@localhost' }, ...what)
        } catch (error) {
          return String(error)
        }
      })
    expect(await run('Chat', 'greet', [])).toBe('hello')
    expect(await run(':os', 'getenv', [VARIABLE])).toMatch(/not_allowed/)
  })
})

describe('a function decides', () => {
  test('about each operation of each peer; a refusal is an event and one line of the log', async () => {
    const asked: Access[] = []
    const events: Refusal[] = []
    const take = (refusal: unknown): void => void events.push(refusal as Refusal)
    refusals.subscribe(take)
    try {
      const { alex, kate, call } = await pair((access) => {
        asked.push(access)
        return access.operation !== 'call' || access.target.name.name !== 'greet'
      })
      expect(await call('Chat', 'pid')).toMatchObject({ node: atom('alex@localhost') })
      for (let time = 0; time < 3; time++) expect(await call('Chat', 'greet')).toMatch(refused)
      expect(events).toHaveLength(3)
      expect(events[0]).toMatchObject({
        kernel: alex.node.kernel,
        peer: atom('kate@localhost'),
        operation: 'call',
        target: { module: atom('Elixir.Chat'), name: atom('greet'), arity: 0 },
        byDefault: true,
      })
      expect(alex.screen.log.match(/was refused/g)).toHaveLength(1)
      const spawned = await kate.node.run(async () => {
        const child = await Node.spawn('alex@localhost', 'Chat', 'pid', [])
        monitor(child)
        return receive()
      })
      expect(inspect(spawned as Term)).toMatch(/normal|noproc/)
      expect(asked.map(({ operation }) => operation)).toContain('spawn')
      expect(asked.map(({ operation }) => operation)).toContain('monitor')
    } finally {
      refusals.unsubscribe(take)
    }
  })

  test('a spawn that is refused ends with the reason', async () => {
    const { kate } = await pair(({ operation }) => operation !== 'spawn')
    const down = await kate.node.run(async () => {
      monitor(await Node.spawn('alex@localhost', 'Chat', 'greet', []))
      return receive()
    })
    expect(inspect(down as Term)).toMatch(/not_allowed|noproc/)
  })
})

test('a function that throws or returns a promise refuses, and the node goes on', async () => {
  let answer: () => unknown = () => {
    throw new Error('no rule')
  }
  const { alex, call } = await pair(({ operation }) => operation !== 'call' || (answer() as boolean))
  expect(await call('Chat', 'greet')).toMatch(refused)
  expect(alex.screen.log).toContain('The function allow of this node has thrown')
  answer = async () => true
  expect(await call('Chat', 'greet')).toMatch(refused)
  answer = () => true
  expect(await call('Chat', 'greet')).toBe('hello')
})

test('functions that were typed elsewhere and shells are operations of their own', async () => {
  const alex = await cluster.moebi('alex', {
    closures: serveClosures,
    remoteShell,
    allow: ({ operation }) => operation !== 'closure' && operation !== 'shell',
  })
  const kate = await cluster.moebi('kate')
  const run = (module: string, name: string, args: Term[]): Promise<unknown> =>
    kate.node.run(() => erpc.call(alex.node.name, module, name, args).catch(String))
  const closure: Term[] = ['() => 7', new Map(), []]
  expect(await run(':moebi_closure', 'apply', closure)).toMatch(/operation closure/)
  expect(await run(':erlang', 'apply', [atom('moebi_closure'), atom('apply'), closure])).toMatch(
    /operation closure/,
  )
  expect(await run(':moebi_shell', 'start', [await kate.node.run(() => self()), new Map()])).toMatch(
    /operation shell/,
  )
})

test("with 'observe' peers look and do not touch", async () => {
  const { call, kate, received } = await pair('observe')
  expect(await call(':erlang', 'processes')).toContainEqual(
    expect.objectContaining({ node: atom('alex@localhost') }),
  )
  expect(await call(':erlang', 'memory', atom('total'))).toBeGreaterThan(0)
  expect(await call('Chat', 'greet')).toMatch(refused)
  const [first] = (await call(':erlang', 'processes')) as [Pid]
  expect(await call(':erlang', 'exit', first, atom('kill'))).toMatch(refused)
  await kate.node.run(() => Process.exit(first, 'kill'))
  expect(await call(':erlang', 'is_process_alive', first)).toBe(true)
  expect(received).toEqual([])
})

test("with 'open' peers may do what they may on a BEAM", async () => {
  const { call, kate, guessed, received } = await pair('open')
  expect(String.fromCharCode(...((await call(':os', 'getenv', VARIABLE)) as number[]))).toContain('a value')
  await kate.node.run(() => send(guessed, 'guessed' as never))
  await eventually('the message', () => received.length > 0)
})

test('a name of a profile that does not exist is an error', async () => {
  await expect(cluster.moebi('alex', { allow: 'all' as never })).rejects.toThrow(
    /allow is 'all', expected 'open', 'exports', 'observe', or a function/,
  )
})

test('a peer cannot ask rex in the name of another node', async () => {
  const asked: Access[] = []
  const { kate } = await pair((access) => asked.push(access) > 0)
  const foreign = internPid(atom('bob@localhost') as Atom, 1, 0, 1)
  const request = tuple(atom('call'), atom('Elixir.Chat'), atom('greet'), [], atom('user'))
  await kate.node.run(async () => {
    send({ name: ':rex', node: 'alex@localhost' }, tuple(foreign, request))
    await erpc.call('alex@localhost', 'Chat', 'greet', [])
  })
  expect(asked.filter(({ operation }) => operation === 'call').map(({ peer }) => peer)).toEqual([
    atom('kate@localhost'),
  ])
})
