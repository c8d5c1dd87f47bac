import { duplexPair } from 'node:stream'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { SimulatedClock } from '../../src/clock/index.ts'
import {
  Connection,
  type ConnectionOptions,
  type ConnectionSocket,
  DFLAG_EXIT_PAYLOAD,
  DFLAG_PUBLISHED,
  DFLAG_SPAWN,
  LOCAL_FLAGS,
} from '../../src/distribution/index.ts'
import { EncodeError } from '../../src/etf/index.ts'
import type { Signal } from '../../src/process/index.ts'
import { Atom, atom, internPid, type Pid, Reference, type Term, tuple } from '../../src/term/index.ts'
import { holds } from '../support/eventually.ts'
import { runs } from '../support/runs.ts'
import { frames } from './frames.ts'

const alexNode = { name: Atom.intern('alex@localhost'), creation: 1795333279 }
const kateNode = { name: Atom.intern('kate@localhost'), creation: 1795332906 }
const alex = internPid(alexNode.name, 114, 0, alexNode.creation)
const kate = internPid(kateNode.name, 129, 0, kateNode.creation)

interface End {
  readonly connection: Connection
  readonly socket: ConnectionSocket
  readonly signals: Signal[]
  readonly downs: string[]
}

const open: End[] = []
afterEach(() => {
  for (const { socket } of open.splice(0)) socket.destroy()
})

type Overrides = Partial<ConnectionOptions> & { flags?: bigint; rest?: Uint8Array }

function end(
  socket: ConnectionSocket,
  local: typeof alexNode,
  peer: typeof alexNode,
  overrides: Overrides = {},
): End {
  const signals: Signal[] = []
  const downs: string[] = []
  const { flags = LOCAL_FLAGS, rest = new Uint8Array(0), ...options } = overrides
  const card = { name: peer.name.name, creation: peer.creation, flags, published: true }
  const connection = new Connection(socket, card, rest, {
    local,
    clock: new SimulatedClock(),
    onSignal: (signal) => signals.push(signal),
    onDown: (reason) => downs.push(reason),
    ...options,
  })
  open.push({ connection, socket, signals, downs })
  return open.at(-1)!
}

/** Two connected nodes, Alex and Kate. */
function link(alexHas: Overrides = {}, kateHas: Overrides = {}): { a: End; k: End } {
  const [left, right] = duplexPair()
  return { a: end(left, alexNode, kateNode, alexHas), k: end(right, kateNode, alexNode, kateHas) }
}

/** Kate, with the other end of its socket and the bytes that were written to it. */
function alone(overrides: Overrides = {}): { k: End; wire: ConnectionSocket; heard: Buffer[] } {
  const [left, right] = duplexPair()
  const heard: Buffer[] = []
  left.on('data', (chunk: Buffer) => heard.push(chunk))
  left.on('error', () => {})
  return { k: end(right, kateNode, alexNode, overrides), wire: left, heard }
}

function message(from: Pid, to: Pid, said: Term): Signal {
  return { type: 'message', from, to, message: said }
}

function framed(body: Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length)
  return Buffer.concat([length, body])
}

const golden = (name: keyof typeof frames): Buffer => framed(Buffer.from(frames[name], 'hex'))

const until = (condition: () => boolean): Promise<void> => holds(() => expect(condition()).toBe(true))

