// Tries the lines of docs/security.md that no other test tries. The limits are tried in limits.test.ts, the flags of Node.js in
// test/permission, and the rest in allow.test.ts, start.test.ts, cookie.test.ts and refused-connections.test.ts.
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { inspect as inspectValue } from 'node:util'
import { deflateSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Handshake } from '../../../src/distribution/index.ts'
import { lookup } from '../../../src/epmd/index.ts'
import { decode, encode } from '../../../src/etf/index.ts'
import {
  type Access,
  type Allow,
  alias,
  atom,
  erpc,
  GenServer,
  link,
  monitor,
  Node,
  Process,
  type Profile,
  receive,
  Supervisor,
  self,
  send,
  spawn,
  Task,
  type Term,
  tuple,
} from '../../../src/index.ts'
import { Atom, ExportFun, Fun, inspect, internPid, type Reference } from '../../../src/term/index.ts'
import { Cluster, type TestNode } from '../../support/cluster.ts'
import { eventually } from '../../support/eventually.ts'
import { frame, framed, RawPeer } from '../raw-peer.ts'

let cluster: Cluster
let raw: RawPeer | undefined
beforeEach(async () => {
  cluster = await Cluster.start()
})
afterEach(async () => {
  raw?.end()
  await cluster[Symbol.asyncDispose]()
})

const kateName = 'kate@localhost'

/** Calls a function of alex from kate. Returns the result, or the text of the error. */
type Call = (module: string, name: string, ...args: Term[]) => Promise<unknown>

async function pair(allow?: Allow | Profile): Promise<{ alex: TestNode; kate: TestNode; call: Call }> {
  const alex = await cluster.moebi('alex', allow === undefined ? {} : { allow })
  const kate = await cluster.moebi('kate')
  const call: Call = (module, name, ...args) =>
    kate.node.run(() => erpc.call('alex@localhost', module, name, args).catch(String))
  return { alex, kate, call }
}

async function mallory(): Promise<RawPeer> {
  const { epmdPort, cookie } = cluster
  raw = await RawPeer.link({ as: 'mallory@localhost', to: 'alex@localhost', epmdPort, cookie })
  return raw
}
const malloryName = Atom.intern('mallory@localhost')
const me = internPid(malloryName, 1, 0, 77)

describe('who can connect', () => {
  test('a node at localhost cannot be reached at another address of its machine', async () => {
    await cluster.moebi('alex')
    const { port } = (await lookup('alex', 'localhost', { port: cluster.epmdPort }))!
    const reaches = (host: string): Promise<boolean> =>
      new Promise((resolve) => {
        const socket = connect({ host, port, timeout: 2_000 })
        const end = (reached: boolean): void => {
          socket.destroy()
          resolve(reached)
        }
        socket
          .on('connect', () => end(true))
          .on('error', () => end(false))
          .on('timeout', () => end(false))
      })
    expect(await reaches('127.0.0.1')).toBe(true)
    const others = Object.values(networkInterfaces()).flatMap((addresses = []) =>
      addresses
        .filter(({ internal, family }) => !internal && family === 'IPv4')
        .map(({ address }) => address),
    )
    for (const address of ['127.0.0.3', ...others]) expect(await reaches(address)).toBe(false)
  })

  test('the cookie is in no byte that two nodes exchange to prove that they have it', () => {
    const cookie = 'KQXZJVWPLMNBTRSD'
    const cookieFor = (): string => cookie
    const [alex, kate] = ['alex@localhost', kateName].map((name) => ({ name, creation: 5, hidden: false }))
    const options = { address: 'here', cookieFor }
    const initiator = Handshake.initiate({ ...options, local: alex!, peer: kateName })
    const acceptor = Handshake.accept({ ...options, local: kate! })
    const sent: Uint8Array[] = []
    let done = 0
    for (let step = 0; step < 4; step++)
      for (const [from, to] of [[initiator, acceptor] as const, [acceptor, initiator] as const]) {
        const bytes = from.takeOutput()
        if (bytes.length === 0) continue
        sent.push(bytes)
        if (to.feed(bytes)) done++
      }
    expect(done).toBe(2)
    expect(Buffer.concat(sent).includes(cookie)).toBe(false)
  })
})

