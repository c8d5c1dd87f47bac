import { duplexPair } from 'node:stream'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { SimulatedClock } from '../../src/clock/index.ts'
import { FRAGMENT_SIZE, fragmentHeader } from '../../src/distribution/fragment.ts'
import { FragmentAssembler } from '../../src/distribution/fragment-assembler.ts'
import { FragmentQueue } from '../../src/distribution/fragment-queue.ts'
import {
  Connection,
  type ConnectionSocket,
  DFLAG_DIST_HDR_ATOM_CACHE,
  DFLAG_FRAGMENTS,
  LOCAL_FLAGS,
  ProtocolError,
} from '../../src/distribution/index.ts'
import type { Signal } from '../../src/process/index.ts'
import { Atom, atom, internPid, type Pid, Reference, type Term } from '../../src/term/index.ts'
import { holds } from '../support/eventually.ts'
import { runs } from '../support/runs.ts'

const alexNode = { name: Atom.intern('alex@localhost'), creation: 1795333279 }
const kateNode = { name: Atom.intern('kate@localhost'), creation: 1795332906 }
const alex = internPid(alexNode.name, 114, 0, alexNode.creation)
const bert = internPid(alexNode.name, 115, 0, alexNode.creation)
const kate = internPid(kateNode.name, 129, 0, kateNode.creation)

const NO_ATOMS = Uint8Array.of(0)

/** A fragment without the length of its frame. */
function fragment(isFirst: boolean, sequence: number, left: number, part: Uint8Array): Buffer {
  const references = isFirst ? NO_ATOMS : undefined
  return Buffer.concat([fragmentHeader(sequence, left, part.length, references).subarray(4), part])
}

/** The fragments of a message, with parts of this size. */
function fragments(sequence: number, message: Uint8Array, size: number): Buffer[] {
  const count = Math.ceil(message.length / size)
  return Array.from({ length: count }, (_, at) =>
    fragment(at === 0, sequence, count - at, message.subarray(at * size, (at + 1) * size)),
  )
}

function bytesOf(size: number, first: number): Uint8Array {
  const bytes = new Uint8Array(size)
  for (let at = 0; at < size; at++) bytes[at] = (at + first) % 251
  return bytes
}

