import { type AddressInfo, createServer, type Socket, connect as tcp } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import {
  type ConnectionSocket,
  dial as connectTo,
  Handshake,
  listen,
} from '../../../src/distribution/index.ts'
import { Cookies, PeerTable } from '../../../src/node/index.ts'
import { type Kernel, LocalKernel } from '../../../src/process/index.ts'
import { type Atom, atom, Pid } from '../../../src/term/index.ts'

// While two nodes connect to each other, a client without the cookie connects under the name of one of them.

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

interface TestPeer {
  readonly name: Atom
  readonly kernel: Kernel
  readonly peers: PeerTable
  readonly port: number
  /** `up` and `down` of connections, in order. */
  readonly events: string[]
  /** Number of its attempts to connect. */
  calls: number
}

async function peer(name: string, portOf: () => number | Promise<number>): Promise<TestPeer> {
  const kernel = new LocalKernel({ name: atom(name) as Atom, creation: 5 })
  const dial = async (_: Atom, signal: AbortSignal): Promise<ConnectionSocket> => {
    self.calls++
    return connectTo({ host: '127.0.0.1', port: await portOf(), signal })
  }
  const options = { hidden: false, tickTime: 60_000, connectTimeout: 7_000 }
  const peers = new PeerTable({ ...options, kernel, cookies: new Cookies('secret'), dial })
  kernel.router = peers
  const events: string[] = []
  peers.subscribe({
    up: ({ name }) => events.push(`up ${name}`),
    down: ({ name }) => events.push(`down ${name}`),
  })
  const listener = await listen({}, (socket) => void peers.accept(socket))
  ends.push(async () => {
    listener.close()
    await peers.stop()
  })
  const self = { name: kernel.name, kernel, peers, port: listener.port, events, calls: 0 }
  return self
}

/** A proxy to a port that delays all bytes by `ms`. */
async function slowWay(portOf: () => number, ms: number): Promise<number> {
  const server = createServer((near) => {
    const far = tcp(portOf(), '127.0.0.1')
    const forward = (from: Socket, to: Socket): void => {
      from.setNoDelay(true).on('error', () => {})
      from.on('data', (bytes) => setTimeout(() => to.write(bytes), ms))
      from.on('close', () => setTimeout(() => to.destroy(), ms))
    }
    forward(near, far)
    forward(far, near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => server.close())
  return (server.address() as AddressInfo).port
}

/** Alex and zoe. Zoe has the greater name, so her attempt continues. Bytes between the two are delayed by `ms`. */
async function alexAndZoe(ms: number): Promise<{ alex: TestPeer; zoe: TestPeer }> {
  let toZoe = 0
  let toAlex = 0
  const alex = await peer('alex@h', () => toZoe)
  const zoe = await peer('zoe@h', () => toAlex)
  toZoe = await slowWay(() => zoe.port, ms)
  toAlex = await slowWay(() => alex.port, ms)
  return { alex, zoe }
}

/** Connects and sends a name, and nothing more. */
async function claim(of: string, to: TestPeer): Promise<Socket> {
  const socket = tcp(to.port, '127.0.0.1')
  socket.on('error', () => {}).resume()
  await new Promise((resolve) => socket.once('connect', resolve))
  ends.push(() => socket.destroy())
  const local = { name: of, creation: 77 }
  const handshake = Handshake.initiate({ local, peer: 'x@y', address: 'here', cookieFor: () => 'none' })
  socket.write(handshake.takeOutput())
  return socket
}

test('a name without a proof does not delay our attempt to connect to the node of that name', async () => {
  const { alex, zoe } = await alexAndZoe(15)
  const connected = alex.peers.connect(zoe.name)
  await pause(20)
  await claim('zoe@h', alex)
  expect(await connected).toBe(true)
  expect(alex.calls).toBe(1)
})

test('repeated connections that send the name and close do not end our attempt', async () => {
  const { alex, zoe } = await alexAndZoe(15)
  const connected = alex.peers.connect(zoe.name)
  for (let n = 0; n < 5; n++) {
    await pause(8)
    const caller = await claim('zoe@h', alex)
    await pause(2)
    caller.destroy()
  }
  expect(await connected).toBe(true)
  expect(alex.events).toEqual(['up zoe@h'])
})

test('a name without a proof does not end the attempt of the real node', async () => {
  const { alex, zoe } = await alexAndZoe(20)
  const connected = alex.peers.connect(zoe.name)
  await pause(38)
  const wanted = zoe.peers.connect(alex.name)
  const caller = await claim('alex@h', zoe)
  await pause(4)
  caller.destroy()
  expect(await Promise.all([connected, wanted])).toEqual([true, true])
  await pause(200)
  expect([alex.events, zoe.events]).toEqual([['up zoe@h'], ['up alex@h']])
})

test('a name without a proof does not end the wait for the attempt of the real node', async () => {
  let epmdAnswers = (): void => {}
  const slowly = new Promise<void>((resolve) => {
    epmdAnswers = resolve
  })
  const alex: TestPeer = await peer('alex@h', () => zoe.port)
  const zoe: TestPeer = await peer('zoe@h', () => slowly.then(() => alex.port))
  const hers = zoe.peers.connect(alex.name)
  const his = alex.peers.connect(zoe.name)
  for (let n = 0; n < 3; n++) {
    await pause(30)
    const caller = await claim('zoe@h', alex)
    await pause(10)
    caller.destroy()
  }
  epmdAnswers()
  expect(await Promise.all([hers, his])).toEqual([true, true])
})

test('an exit signal starts no attempt, even while a handshake under the name of its receiver is in progress', async () => {
  const alex = await peer('alex@h', () => Promise.reject(new Error('nobody there')))
  const caller = await claim('bob@h', alex)
  await pause(50)
  const { pid } = alex.kernel.create()
  alex.peers.route({
    type: 'exit',
    from: pid,
    to: new Pid(atom('bob@h') as Atom, 1, 0, 3),
    reason: 'over',
  })
  caller.destroy()
  await pause(50)
  expect(alex.calls).toBe(0)
})
