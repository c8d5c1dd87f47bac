import { Duplex, duplexPair } from 'node:stream'
import { afterEach, describe, expect, test } from 'vitest'
import { SimulatedClock } from '../../../src/clock/index.ts'
import { Handshake, type HandshakeStatus } from '../../../src/distribution/index.ts'
import { Node } from '../../../src/index.ts'
import { Cookies, type Dialer, PeerTable } from '../../../src/node/peers/index.ts'
import { type Kernel, LocalKernel, type Report, reports } from '../../../src/process/index.ts'
import { type Atom, atom, noconnection, tuple } from '../../../src/term/index.ts'

// connect(), and everything that waits for the connection, has ended when connectTimeout is over, in every case.

const TIMEOUT = 7_000
const kate = atom('kate@h') as Atom

interface TestNode {
  readonly clock: SimulatedClock
  readonly kernel: Kernel
  readonly peers: PeerTable
  readonly log: string[]
  /** Calls connect(). `result` is undefined until it has ended. */
  connect(): { result: boolean | undefined; at: number | undefined }
}

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

function nodeWith(dial: Dialer, name = 'alex@h'): TestNode {
  const clock = new SimulatedClock()
  const kernel = new LocalKernel({ name: atom(name) as Atom, creation: 5, clock })
  const options = { hidden: false, tickTime: 60_000, connectTimeout: TIMEOUT }
  const peers = new PeerTable({ ...options, kernel, cookies: new Cookies('secret'), dial })
  kernel.router = peers
  const log: string[] = []
  const onReport = (report: unknown): void => {
    const { kernel: of, text } = report as Report
    if (of === kernel) log.push(typeof text === 'function' ? (text as () => string)() : text)
  }
  reports.subscribe(onReport)
  ends.push(() => {
    reports.unsubscribe(onReport)
    return Promise.all([peers.stop(), clock.advance(10_000)])
  })
  const connect: TestNode['connect'] = () => {
    const call: ReturnType<TestNode['connect']> = { result: undefined, at: undefined }
    void peers.connect(kate).then((result) => Object.assign(call, { result, at: clock.now() }))
    return call
  }
  return { clock, kernel, peers, log, connect }
}

/** A stream on which nothing ever arrives. */
const silence = (): Duplex => new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })

/** A stream to a node that answers the name of the caller with this status, and says nothing more. */
function answering(status: HandshakeStatus): Duplex {
  const [near, far] = duplexPair()
  const handshake = Handshake.accept({
    local: { name: kate.name, creation: 9 },
    address: 'here',
    cookieFor: () => 'secret',
    statusFor: () => status,
  })
  far.on('error', () => {})
  far.once('data', (chunk: Buffer) => {
    try {
      handshake.feed(chunk)
    } catch {
      // After nok the handshake is over.
    }
    far.write(handshake.takeOutput())
    far.resume()
  })
  return near
}

/** Sends the name kate@h on an incoming connection, and nothing more. */
function claimKate({ peers, kernel }: TestNode): void {
  const [near, far] = duplexPair()
  const local = { name: kate.name, creation: 9 }
  const handshake = Handshake.initiate({
    local,
    peer: kernel.name.name,
    address: 'here',
    cookieFor: () => 'none',
  })
  far.on('error', () => {}).resume()
  far.write(handshake.takeOutput())
  void peers.accept(near)
}

/** The call has not ended one ms before the timeout, and has failed at the timeout. */
async function expectFailureAtTimeout(node: TestNode, elapsed = 0): Promise<void> {
  const call = node.connect()
  await node.clock.advance(TIMEOUT - elapsed - 1)
  expect(call.result).toBeUndefined()
  await node.clock.advance(1)
  expect(call).toEqual({ result: false, at: TIMEOUT })
}