describe('an assembler', () => {
  const add = (assembler: FragmentAssembler, bytes: Uint8Array): Uint8Array | undefined =>
    assembler.add(Buffer.from(bytes), 0, bytes.length)

  test('joins messages whose fragments come between each other', () => {
    const message = fc.record({
      size: fc.integer({ min: 1, max: 1_000 }),
      part: fc.integer({ min: 1, max: 100 }),
    })
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 6 }),
        fc.infiniteStream(fc.nat()),
        (messages, choices) => {
          const assembler = new FragmentAssembler()
          const waiting = messages.map(({ size, part }, sequence) =>
            fragments(sequence, bytesOf(size, sequence), part),
          )
          const joined: Uint8Array[] = []
          for (const choice of choices) {
            const left = waiting.filter((parts) => parts.length > 0)
            if (left.length === 0) break
            const parts = left[choice % left.length]!
            const whole = add(assembler, parts.shift()!)
            expect(whole !== undefined).toBe(parts.length === 0)
            if (whole) joined[waiting.indexOf(parts)] = whole
          }
          expect(joined).toEqual(messages.map(({ size }, sequence) => bytesOf(size, sequence)))
        },
      ),
      { numRuns: runs(100) },
    )
  })

  test('reads a message whose later fragments are longer than the first', () => {
    const assembler = new FragmentAssembler()
    const message = bytesOf(1_000_001, 0)
    add(assembler, fragment(true, 1, 3, message.subarray(0, 1)))
    add(assembler, fragment(false, 1, 2, message.subarray(1, 1_000_000)))
    expect(Buffer.compare(add(assembler, fragment(false, 1, 1, message.subarray(1_000_000)))!, message)).toBe(
      0,
    )
  })

  const begun = (): FragmentAssembler => {
    const assembler = new FragmentAssembler(1_000)
    add(assembler, fragment(true, 1, 3, bytesOf(10, 0)))
    return assembler
  }
  const atoms = fragment(true, 2, 2, bytesOf(5, 0))
  atoms[18] = 1
  test.each<[string, Uint8Array, string]>([
    [
      'with half a header',
      fragment(true, 2, 2, bytesOf(5, 0)).subarray(0, 18),
      'a fragment of 18 bytes has no whole header',
    ],
    ['that refers to cached atoms', atoms, 'refers to 1 cached atoms'],
    ['number 0', fragment(true, 2, 0, bytesOf(5, 0)), 'the number of the first fragment is 0'],
    [
      'that begins a message again',
      fragment(true, 1, 3, bytesOf(5, 0)),
      'the sequence id 1, which another one still uses',
    ],
    ['of no message', fragment(false, 2, 1, bytesOf(5, 0)), 'the sequence id 2, which no message has begun'],
    [
      'out of order',
      fragment(false, 1, 1, bytesOf(5, 0)),
      'the fragment 1 of the sequence id 1 came, expected 2',
    ],
    [
      'of a message that would be too long',
      fragment(true, 2, 500, bytesOf(10, 0)),
      '500 fragments of 10 bytes of incomplete messages, more than 1000 (limit maxIncomplete)',
    ],
    [
      'of a message of endless fragments',
      fragment(true, 2, 2 ** 60, bytesOf(0, 0)),
      'of incomplete messages, more than 1000 (limit maxIncomplete)',
    ],
    [
      'that makes it too long',
      fragment(false, 1, 2, bytesOf(995, 0)),
      '1005 bytes of incomplete messages, more than 1000 (limit maxIncomplete)',
    ],
  ])('refuses a fragment %s', (_, bytes, sentence) => {
    const assembler = begun()
    expect(() => add(assembler, bytes)).toThrow(ProtocolError)
    expect(() => add(begun(), bytes)).toThrow(sentence)
  })

  test('refuses more than 65,536 messages at the same time', () => {
    const assembler = new FragmentAssembler()
    for (let sequence = 0; sequence < 2 ** 16; sequence++)
      add(assembler, fragment(true, sequence, 2, bytesOf(1, 0)))
    expect(() => add(assembler, fragment(true, 2 ** 16, 2, bytesOf(1, 0)))).toThrow(
      'more than 65536 messages arrive in fragments at the same time (limit maxOpenMessages)',
    )
  })
})

describe('a queue of fragments', () => {
  test('gives all frames of a sender in order, a fragment of each sender in turn', () => {
    const queue = new FragmentQueue()
    const written: Uint8Array[] = []
    queue.add(alex, bytesOf(FRAGMENT_SIZE * 2 + 93, 0), NO_ATOMS)
    queue.add(bert, bytesOf(FRAGMENT_SIZE + 93, 0), NO_ATOMS)
    queue.add(alex, bytesOf(50, 0))
    expect([queue.holdsBack(alex), queue.holdsBack(kate), queue.holdsBack(undefined)]).toEqual([
      true,
      false,
      false,
    ])
    while (queue.bytes > 0) queue.take(1, (bytes) => written.push(bytes))
    const kinds = written.map((bytes) =>
      bytes.length < 30 ? `${bytes[5] === 69 ? 'first' : 'next'} ${bytes[13]} ${bytes[21]}` : bytes.length,
    )
    expect(kinds).toEqual([
      ...['first 1 3', FRAGMENT_SIZE, 'first 2 2', FRAGMENT_SIZE, 'next 1 2', FRAGMENT_SIZE],
      ...['next 2 1', 93, 'next 1 1', 93, 50],
    ])
    expect(queue.holdsBack(alex)).toBe(false)
  })
})