describe('a connection', () => {
  test('carries signals in the order in which they were sent', async () => {
    const { a, k } = link()
    for (let i = 0; i < 10_000; i++) a.connection.signal(message(alex, kate, i))
    await until(() => k.signals.length === 10_000)
    expect(k.signals.map((signal) => signal.type === 'message' && signal.message)).toEqual([
      ...new Array(10_000).keys(),
    ])
    expect(a.connection.stats.signalsOut).toBe(10_000)
    expect(k.connection.stats).toMatchObject({ signalsIn: 10_000, bytesIn: a.connection.stats.bytesOut })
  })

  test('has the name of the peer, and whether one of the two nodes is hidden', () => {
    const { a } = link()
    expect(a.connection.peer).toEqual({ ...kateNode, flags: LOCAL_FLAGS, hidden: false, published: true })
    expect(alone({ flags: LOCAL_FLAGS & ~DFLAG_PUBLISHED }).k.connection.peer.hidden).toBe(true)
  })

  test('writes the signals of one turn, microtasks included, in one write', async () => {
    const { k, heard } = alone()
    k.connection.signal(message(kate, alex, 1))
    await Promise.resolve()
    k.connection.signal(message(kate, alex, 2))
    await until(() => heard.length > 0)
    expect(heard).toHaveLength(1)
  })

  test('sends a message as it was when it was sent', async () => {
    const { a, k } = link()
    const said = [1]
    a.connection.signal(message(alex, kate, said))
    said.push(2)
    await until(() => k.signals.length === 1)
    expect(k.signals[0]).toMatchObject({ message: [1] })
  })

  test('sends a message that is far larger than the buffer, in order with other messages', async () => {
    const { a, k } = link()
    const large = new Uint8Array(5_000_000).fill(200)
    a.connection.signal(message(alex, kate, 1))
    a.connection.signal(message(alex, kate, large))
    a.connection.signal(message(alex, kate, 2))
    await until(() => k.signals.length === 3)
    const said = k.signals.map((signal) => signal.type === 'message' && signal.message)
    expect([said[0], said[2]]).toEqual([1, 2])
    expect(Buffer.compare(said[1] as Uint8Array, large)).toBe(0)
  })

  test('delivers a Uint8Array as a Uint8Array when the peer is known to be a Moebi node', async () => {
    const { a, k } = link()
    a.connection.signal(message(alex, kate, Buffer.from('text')))
    a.connection.moebi = true
    a.connection.signal(message(alex, kate, Buffer.from('text')))
    await until(() => k.signals.length === 2)
    expect(k.signals[0]).toMatchObject({ message: 'text' })
    expect(k.signals[1]).toMatchObject({ message: new Uint8Array(Buffer.from('text')) })
  })

  test('delivers nothing before the turn after its creation, and then first the bytes that came with the handshake', async () => {
    const { k, wire } = alone({ rest: golden('link').subarray(0, 50) })
    wire.write(golden('link').subarray(50))
    wire.write(golden('regSend'))
    await Promise.resolve()
    expect(k.signals).toEqual([])
    await until(() => k.signals.length === 2)
    expect(k.signals.map((signal) => signal.type)).toEqual(['link', 'message'])
  })

  test('throws in the sender for a message that is not a term, and stays up', async () => {
    const { a, k } = link()
    a.connection.signal(message(alex, kate, 1))
    expect(() => a.connection.signal(message(alex, kate, new Date(0) as never))).toThrow(EncodeError)
    a.connection.signal(message(alex, kate, 2))
    await until(() => k.signals.length === 2)
    expect(k.downs).toEqual([])
  })

  describe('sends an exit and stays up when the reason', () => {
    const ref = new Reference(kateNode.name, kateNode.creation, [1, 2, 3])
    const told = async (reason: unknown, overrides: Overrides = {}): Promise<unknown[]> => {
      const { a, k } = link(overrides)
      const why = reason as Term
      a.connection.signal({ type: 'exit', from: alex, to: kate, reason: why })
      a.connection.signal({ type: 'down', from: alex, to: kate, ref, reason: why })
      a.connection.signal({
        type: 'down',
        from: { name: atom('alex'), node: alexNode.name },
        to: kate,
        ref,
        reason: why,
      })
      a.connection.signal(message(alex, kate, 'next'))
      await until(() => k.signals.length === 4)
      expect(k.signals[3]).toMatchObject({ message: 'next' })
      return k.signals.slice(0, 3).map((signal) => (signal as { reason: Term }).reason)
    }
    const thrice = (reason: unknown): unknown[] => [reason, reason, reason]
    class Thing {
      readonly size = 1
    }
    const cycle: Record<string, unknown> = {}
    cycle.self = [cycle]

    test.each<[what: string, reason: unknown, arrives: unknown]>([
      [
        'a date',
        tuple(atom('shutdown'), new Date(0) as never),
        tuple(atom('shutdown'), '1970-01-01T00:00:00.000Z'),
      ],
      ['a function', { on: [function ring() {}] }, { on: [expect.stringMatching(/ring/)] }],
      ['an instance of a class', new Thing(), expect.stringMatching(/Thing.*size.*1/s)],
    ])('of which %s is part, which arrives as text', async (_, reason, arrives) => {
      for (const flags of [LOCAL_FLAGS, LOCAL_FLAGS & ~DFLAG_EXIT_PAYLOAD])
        expect(await told(reason, { flags })).toEqual(thrice(arrives))
    })

    test.each<[what: string, reason: unknown, sentence: RegExp]>([
      ['contains itself', cycle, /^cannot send reason.*it contains itself/],
      [
        'has a number in it that is none',
        [Number.NaN],
        /^cannot send reason\[0\]: NaN is not a number of the BEAM/,
      ],
      [
        'throws when it is read',
        {
          get when(): never {
            throw new Error('not now')
          },
        },
        /^not now$/,
      ],
    ])('whose reason %s, and says so', async (_, reason, sentence) => {
      expect(await told(reason)).toEqual(thrice(tuple(atom('encode_error'), expect.stringMatching(sentence))))
    })

    test('is longer than a frame may be: the receiver gets an encode_error', async () => {
      expect(await told('x'.repeat(1_000), { maxFrame: 500 })).toEqual(
        thrice(tuple(atom('encode_error'), expect.stringMatching(/^a signal of \d+ bytes cannot be sent/))),
      )
    })

    test('but an exit2 with a reason that is not a term throws in the sender', () => {
      const { a } = link()
      expect(() =>
        a.connection.signal({ type: 'exit2', from: alex, to: kate, reason: new Date(0) as never }),
      ).toThrow(EncodeError)
    })
  })

  test('answers a signal that the peer does not support, in a later turn', async () => {
    const { k } = alone({ flags: LOCAL_FLAGS & ~DFLAG_SPAWN })
    const ref = new Reference(kateNode.name, kateNode.creation, [1, 2, 3])
    const spawn = { from: kate, node: alexNode.name, leader: kate, module: atom('m'), function: atom('f') }
    k.connection.signal({ type: 'spawnRequest', ref, args: [], options: [], ...spawn })
    expect(k.signals).toEqual([])
    await until(() => k.signals.length === 1)
    expect(k.signals[0]).toMatchObject({ type: 'spawnReply', result: atom('notsup'), node: alexNode.name })
  })
})

