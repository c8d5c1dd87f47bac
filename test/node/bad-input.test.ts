import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  atom,
  link,
  monitor,
  Node,
  noconnection,
  noproc,
  Process,
  receive,
  self,
  send,
  sleep,
  type Term,
  tuple,
} from '../../src/index.ts'
import { type Report, reports } from '../../src/process/index.ts'
import { Atom, internPid, type Pid, Reference } from '../../src/term/index.ts'
import { Cluster, type TestNode } from '../support/cluster.ts'
import { eventually } from '../support/eventually.ts'
import { runs } from '../support/runs.ts'
import { frame, framed, RawPeer } from './raw-peer.ts'

let cluster: Cluster
let alex: TestNode
let kate: TestNode
let echo: Pid
let strangers: RawPeer[]

/** Alex is connected to kate, and a process of kate answers. Unknown clients must not affect this. */
beforeEach(async () => {
  cluster = await Cluster.start()
  strangers = []
  alex = await cluster.moebi('alex')
  kate = await cluster.moebi('kate')
  const { kernel } = kate.node
  const server = kernel.create()
  server.handle((message) => {
    const [from, text] = message as unknown as [never, string]
    kernel.send(server.pid, from, `${text}!`)
  })
  echo = server.pid
  expect(await asks('before')).toBe('before!')
})

afterEach(async () => {
  for (const stranger of strangers) stranger.end()
  await cluster[Symbol.asyncDispose]()
})

const asks = (text: string): Promise<unknown> =>
  alex.node.run(() => {
    send(echo, tuple(self(), text))
    return receive()
  })

async function unharmed(): Promise<void> {
  expect(await alex.node.run(() => Node.list())).toContain(atom('kate@localhost'))
  expect(await asks('still here')).toBe('still here!')
}

async function stranger(): Promise<RawPeer> {
  const one = await RawPeer.call('alex@localhost', cluster.epmdPort)
  strangers.push(one)
  return one
}

async function mallory(name = 'mallory@localhost'): Promise<RawPeer> {
  const { epmdPort, cookie } = cluster
  const one = await RawPeer.link({ as: name, to: 'alex@localhost', epmdPort, cookie })
  strangers.push(one)
  await eventually('the link', () => alex.node.peers.list('connected').includes(atom(name) as Atom))
  return one
}

describe('an unknown client at the port of a node', () => {
  const words: readonly (readonly [what: string, bytes: Buffer, logged: string])[] = [
    ['a web browser', Buffer.from('GET / HTTP/1.1\r\nHost: alex\r\n\r\n'.padEnd(20_000)), 'expected a name'],
    ['zeros', Buffer.alloc(64), 'expected a name'],
    ['a name of the old handshake', Buffer.from('\0\x16n\0\x05\0\x07\x49\x9calex@localhost'), 'version 5'],
    [
      'a name longer than its message',
      Buffer.from(`\0\x0fN${'\0'.repeat(12)}\xff\xff`, 'latin1'),
      'a name of 65535 bytes',
    ],
  ]

  test.each(words)(
    'that sends %s is refused with a reason, and nothing else is affected',
    async (_, bytes, logged) => {
      const one = await stranger()
      one.send(bytes)
      await one.closed
      await eventually('the reason', () => alex.screen.log.includes(logged))
      expect(alex.screen.log).toContain('rejected')
      await unharmed()
    },
  )

  test.each([
    ['before the first word, as a node that is called meanwhile does,', ''],
    ['in the middle of a word', '\0\x20Nabc'],
  ])('who hangs up %s is nothing that a person is told', async (_, said) => {
    const told: string[] = []
    const listener = (message: unknown): void => {
      const { kernel, level, text } = message as Report
      if (kernel === alex.node.kernel) told.push(`${level}: ${text}`)
    }
    reports.subscribe(listener)
    try {
      const one = await stranger()
      one.send(Buffer.from(said))
      one.socket.end()
      await one.closed
      await eventually('the reason', () => told.length > 0)
    } finally {
      reports.unsubscribe(listener)
    }
    expect(told).toEqual([
      expect.stringMatching(/^debug: .* rejected: the connection ended while we waited for its name \*\*$/),
    ])
    expect(alex.screen.log).toBe('')
    await unharmed()
  })

  test('with the name of a connected node but not the cookie does not close the connection of that node', async () => {
    const { epmdPort } = cluster
    const impostor = RawPeer.link({
      as: 'kate@localhost',
      to: 'alex@localhost',
      epmdPort,
      cookie: 'guessed',
    })
    await expect(impostor).rejects.toThrow()
    await unharmed()
  })

  test('many silent clients do not prevent a node from connecting', async () => {
    for (let i = 0; i < 150; i++) await stranger()
    const bob = await cluster.moebi('bob')
    expect(await bob.node.run(() => Node.connect('alex@localhost'))).toBe(true)
    await unharmed()
  })
})

