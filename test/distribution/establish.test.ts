import { connect, type Socket } from 'node:net'
import { duplexPair } from 'node:stream'
import { afterEach, describe, expect, test } from 'vitest'
import { SimulatedClock } from '../../src/clock/index.ts'
import {
  type AcceptOptions,
  accept,
  type Connection,
  type ConnectionSocket,
  dial,
  type HandshakeError,
  type HandshakeStatus,
  type InitiateOptions,
  initiate,
  type Listener,
  listen,
  PendingHandshakes,
  simultaneousStatus,
} from '../../src/distribution/index.ts'
import type { Signal } from '../../src/process/index.ts'
import { Atom, internPid, type Term } from '../../src/term/index.ts'
import { holds } from '../support/eventually.ts'
import { freePort } from '../support/ports.ts'

const alex = { name: Atom.intern('alex@localhost'), creation: 11 }
const kate = { name: Atom.intern('kate@localhost'), creation: 22 }
const alexPid = internPid(alex.name, 1, 0, alex.creation)
const katePid = internPid(kate.name, 2, 0, kate.creation)

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

function options(local: typeof alex, signals: Signal[] = []) {
  return {
    local,
    cookieFor: () => 'secret',
    onSignal: (signal: Signal) => signals.push(signal),
    onDown: () => {},
  } satisfies AcceptOptions
}

const asKate = (overrides: Partial<AcceptOptions> = {}): AcceptOptions => ({ ...options(kate), ...overrides })
const asAlex = (overrides: Partial<InitiateOptions> = {}): InitiateOptions => ({
  ...options(alex),
  peer: kate.name,
  ...overrides,
})

/** A listener of Kate, and the results of its incoming handshakes. */
async function kateListens(
  overrides: Partial<AcceptOptions> = {},
): Promise<Listener & { calls: Promise<Connection | HandshakeError>[] }> {
  const calls: Promise<Connection | HandshakeError>[] = []
  const listener = await listen({}, (socket) => {
    closing.push(() => socket.destroy())
    calls.push(accept(socket, asKate(overrides)).catch((error: HandshakeError) => error))
  })
  closing.push(() => listener.close())
  return { ...listener, calls }
}

async function call(port: number): Promise<Socket> {
  const socket = await dial({ host: '127.0.0.1', port })
  closing.push(() => socket.destroy())
  return socket
}

function pair(): [ConnectionSocket, ConnectionSocket] {
  const sockets = duplexPair() as [ConnectionSocket, ConnectionSocket]
  closing.push(() => {
    for (const socket of sockets) socket.destroy()
  })
  return sockets
}

const failure = (attempt: Promise<unknown>): Promise<HandshakeError> =>
  attempt.then(
    () => Promise.reject(new Error('it succeeded')),
    (error: HandshakeError) => error,
  )

function message(from: typeof alexPid, to: typeof alexPid, said: Term): Signal {
  return { type: 'message', from, to, message: said }
}