test('an error in the receiver of a signal is thrown, and later signals are still delivered', async () => {
  const taken: Signal[] = []
  const { wire } = alone({
    onSignal: (signal) => {
      taken.push(signal)
      if (taken.length === 1) throw new Error('a bug of the receiver')
    },
  })
  const others = process.rawListeners('uncaughtException') as ((error: Error) => void)[]
  process.removeAllListeners('uncaughtException')
  const surfaced = new Promise<Error>((resolve) => process.once('uncaughtException', resolve))
  wire.write(Buffer.concat([golden('link'), golden('sendSender')]))
  expect((await surfaced).message).toBe('a bug of the receiver')
  for (const other of others) process.on('uncaughtException', other)
  expect(taken.map((signal) => signal.type)).toEqual(['link', 'message'])
})

describe('a connection goes down', () => {
  test('when it is closed, after the sent signals have left', async () => {
    const { a, k } = link()
    a.connection.signal(message(alex, kate, 'last'))
    void a.connection.close('disconnected')
    expect(a.downs).toEqual(['disconnected'])
    await until(() => k.downs.length === 1)
    expect(k.signals).toMatchObject([{ message: 'last' }])
    expect(k.downs).toEqual(['connection closed'])
    a.connection.signal(message(alex, kate, 'too late'))
    void a.connection.close('again')
    expect(a.downs).toEqual(['disconnected'])
  })

  test('when its socket breaks, with the reason', async () => {
    const { k } = alone()
    k.socket.destroy(new Error('read ECONNRESET'))
    await until(() => k.downs.length === 1)
    expect(k.downs).toEqual(['connection lost: read ECONNRESET'])
  })

  const poison: [string, Uint8Array, RegExp][] = [
    [
      'an unknown message',
      framed(Buffer.from('7083680161ff', 'hex')),
      /^invalid distribution message: \{.*this control message is unknown/,
    ],
    [
      'a broken term',
      framed(Buffer.from('708368ff61', 'hex')),
      /^invalid distribution message: cannot decode the term/,
    ],
    [
      'a distribution header with half of its cached atoms',
      framed(Uint8Array.of(131, 68, 2)),
      /^invalid distribution message: cannot decode the term at byte 3: the distribution header is cut off, expected 2 more bytes/,
    ],
    [
      'a frame that is too long',
      Uint8Array.of(255, 255, 255, 255),
      /^a frame of 4294967295 bytes was announced/,
    ],
  ]
  test.each(poison)(
    'on %s, with a message that names it, after the earlier signals were delivered',
    async (_, bytes, reason) => {
      const { k, wire } = alone()
      wire.write(Buffer.concat([golden('sendSender'), bytes, golden('sendSender')]))
      await until(() => k.downs.length === 1)
      expect(k.downs[0]).toMatch(reason)
      expect(k.signals).toHaveLength(1)
      expect(k.socket.destroyed).toBe(true)
    },
  )

  test('on random bytes, or waits for more; nothing else happens', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 5 }), async (bodies) => {
        const { k, wire } = alone()
        for (const body of bodies) wire.write(framed(body))
        wire.end()
        await until(() => k.downs.length === 1)
        expect(k.downs[0]).toMatch(/^(invalid distribution message: |connection closed$)/s)
        for (const { socket } of open.splice(0)) socket.destroy()
      }),
      { numRuns: runs(60) },
    )
  })

  test('when too many bytes wait for a peer that does not read, but not inside the call that sends', async () => {
    const [left, right] = duplexPair()
    open.push({ socket: left } as End)
    const k = end(right, kateNode, alexNode, { maxBuffered: 1_000_000 })
    const large = 'x'.repeat(100_000)
    for (let i = 0; i < 50; i++) {
      k.connection.signal(message(kate, alex, large))
      expect(k.downs).toEqual([])
    }
    expect(k.connection.buffered).toBeLessThan(1_300_000)
    await until(() => k.downs.length === 1)
    expect(k.downs[0]).toMatch(/^\d+ bytes wait for a node that does not read them/)
  })

  test('but not while a slow peer reads: all signals arrive', async () => {
    const { a, k } = link()
    const large = 'x'.repeat(100_000)
    for (let i = 0; i < 100; i++) a.connection.signal(message(alex, kate, large))
    expect(a.connection.buffered).toBeGreaterThan(5_000_000)
    await until(() => k.signals.length === 100)
    expect(a.connection.buffered).toBe(0)
  })

  test('from within a signal handler, and delivers no more signals', async () => {
    const { k, wire } = alone({ onSignal: (_, connection) => connection.close('enough') })
    wire.write(Buffer.concat([golden('sendSender'), golden('sendSender')]))
    await until(() => k.downs.length === 1)
    expect(k.connection.stats.signalsIn).toBe(1)
  })
})