describe('a connected peer that breaks the protocol', () => {
  const mal = (name: string, id = 5): Pid => internPid(Atom.intern(name), id, 0, 77)
  const nobody = mal('somebody@else')
  const me = mal('mallory@localhost')

  const wrongs: readonly (readonly [what: string, bytes: (to: Pid) => Buffer, logged: string])[] = [
    ['garbage', () => framed(Buffer.from('garbage')), 'expected 112'],
    ['a frame of 4 GiB', () => Buffer.from('\xff\xff\xff\xff', 'latin1'), 'a frame of 4294967295 bytes'],
    ['an unknown operation', (to) => frame([99, me, to]), 'this control message is unknown'],
    ['too few elements', () => frame([1, me]), '3 elements were expected'],
    ['a pid of another node as sender', (to) => frame([1, nobody, to]), 'of the node that sent it'],
    ['a receiver on another node', () => frame([1, me, nobody]), 'that it was sent to'],
    ['no payload', (to) => frame([22, me, to]), 'payload is missing'],
    [
      'a term that is cut off',
      (to) => framed(frame([22, me, to], 'a long word').subarray(4, -4)),
      'invalid distribution message',
    ],
    ['a header of the atom cache', () => framed(Buffer.of(131, 68, 0)), 'distribution header'],
  ]

  test.each(wrongs)(
    'with %s loses its connection, with a reason, and nothing else is affected',
    async (_, bytes, logged) => {
      const { kernel } = alex.node
      const processes = kernel.processes().length
      const watcher = alex.node.run(async () => {
        monitor(me)
        return receive()
      })
      const one = await mallory()
      one.send(bytes(kernel.whereis(atom('net_kernel') as Atom)!.pid))
      await one.closed
      await eventually('the reason', () => alex.screen.log.includes(logged))
      expect(alex.screen.log).toContain('The connection to mallory@localhost went down')
      // The monitor may have reported mallory before it was connected, or after it went down.
      expect(String(await watcher)).toBeDefined()
      expect(alex.node.peers.list('connected')).not.toContain(atom('mallory@localhost'))
      await unharmed()
      await eventually('no process more or less', () => kernel.processes().length === processes)
    },
  )

  test('with an exit reason, loses its connection: monitors of the process get noconnection', async () => {
    const one = await mallory()
    const ends = (how: (whom: Pid) => void): Promise<unknown> =>
      alex.node.run(async () => {
        Process.flag('trapExit', true)
        how(me)
        return ((await receive()) as { elements: readonly Term[] }).elements.at(-1)
      })
    const before = one.received.length
    const told = [ends(link), ends(monitor)]
    await eventually('link and monitor', () => one.received.length > before)
    // PAYLOAD_EXIT, with an incomplete reason.
    const whole = frame([24, me, echo], 'a long reason').subarray(4)
    one.send(framed(whole.subarray(0, -4)))
    await one.closed
    expect(await Promise.all(told)).toEqual([noconnection, noconnection])
    expect(alex.screen.log).toContain(
      'The connection to mallory@localhost went down: invalid distribution message',
    )
    await unharmed()
  })

  test('with random bytes affects nothing else', async () => {
    const { kernel } = alex.node
    const target = kernel.create()
    target.trapExit = true
    target.handle(() => {})
    kernel.register(target, atom('target') as Atom)
    const dice = seeded(42)
    const name = Atom.intern('mallory@localhost')
    const theirRef = (): Reference => new Reference(name, 77, [dice(1000), 2, 3])
    const one = <T>(...items: T[]): T => items[dice(items.length)]!
    const theirs = (): Pid => (dice(25) === 0 ? one(nobody, target.pid) : mal('mallory@localhost', dice(4)))
    const ours = (): Term =>
      one<Term>(
        target.pid,
        target.pid,
        internPid(kernel.name, 9999, 0, kernel.creation),
        internPid(kernel.name, 105, 0, kernel.creation + 1),
      )
    const called = (): Term => one<Term>(atom('target'), atom('nobody'), atom(''), true, null)
    const either = (): Term => one(ours, ours, ours, called)()
    const ref = (): Term => one<Term>(kernel.makeRef(), theirRef())
    const id = (): Term => one<Term>(1, 2, 2n ** 64n - 1n, 4, 8, 16)
    const mfa = (): Term => tuple(atom('erlang'), one<Term>(atom('apply'), atom('nope')), 2)
    const options = (): Term =>
      one<Term>(
        [atom('link'), atom('monitor')],
        [tuple(atom('name'), atom('target'))],
        ['?'],
        atom('link'),
        [],
      )
    const thing = (): Term =>
      one<Term>(1.5, 2n ** 70n, [], [1, 2], 'text', { a: [{}] }, me, theirRef(), tuple())
    const shapes: ((() => Term)[] | [number, ...(() => Term)[]])[] = [
      [1, theirs, ours],
      [2, called, ours],
      [3, theirs, ours, thing],
      [4, theirs, ours],
      [6, theirs, called, called],
      [7, theirs, ours],
      [8, theirs, ours, thing],
      [19, theirs, either, ref],
      [20, theirs, either, ref],
      [21, either, ours, ref, thing],
      [22, theirs, ours],
      [24, theirs, ours],
      [26, theirs, ours],
      [28, theirs, ours, ref],
      [29, ref, theirs, theirs, mfa, options],
      [31, ref, ours, id, theirs],
      [33, theirs, ref],
      [35, id, theirs, ours],
      [36, id, theirs, ours],
      [37, id, theirs, either],
      [99, thing],
    ]
    let signals = 0
    for (let round = 0; round < runs(80) && target.alive; round++) {
      const link = await mallory()
      const { stats } = alex.node.peers.connection(name)!
      for (let i = 0; i < 10; i++) {
        const [code, ...fields] = one(...shapes) as [number, ...(() => Term)[]]
        const control = fields.map((field) => (dice(40) === 0 ? thing() : field()))
        const payload = [22, 6, 2, 24, 26, 28, 29, 33, 37].includes(code)
          ? [code === 29 ? [1, 2] : thing()]
          : []
        link.send(frame([code, ...control], ...payload))
      }
      // The last frame is one that closes every connection.
      link.send(framed(Buffer.from('end')))
      await link.closed
      await eventually('its end', () => !alex.node.peers.list('connected').includes(name))
      signals += stats.signalsIn
    }
    expect(signals).toBeGreaterThan(150)
    expect(target.alive).toBe(true)
    await unharmed()
  })

  test('that has restarted learns that processes of the earlier connection have ended', async () => {
    const one = await mallory()
    const { kernel } = alex.node
    const old = internPid(kernel.name, 105, 0, kernel.creation + 1)
    const before = one.received.length
    one.send(frame([19, me, old, new Reference(Atom.intern('mallory@localhost'), 77, [1, 2, 3])]))
    await eventually('noproc', () => one.received.subarray(before).includes('noproc'))
    expect(noproc.name).toBe('noproc')
    await unharmed()
  })
})