describe('connect() is false when connectTimeout is over', () => {
  test('where the dialer never answers, as with a resolver that hangs', async () => {
    const alex = nodeWith(() => new Promise(() => {}))
    await expectFailureAtTimeout(alex)
    expect(alex.log).toEqual(['could not connect to kate@h: no connection within 7000 ms'])
  })

  test('where the dialer gives up when its signal aborts, with the sentence of the dialer', async () => {
    const alex = nodeWith(
      (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () =>
            reject(new Error(`epmd is silent: ${signal.reason.message}`)),
          )
        }),
    )
    await expectFailureAtTimeout(alex)
    expect(alex.log).toEqual(['could not connect to kate@h: epmd is silent: no connection within 7000 ms'])
  })

  test('where the socket is open and silent', async () => {
    const socket = silence()
    const alex = nodeWith(async () => socket)
    await expectFailureAtTimeout(alex)
    expect(alex.log[0]).toMatch(/connection to node kate@h .* failed: its status did not come within 7000 ms/)
    expect(socket.destroyed).toBe(true)
  })

  test('where the address takes 5 seconds and the socket is silent then', async () => {
    const alex = nodeWith(
      () => new Promise((resolve) => void alex.clock.schedule(5_000, () => resolve(silence()))),
    )
    await expectFailureAtTimeout(alex)
  })

  test('where a socket is opened after the time is over: the socket is destroyed', async () => {
    const socket = silence()
    const alex = nodeWith(
      () => new Promise((resolve) => void alex.clock.schedule(TIMEOUT + 1, () => resolve(socket))),
    )
    await expectFailureAtTimeout(alex)
    await alex.clock.advance(1)
    expect(socket.destroyed).toBe(true)
  })

  test('where the peer stops in the middle of the handshake', async () => {
    const alex = nodeWith(async () => answering('ok'))
    await expectFailureAtTimeout(alex)
    expect(alex.log[0]).toMatch(/its challenge ack did not come within 7000 ms/)
  })

  test('where the peer answers nok and never connects', async () => {
    let attempts = 0
    const alex = nodeWith(async () => {
      attempts++
      return answering('nok')
    })
    await expectFailureAtTimeout(alex)
    expect(attempts).toBe(2)
    expect(alex.log).toEqual([
      'could not connect to kate@h: its own attempt to connect to this node did not succeed within 7000 ms. Can it reach this node?',
    ])
  })

  test('where the peer answers nok, and is silent when it is called again', async () => {
    const streams = [answering('nok'), silence()]
    const alex = nodeWith(async () => streams.shift()!)
    await expectFailureAtTimeout(alex)
    expect(streams).toEqual([])
  })

  test('where incoming handshakes under the name of the peer fail', async () => {
    const alex = nodeWith(() => new Promise(() => {}))
    claimKate(alex)
    await alex.clock.advance(0)
    const call = alex.connect()
    for (let second = 0; second < 7; second++) {
      expect(call.result).toBeUndefined()
      claimKate(alex)
      await alex.clock.advance(1_000)
    }
    expect(call).toEqual({ result: false, at: TIMEOUT })
  })

  test('for a second caller too, which calls while the first one waits', async () => {
    const alex = nodeWith(async () => silence())
    const first = alex.connect()
    await alex.clock.advance(3_000)
    await expectFailureAtTimeout(alex, 3_000)
    expect(first).toEqual({ result: false, at: TIMEOUT })
  })
})

test('everything that waits for the connection has failed when connectTimeout is over', async () => {
  const alex = nodeWith(async () => answering('nok'))
  const watcher = alex.kernel.create()
  const received: unknown[] = []
  watcher.handle((message) => void received.push(message))
  const server = { name: atom('server') as Atom, node: kate }
  const ref = watcher.monitors.monitor(server)
  await alex.clock.advance(TIMEOUT - 1)
  expect(received).toEqual([])
  await alex.clock.advance(1)
  expect(received).toEqual([
    tuple(atom('DOWN'), ref, atom('process'), tuple(server.name, kate), noconnection),
  ])
})

test('after a failure the next connect() has the whole time', async () => {
  const alex = nodeWith(() => new Promise(() => {}))
  await expectFailureAtTimeout(alex)
  const call = alex.connect()
  await alex.clock.advance(TIMEOUT - 1)
  expect(call.result).toBeUndefined()
  await alex.clock.advance(1)
  expect(call.result).toBe(false)
})

test('nothing is left scheduled when connect() has ended', async () => {
  const alex = nodeWith(() => new Promise(() => {}))
  await expectFailureAtTimeout(alex)
  expect(alex.clock.pending).toBe(0)
})

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, '7000', null])(
  'Node.start refuses connectTimeout: %s',
  async (connectTimeout) => {
    const options = { name: 'alex@localhost', cookie: 'c', connectTimeout: connectTimeout as number }
    await expect(Node.start(options)).rejects.toThrow(
      /^Node\.start: connectTimeout is .*, expected milliseconds: a number greater than 0 and at most 2147483647/,
    )
  },
)