describe('ticks', () => {
  test('are sent in every quarter of the tick time in which nothing else was sent', async () => {
    const clock = new SimulatedClock()
    const { k, wire, heard } = alone({ clock, tickTime: 60_000 })
    wire.write(new Uint8Array(4))
    await clock.advance(15_000)
    expect(heard).toEqual([Buffer.alloc(4)])
    k.connection.signal(message(kate, alex, 1))
    await clock.advance(15_000)
    expect(Buffer.concat(heard).length).toBe(4 + k.connection.stats.bytesOut - 4)
    await clock.advance(15_000)
    expect(heard.at(-1)).toEqual(Buffer.alloc(4))
    expect(heard).toHaveLength(3)
  })

  test('keep an idle connection up', async () => {
    const clock = new SimulatedClock()
    const { a, k } = link({ clock, tickTime: 8000 }, { clock, tickTime: 8000 })
    await clock.advance(10 * 60_000)
    expect([...a.downs, ...k.downs]).toEqual([])
    expect(k.signals).toEqual([])
  })

  test('that are missing end the connection, 60 to 75 s after the last byte', async () => {
    const clock = new SimulatedClock()
    const { k, wire } = alone({ clock })
    await clock.advance(20_000)
    wire.write(Uint8Array.of(0))
    await clock.advance(1)
    await clock.advance(60_000)
    expect(k.downs).toEqual([])
    await clock.advance(15_000)
    expect(k.downs).toEqual(['net tick timeout'])
    expect(clock.pending).toBe(0)
  })

  test('are not needed while bytes arrive, also in the middle of a long frame', async () => {
    const clock = new SimulatedClock()
    const { k, wire } = alone({ clock })
    wire.write(golden('link').subarray(0, 10))
    for (let i = 10; i < 30; i++) {
      await clock.advance(50_000)
      wire.write(golden('link').subarray(i, i + 1))
    }
    expect(k.downs).toEqual([])
  })

  test('do not accumulate for a peer that does not read', async () => {
    const clock = new SimulatedClock()
    const [left, right] = duplexPair()
    open.push({ socket: left } as End)
    const k = end(right, kateNode, alexNode, { clock })
    k.connection.signal(message(kate, alex, 'x'.repeat(200_000)))
    await clock.advance(15_000)
    const { bytesOut } = k.connection.stats
    await clock.advance(30_000)
    expect(k.connection.stats.bytesOut).toBe(bytesOut)
  })

  test('stop with the connection', () => {
    const clock = new SimulatedClock()
    const { k } = alone({ clock })
    k.socket.emit('end')
    expect(k.downs).toEqual(['connection closed'])
    expect(clock.pending).toBe(0)
  })
})