describe('a message that is not a term', () => {
  class Thing {}
  const cyclic: Record<string, unknown> = { ok: 1 }
  cyclic.self = [cyclic]
  const values: readonly (readonly [what: string, value: unknown, path: RegExp])[] = [
    ['a date', { when: [1, new Date(0)] }, /message\.when\[1\].*Date/s],
    ['a function', [() => 1], /message\[0\].*function/s],
    ['an instance of a class', { deep: { thing: new Thing() } }, /message\.deep\.thing.*Thing/s],
    ['something that contains itself', cyclic, /message.*(itself|cycl|deep)/s],
  ]

  test.each(values)(
    '(%s) is an error in the sender, with the path, and the connection stays up',
    async (_, value, path) => {
      await alex.node.run(() => expect(() => send(echo as Pid<never>, value as never)).toThrow(path))
      await unharmed()
    },
  )

  test.each(values)('(%s) is an error also while the connection is being set up', async (_, value, path) => {
    const bob = await cluster.moebi('bob')
    const to = { name: 'inbox', node: 'bob@localhost' }
    const inbox = bob.node.kernel.create()
    const seen: Term[] = []
    inbox.handle((message) => void seen.push(message))
    bob.node.kernel.register(inbox, atom('inbox') as Atom)
    await alex.node.run(() => {
      send(to, 'first')
      expect(() => send(to, value as never)).toThrow(path)
      send(to, 'last')
    })
    await eventually('both', () => seen.length === 2)
    expect(seen).toEqual(['first', 'last'])
    await unharmed()
  })

  test('a message that waits for a connection is sent as it was', async () => {
    const bob = await cluster.moebi('bob')
    const inbox = bob.node.kernel.create()
    const seen: Term[] = []
    inbox.handle((message) => void seen.push(message))
    bob.node.kernel.register(inbox, atom('inbox') as Atom)
    const list: unknown[] = [1, 'two', Uint8Array.of(51)]
    await alex.node.run(() => {
      send({ name: 'inbox', node: 'bob@localhost' }, list as never)
      list.push(new Date(0))
    })
    await eventually('it', () => seen.length === 1)
    expect(seen).toEqual([[1, 'two', '3']])
  })
})

test('a message that is too long for a frame is an error in its sender, where the peer takes no fragments', async () => {
  await mallory()
  const long = new Uint8Array(2 ** 28 + 1)
  const to = internPid(Atom.intern('mallory@localhost'), 1, 0, 77) as Pid<never>
  await alex.node.run(() => expect(() => send(to, long)).toThrow(/Send it in pieces/))
  await unharmed()
  await alex.node.run(() => sleep(0))
})

function seeded(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