describe('what a connected node may do', () => {
  test.each(['open', 'exports', 'observe'] as const)(
    '%s refuses functions and shells of peers, and the end of the program, without their own options',
    async (profile) => {
      const { kate, call } = await pair(profile)
      const shell = await kate.node.run(() => self())
      for (const [module, name, ...args] of [
        [':moebi_closure', 'apply', '() => 7', new Map(), []],
        [':moebi_shell', 'start', shell, new Map()],
        [':erlang', 'halt'],
        [':init', 'stop'],
        [':erlang', 'get_cookie'],
      ] as const)
        expect(await call(module, name, ...(args as readonly Term[] as Term[]))).toMatch(
          /not_allowed|does not run functions|does not open shells|undef/,
        )
      expect(await call(':erlang', 'node')).toBe(atom('alex@localhost'))
    },
  )

  test('exports loads no code for a peer', async () => {
    const { call } = await pair()
    for (const name of ['load_binary', 'load_abs', 'load_file'])
      expect(await call(':code', name, atom('chat'))).toMatch(/not_allowed/)
  })

  test('observe allows a monitor', async () => {
    const { alex, kate } = await pair('observe')
    const { pid } = alex.node.kernel.spawn(() => receive())
    alex.node.kernel.register(alex.node.kernel.process(pid)!, atom('watched') as Atom)
    const down = kate.node.run(() => {
      monitor({ name: ':watched', node: 'alex@localhost' })
      return receive()
    })
    await eventually('the monitor', () => alex.node.kernel.process(pid)!.monitors.monitoredBy.length === 1)
    alex.node.kernel.process(pid)!.exit(atom('done'))
    expect(inspect((await down) as Term)).toContain(':done')
  })

  test('the function is asked about each operation of the table, with its target', async () => {
    const asked: string[] = []
    const { alex, kate } = await pair(({ operation, target }) => {
      asked.push(`${operation} ${target.constructor.name}`)
      return true
    })
    const { kernel } = alex.node
    const inbox = kernel.create()
    inbox.handle(() => {})
    kernel.register(inbox, atom('inbox') as Atom)
    let ref: Reference | undefined
    void alex.node.run(async () => {
      ref = alias()
      await receive()
    })
    await eventually('the alias', () => ref)
    const { pid } = inbox
    const peer = await mallory()
    const none = Atom.intern('')
    peer.send(
      Buffer.concat([
        frame([22, me, pid], 'hi'),
        frame([6, me, none, atom('inbox')], 'hi'),
        frame([33, me, ref!], 'hi'),
        frame([1, me, pid]),
        frame([19, me, pid, ref!]),
        frame([19, me, atom('inbox'), ref!]),
        frame([7, me, pid]),
        frame([8, me, pid, atom('normal')]),
      ]),
    )
    await kate.node.run(async () => {
      await Node.spawn('alex@localhost', ':lists', 'reverse', [[1]])
      await erpc.call('alex@localhost', ':lists', 'reverse', [[1]])
    })
    await eventually('all of them', () => asked.includes('exit Pid'))
    expect([...new Set(asked)].sort()).toEqual(
      [
        'call Object',
        'exit Pid',
        'groupLeader Pid',
        'link Pid',
        'monitor Atom',
        'monitor Pid',
        'send Atom',
        'send Pid',
        'send Reference',
        'spawn Object',
      ].sort(),
    )
  })

  test('nobody asks about replies, and about the ends of links and monitors', async () => {
    const { alex, kate } = await pair(() => false)
    kate.node.kernel.modules.define('Chat', { greet: () => 'hello', wait: () => receive() })
    const end = await alex.node.run(async () => {
      expect(await erpc.call(kateName, 'Chat', 'greet', [])).toBe('hello')
      Process.flag('trapExit', true)
      const child = await Node.spawnLink(kateName, 'Chat', 'wait', [])
      monitor(child)
      Process.exit(child, 'kill')
      return [await receive(), await receive()]
    })
    expect(end.map((message) => inspect(message as Term, { pretty: false })).sort()).toEqual([
      expect.stringMatching(/^\{:DOWN, .*, :killed\}$/),
      expect.stringMatching(/^\{:EXIT, .*, :killed\}$/),
    ])
  })

  test('the peer of a function that a message names is not known', async () => {
    const asked: Access[] = []
    const { alex, kate } = await pair((access) => asked.push(access) > 0)
    await alex.node.run(async () => {
      spawn(async () => {
        await Task.Supervisor.startLink({ name: 'Tasks' })
        await receive()
      })
    })
    await eventually('the supervisor', () => alex.node.kernel.whereis(atom('Elixir.Tasks') as Atom))
    await kate.node.run(() =>
      Task.Supervisor.async({ name: 'Tasks', node: 'alex@localhost' }, ':lists', 'reverse', [[1, 2]]),
    )
    const named = asked.filter(({ operation }) => operation === 'call' || operation === 'spawn')
    expect(named.map(({ peer, operation }) => [peer, operation])).toEqual([[undefined, 'call']])
  })

  test('a refused message is dropped, and a refused link or monitor ends with noproc', async () => {
    const { alex, kate } = await pair(() => false)
    const inbox = alex.node.kernel.create()
    const received: Term[] = []
    inbox.handle((message) => void received.push(message))
    const pid = internPid(inbox.pid.node, inbox.pid.id, inbox.pid.serial, inbox.pid.creation)
    const answers = await kate.node.run(async () => {
      Process.flag('trapExit', true)
      send(pid, 'hi' as never)
      link(pid)
      const exit = await receive()
      monitor(pid)
      return [exit, await receive()]
    })
    expect(answers.map((answer) => inspect(answer as Term, { pretty: false }))).toEqual([
      expect.stringMatching(/^\{:EXIT, .*, :noproc\}$/),
      expect.stringMatching(/^\{:DOWN, .*, :noproc\}$/),
    ])
    expect(received).toEqual([])
  })

  test('exports does not check messages to registered names, and what a supervisor with a name is asked for', async () => {
    const { alex, kate, call } = await pair()
    const Counter = GenServer.define({ init: () => 0 })
    await alex.node.run(async () => {
      spawn(async () => {
        await Supervisor.startLink([Counter.child(0, { name: 'Counter' })], {
          strategy: 'one_for_one',
          name: 'Sup',
        })
        await receive()
      })
    })
    await eventually('the child', () => alex.node.kernel.whereis(atom('Elixir.Counter') as Atom))
    const children = (): Promise<readonly unknown[]> =>
      kate.node.run(() => Supervisor.whichChildren({ name: 'Sup', node: 'alex@localhost' }))
    const [child] = (await children()) as [{ id: Term }]
    await kate.node.run(() =>
      Supervisor.terminateChild({ name: 'Sup', node: 'alex@localhost' }, child.id as never),
    )
    await eventually('its end', () => alex.node.kernel.whereis(atom('Elixir.Counter') as Atom) === undefined)
    // A pid that was listed has been sent.
    const { pid } = alex.node.kernel.spawn(() => receive())
    expect(
      await call(':erlang', 'exit', internPid(pid.node, pid.id, pid.serial, pid.creation), atom('kill')),
    ).toMatch(/not_allowed/)
    await call(':erlang', 'processes')
    expect(await call(':erlang', 'exit', pid, atom('kill'))).toBe(true)
  })
})