describe('two nodes over TCP', () => {
  test('connect, and the first signals of both arrive in order', async () => {
    const heardByAlex: Signal[] = []
    const heardByKate: Signal[] = []
    const listener = await listen({}, (socket) => {
      closing.push(() => socket.destroy())
      void accept(socket, options(kate, heardByKate)).then((connection) => {
        for (let i = 0; i < 100; i++) connection.signal(message(katePid, alexPid, i))
      })
    })
    closing.push(() => listener.close())
    const connection = await initiate(await call(listener.port), {
      ...options(alex, heardByAlex),
      peer: kate.name,
    })
    expect(heardByAlex).toEqual([])
    for (let i = 0; i < 100; i++) connection.signal(message(alexPid, katePid, i))
    await holds(() => expect([heardByAlex.length, heardByKate.length]).toEqual([100, 100]))
    expect(heardByAlex.map((signal) => signal.type === 'message' && signal.message)).toEqual([
      ...Array(100).keys(),
    ])
    expect(connection.peer).toMatchObject({ ...kate, hidden: false })
  })

  test('do not connect with different cookies, and each gets its message', async () => {
    const listener = await kateListens({ cookieFor: () => 'other' })
    const error = await failure(initiate(await call(listener.port), asAlex()))
    expect(error).toMatchObject({ code: 'HANDSHAKE_COOKIE', peer: 'kate@localhost' })
    expect(error.message).toContain(`connection to node kate@localhost (127.0.0.1:${listener.port}) failed`)
    expect(await listener.calls[0]).toMatchObject({ code: 'HANDSHAKE_COOKIE', peer: 'alex@localhost' })
  })

  test('learn why one of them is refused, although the other closes the connection', async () => {
    const listener = await kateListens({ statusFor: () => 'not_allowed' })
    const error = await failure(initiate(await call(listener.port), asAlex()))
    expect(error.code).toBe('HANDSHAKE_NOT_ALLOWED')
  })

  test('end an attempt when its socket is destroyed', async () => {
    const listener = await kateListens({ statusFor: () => 'alive' })
    const socket = await call(listener.port)
    const attempt = failure(initiate(socket, asAlex()))
    socket.destroy()
    expect((await attempt).code).toBe('HANDSHAKE_CLOSED')
    expect(await listener.calls[0]).toMatchObject({ code: 'HANDSHAKE_CLOSED' })
  })

  test('get an error in time when nothing listens', async () => {
    const error = await failure(dial({ host: '127.0.0.1', port: await freePort() }))
    expect(error.code).toBe('HANDSHAKE_CLOSED')
    expect(error.message).toMatch(/^no node answers at 127\.0\.0\.1:\d+: connect ECONNREFUSED/)
  })

  test('do not listen on a port in use', async () => {
    const listener = await kateListens()
    await expect(listen({ port: listener.port }, () => {})).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})

describe('a handshake', () => {
  test.each([
    [
      'that was called',
      (socket: ConnectionSocket, clock: SimulatedClock) => accept(socket, asKate({ clock })),
    ],
    ['that calls', (socket: ConnectionSocket, clock: SimulatedClock) => initiate(socket, asAlex({ clock }))],
  ])('of a node %s ends after 7 s of silence', async (_, begin) => {
    const clock = new SimulatedClock()
    const [socket, other] = pair()
    other.resume()
    const error = failure(begin(socket, clock))
    await clock.advance(6_999)
    expect(socket.destroyed).toBe(false)
    await clock.advance(1)
    expect(await error).toMatchObject({ code: 'HANDSHAKE_TIMEOUT' })
    await clock.advance(5_000)
    expect(socket.destroyed).toBe(true)
    expect(clock.pending).toBe(0)
  })

  test('that advances slowly ends after 7 s too', async () => {
    const clock = new SimulatedClock()
    const [socket, other] = pair()
    other.resume()
    const error = failure(accept(socket, asKate({ clock })))
    for (const byte of [0, 30, 78, 0, 0]) {
      other.write(Uint8Array.of(byte))
      await clock.advance(1_500)
    }
    expect(await error).toMatchObject({ code: 'HANDSHAKE_TIMEOUT' })
  })

  test('leaves no timer except the tick when it has succeeded', async () => {
    const clock = new SimulatedClock()
    const [left, right] = pair()
    await Promise.all([initiate(left, asAlex({ clock })), accept(right, asKate({ clock }))])
    expect(clock.pending).toBe(2)
  })

  test('calls onVerified before the other node gets the last message', async () => {
    const events: string[] = []
    const [left, right] = pair()
    await Promise.all([
      initiate(left, asAlex()).then(() => events.push('alex is connected')),
      accept(
        right,
        asKate({ statusFor: () => 'alive', onVerified: (peer) => events.push(`kate knows ${peer.name}`) }),
      ),
    ])
    expect(events).toEqual(['kate knows alex@localhost', 'alex is connected'])
  })

  test('on a closed socket is an error at once', async () => {
    const [socket] = pair()
    socket.destroy()
    expect(await failure(initiate(socket, asAlex()))).toMatchObject({ code: 'HANDSHAKE_CLOSED' })
  })
})

test('silent connections cannot accumulate, and do not lock other nodes out', async () => {
  const pendingHandshakes = new PendingHandshakes(3)
  const clock = new SimulatedClock()
  const listener = await kateListens({ pendingHandshakes, clock })
  const silent = Array.from({ length: 3 }, () => connect(listener.port, '127.0.0.1'))
  closing.push(() => silent.map((socket) => socket.destroy()))
  await holds(() => expect(pendingHandshakes.count).toBe(3))

  expect((await initiate(await call(listener.port), asAlex())).peer.name).toBe(kate.name)
  const refused = await listener.calls[0]
  expect(refused).toMatchObject({ code: 'HANDSHAKE_BUSY' })
  expect((refused as HandshakeError).message).toMatch(
    /^connection attempt from 127\.0\.0\.1:\d+ rejected: it was the oldest of 3 handshakes in progress/,
  )

  await holds(() => expect(pendingHandshakes.count).toBe(2))
  await clock.advance(7_000)
  expect(pendingHandshakes.count).toBe(0)
})

/** A minimal node that connects to another one while that one connects to it. */
class Caller {
  readonly local: typeof alex
  readonly downs: string[] = []
  link: Connection | undefined
  #own: Socket | undefined
  #listener: Listener | undefined

  constructor(local: typeof alex) {
    this.local = local
  }

  async listen(): Promise<number> {
    this.#listener = await listen({}, (socket) => {
      closing.push(() => socket.destroy())
      const decided = {
        ...this.#options(),
        statusFor: () => this.#statusFor(),
        onVerified: () => this.link?.close('replaced'),
      }
      accept(socket, decided).then(
        (connection) => (this.link = connection),
        () => {},
      )
    })
    closing.push(() => this.#listener?.close())
    return this.#listener.port
  }

  async call(peer: typeof alex, port: number): Promise<void> {
    this.#own = await call(port)
    await initiate(this.#own, { ...this.#options(), peer: peer.name }).then(
      (connection) => (this.link = connection),
      () => {},
    )
    this.#own = undefined
  }

  #statusFor(): HandshakeStatus {
    if (this.link && !this.link.closed) return 'alive'
    if (!this.#own) return 'ok'
    const decision = simultaneousStatus(
      this.local.name.name,
      this.local === alex ? kate.name.name : alex.name.name,
    )
    if (decision === 'ok_simultaneous') this.#own.destroy()
    return decision
  }

  #options(): AcceptOptions {
    return { ...options(this.local), onDown: (reason) => this.downs.push(reason) }
  }
}

test('two nodes that connect to each other at the same time have one connection, every time', async () => {
  for (let round = 0; round < 20; round++) {
    const [a, k] = [new Caller(alex), new Caller(kate)]
    const [alexPort, katePort] = [await a.listen(), await k.listen()]
    await Promise.all([a.call(kate, katePort), k.call(alex, alexPort)])
    await holds(() => {
      expect([a.link?.closed, k.link?.closed]).toEqual([false, false])
      expect(a.link?.stats.bytesIn).toBe(k.link?.stats.bytesOut)
    })
    const before = k.link!.stats.signalsIn
    a.link!.signal(message(alexPid, katePid, round))
    await holds(() => expect(k.link!.stats.signalsIn).toBe(before + 1))
  }
})