describe('a connection', () => {
  interface End {
    readonly connection: Connection
    readonly signals: Signal[]
    readonly downs: string[]
  }
  const sockets: ConnectionSocket[] = []
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy()
  })

  function end(
    socket: ConnectionSocket,
    local: typeof alexNode,
    peer: typeof alexNode,
    flags: bigint,
    options = {},
  ): End {
    const signals: Signal[] = []
    const downs: string[] = []
    sockets.push(socket)
    const card = { name: peer.name.name, creation: peer.creation, flags, published: true }
    const connection = new Connection(socket, card, new Uint8Array(0), {
      local,
      clock: new SimulatedClock(),
      onSignal: (signal) => signals.push(signal),
      onDown: (reason) => downs.push(reason),
      ...options,
    })
    return { connection, signals, downs }
  }

  function link(flags: bigint = LOCAL_FLAGS, options = {}): { a: End; k: End } {
    const [left, right] = duplexPair()
    const [a, k] = [end(left, alexNode, kateNode, flags), end(right, kateNode, alexNode, flags, options)]
    a.connection.moebi = k.connection.moebi = true
    return { a, k }
  }

  const message = (from: Pid, said: Term): Signal => ({ type: 'message', from, to: kate, message: said })
  const until = (condition: () => boolean): Promise<void> => holds(() => expect(condition()).toBe(true))
  const saidTo = ({ signals }: End): unknown[] =>
    signals.map((signal) => {
      if (signal.type !== 'message') return signal.type
      return signal.message instanceof Uint8Array ? signal.message.length : signal.message
    })

  test('lets small signals of other senders pass a large message, and none of its own sender', async () => {
    const { a, k } = link()
    const ref = new Reference(kateNode.name, kateNode.creation, [1, 2, 3])
    const large = bytesOf(3_000_000, 0)
    a.connection.signal(message(alex, 'before'))
    a.connection.signal(message(alex, large))
    a.connection.signal(message(alex, 'after'))
    const gone = { name: atom('alex'), node: alexNode.name, pid: alex }
    a.connection.signal({ type: 'down', from: gone, to: kate, ref, reason: atom('normal') })
    a.connection.signal({ type: 'exit', from: alex, to: kate, reason: atom('normal') })
    a.connection.signal(message(bert, 'small'))
    await until(() => k.signals.length === 6)
    expect(saidTo(k)).toEqual(['before', 'small', 3_000_000, 'after', 'down', 'exit'])
    expect(Buffer.compare((k.signals[2] as unknown as { message: Uint8Array }).message, large)).toBe(0)
    expect(a.connection.buffered).toBe(0)
  })

  test('sends a message of up to 1 MiB before all that follows, also of other senders', async () => {
    const { a, k } = link()
    a.connection.signal(message(alex, bytesOf(1_000_000, 0)))
    a.connection.signal(message(bert, 'because of it'))
    await until(() => k.signals.length === 2)
    expect(saidTo(k)).toEqual([1_000_000, 'because of it'])
  })

  test('sends what waits before it closes', async () => {
    const { a, k } = link()
    a.connection.signal(message(alex, bytesOf(2_000_000, 0)))
    a.connection.signal(message(alex, 'last'))
    void a.connection.close('disconnected')
    await until(() => k.downs.length === 1)
    expect(saidTo(k)).toEqual([2_000_000, 'last'])
  })

  test('keeps the signals of each sender in order, in any mix of sizes', async () => {
    const senders = Array.from({ length: 4 }, (_, id) =>
      internPid(alexNode.name, 200 + id, 0, alexNode.creation),
    )
    const sizes = fc.oneof(fc.constant(10), fc.integer({ min: 60_000, max: 70_000 }), fc.constant(1_200_000))
    const plan = fc.array(fc.record({ sender: fc.nat(3), size: sizes, pause: fc.boolean() }), {
      maxLength: 30,
    })
    await fc.assert(
      fc.asyncProperty(plan, fc.boolean(), async (steps, hasFragments) => {
        const { a, k } = link(hasFragments ? LOCAL_FLAGS : LOCAL_FLAGS & ~DFLAG_FRAGMENTS)
        for (const [index, { sender, size, pause }] of steps.entries()) {
          a.connection.signal(message(senders[sender]!, [index, new Uint8Array(size)]))
          if (pause) await new Promise(setImmediate)
        }
        await until(() => k.signals.length === steps.length)
        for (const [which, sender] of senders.entries()) {
          const sent = steps.flatMap(({ sender, size }, index) => (sender === which ? [[index, size]] : []))
          const got = k.signals.flatMap((signal) => {
            if (signal.type !== 'message' || signal.from !== sender) return []
            const [index, bytes] = signal.message as [number, Uint8Array]
            return [[index, bytes.length]]
          })
          expect(got).toEqual(sent)
        }
        for (const socket of sockets.splice(0)) socket.destroy()
      }),
      { numRuns: runs(15) },
    )
  })

  test('delivers the atoms that were sent, in messages of any size that pass each other', async () => {
    const senders = [alex, bert]
    const plan = fc.array(
      fc.record({
        sender: fc.nat(1),
        first: fc.nat(4_000),
        count: fc.oneof(fc.nat(8), fc.nat(300)),
        size: fc.oneof({ weight: 4, arbitrary: fc.constant(10) }, fc.constant(1_200_000)),
        pause: fc.boolean(),
      }),
      { maxLength: 30 },
    )
    // More atoms than a cache has entries.
    const atoms = Array.from({ length: 4_300 }, (_, n) => atom(`${'long '.repeat(n % 50)}${n}`))
    await fc.assert(
      fc.asyncProperty(plan, fc.boolean(), async (steps, hasCache) => {
        const { a, k } = link(hasCache ? LOCAL_FLAGS : LOCAL_FLAGS & ~DFLAG_DIST_HDR_ATOM_CACHE)
        const sent = steps.map(({ sender, first, count, size }, index) => ({
          from: senders[sender]!,
          said: [
            index,
            new Uint8Array(size),
            ...atoms.slice(first, first + count),
            { [`key${first}`]: true },
          ],
        }))
        for (const [index, { from, said }] of sent.entries()) {
          a.connection.signal(message(from, said))
          if (steps[index]!.pause) await new Promise(setImmediate)
        }
        await until(() => k.signals.length === steps.length)
        for (const signal of k.signals) {
          const { from, message: got } = signal as unknown as { from: Pid; message: Term[] }
          const { said, ...rest } = sent[got[0] as number]!
          expect(rest.from).toBe(from)
          expect(got.slice(2)).toEqual(said.slice(2))
        }
        expect(k.downs).toEqual([])
        for (const socket of sockets.splice(0)) socket.destroy()
      }),
      { numRuns: runs(30) },
    )
  })

  test('sends an atom by its name once, and later by two bytes', async () => {
    const { a, k } = link()
    const sizes: number[] = []
    for (const name of ['a long name of an atom', 'a long name of an atom', 'x', '', 'n'.repeat(255)]) {
      const before = k.connection.stats.bytesIn
      a.connection.signal(message(alex, atom(name)))
      await until(() => k.connection.stats.signalsIn === sizes.length + 1)
      sizes.push(k.connection.stats.bytesIn - before)
    }
    const [first, second, short, none, long] = sizes as [number, number, number, number, number]
    expect(first - second).toBeGreaterThan(22)
    expect([second - none, short - none]).toEqual([1, 1])
    expect(long - none).toBe(255)
    expect(saidTo(k)).toHaveLength(5)
  })

  test('writes nothing of a message that is not a term into the cache', async () => {
    const { a, k } = link()
    expect(() =>
      a.connection.signal(message(alex, [atom('only here'), new Date(0)] as unknown as Term)),
    ).toThrow('message')
    a.connection.signal(message(alex, atom('only here')))
    await until(() => k.signals.length === 1)
    expect(saidTo(k)).toEqual([atom('only here')])
  })

  test('delivers a large binary without a copy, and a smaller one as a copy', async () => {
    const { a, k } = link()
    a.connection.signal(message(alex, [bytesOf(2_000_000, 0), bytesOf(1_000, 1)]))
    await until(() => k.signals.length === 1)
    const [large, small] = (k.signals[0] as unknown as { message: [Uint8Array, Uint8Array] }).message
    expect(Buffer.compare(large, bytesOf(2_000_000, 0))).toBe(0)
    expect(small).toEqual(bytesOf(1_000, 1))
    expect(large.buffer.byteLength).toBeGreaterThan(2_001_000)
    expect(small.buffer.byteLength).toBe(1_000)
  })

  test('goes down when fragments never end, with the limit', async () => {
    const { a, k } = link(LOCAL_FLAGS, { limits: { maxIncomplete: 100_000 } })
    a.connection.signal(message(alex, bytesOf(2_000_000, 0)))
    await until(() => k.downs.length === 1)
    expect(k.downs[0]).toMatch(
      /^31 fragments of 65536 bytes of incomplete messages, more than 100000 \(limit maxIncomplete\)$/,
    )
  })
})