describe('a term is data', () => {
  const keys = ['__proto__', 'constructor', 'toString', 'valueOf', 'then', 'toJSON', 'hasOwnProperty']

  test('no key of a map becomes a prototype, a getter or a method that JavaScript calls', async () => {
    const { alex, kate } = await pair()
    const received: Term[] = []
    const inbox = alex.node.kernel.create()
    inbox.handle((message) => void received.push(message))
    alex.node.kernel.register(inbox, atom('inbox') as Atom)
    const fields = Object.create(null) as Record<string, Term>
    for (const key of keys)
      fields[key] = new ExportFun(atom('os') as Atom, atom('getenv') as Atom, 0) as never
    await kate.node.run(() => send({ name: ':inbox', node: 'alex@localhost' }, fields as never))
    await eventually('the map', () => received.length === 1)
    const map = received[0] as Record<string, unknown>
    expect(Object.keys(map).sort()).toEqual([...keys].sort())
    expect(Object.getPrototypeOf(map)).toBe(Object.prototype)
    expect(({} as Record<string, unknown>).then).toBeUndefined()
    for (const key of keys) {
      const { get, set, value } = Object.getOwnPropertyDescriptor(map, key)!
      expect([get, set, typeof value]).toEqual([undefined, undefined, 'object'])
    }
    expect(await map).toBe(map)
    expect(inspect(map as Term)).toContain('&:os.getenv/0')
    expect(() => inspectValue(map)).not.toThrow()
  })

  test('no function of JavaScript comes out of a term', () => {
    const exported = decode(encode(new ExportFun(atom('os') as Atom, atom('cmd') as Atom, 1) as never))
    expect([typeof exported, exported instanceof Function]).toEqual(['object', false])
    expect(typeof new Fun(atom('m') as Atom, 0, 0, new Uint8Array(16), new Uint8Array())).toBe('object')
  })

  test('a name is looked up among the functions that are exported, and is no path and no property', async () => {
    const { alex, call } = await pair('open')
    alex.node.kernel.modules.define('Chat', { greet: () => 'hello' })
    for (const name of [...keys, '__defineGetter__', 'call', 'apply', 'bind'])
      expect(await call('Chat', name)).toMatch(/undef/)
    for (const module of [
      '../../package.json',
      '/etc/hosts',
      'node:fs',
      'file:///etc/hosts',
      'fs',
      'process',
      'globalThis',
    ])
      for (const name of ['default', 'readFileSync', 'exit', 'main']) {
        expect(await call(`:${module}`, name)).toMatch(/undef/)
        expect(await call(module, name)).toMatch(/undef/)
      }
  })

  test('a compressed term closes the connection; binary_to_term inflates 16 MiB at most', async () => {
    const { alex, call } = await pair()
    const inbox = alex.node.kernel.create()
    inbox.handle(() => {})
    alex.node.kernel.register(inbox, atom('inbox') as Atom)
    const compressed = (size: number): Buffer => {
      const header = Buffer.of(131, 80, 0, 0, 0, 0)
      header.writeUInt32BE(size + 5, 2)
      const term = Buffer.alloc(size + 5)
      term[0] = 109
      term.writeUInt32BE(size, 1)
      return Buffer.concat([header, deflateSync(term)])
    }
    const control = encode(tuple(6, me, Atom.intern(''), atom('inbox')))
    const peer = await mallory()
    peer.send(framed(Buffer.concat([Buffer.of(112), control, compressed(100)])))
    await peer.closed
    await eventually('the log', () => alex.screen.log.includes('COMPRESSED'))
    const binary = (await call(':erlang', 'binary_to_term', compressed(2 ** 20))) as string
    expect(binary.length).toBe(2 ** 20)
    expect(await call(':erlang', 'binary_to_term', compressed(2 ** 24))).toMatch(/badarg|argument/)
    // No stream of zlib has such a ratio, so nothing is inflated.
    const bomb = Buffer.from(compressed(100))
    bomb.writeUInt32BE(2 ** 23, 2)
    expect(() => decode(bomb)).toThrow(
      /announces 8388608 inflated bytes, which the \d+ bytes that are left cannot hold/,
    )
  })
})

test('the cookie is in no text of a node: log, crash report, error and inspect', async () => {
  const cookie = 'KQXZJVWPLMNBTRSD'
  const alex = await cluster.moebi('alex', { cookie })
  const kate = await cluster.moebi('kate', { cookie: 'another-one' })
  expect(await kate.node.run(() => Node.connect('alex@localhost'))).toBe(false)
  alex.node.kernel.spawn(() => {
    throw new Error('crash')
  })
  await eventually('the report', () => alex.screen.log.includes('crash'))
  const texts = [
    alex.screen.log,
    kate.screen.log,
    inspectValue(alex.node, { depth: 20, showHidden: true }),
    inspectValue(alex.node.cookies, { depth: 20, showHidden: true }),
    inspectValue(alex.node.kernel, { depth: 20, showHidden: true }),
    JSON.stringify(alex.node.cookies),
    inspect(new Map([[atom('n'), alex.node.name]]) as Term),
  ]
  for (const text of texts) expect(text).not.toContain(cookie)
  expect(alex.node.cookies.for('kate@localhost')).toBe(cookie)
  expect(() => alex.node.cookies.set('')).toThrow(TypeError)
})
