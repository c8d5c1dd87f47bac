import { once } from 'node:events'
import { expect, test, vi } from 'vitest'
import {
  dump,
  type EpmdServerOptions,
  kill,
  lookup,
  names,
  register,
  runEpmd,
  startEpmd,
  stopNode,
} from '../../src/epmd/index.ts'
import { encodeRequest } from '../../src/epmd/protocol.ts'
import { holds } from '../support/eventually.ts'
import { freePort } from '../support/ports.ts'
import { closed, dial, hasIPv6, SimulatedClock, serve, talk } from './sockets.ts'

const NAMES = encodeRequest({ request: 'NAMES_REQ' })
const KILL = encodeRequest({ request: 'KILL_REQ' })

async function epmd(options: EpmdServerOptions = {}) {
  const rejected: string[] = []
  const server = await startEpmd({ port: 0, ...options, onReject: (reason) => rejected.push(reason) })
  return Object.assign(server, { rejected })
}

test('a node registers, is found, is listed, and is forgotten when its connection ends', async () => {
  await using server = await epmd()
  const at = { port: server.port }
  const alex = await register({ name: 'alex', port: 41_234, epmd: at })
  await using kate = await register({ name: 'kate', port: 41_235, hidden: true, epmd: at })
  expect(alex.creation).toBeGreaterThan(3)
  expect(kate.creation).not.toBe(alex.creation)
  expect(await lookup('alex', 'localhost', at)).toMatchObject({
    name: 'alex',
    port: 41_234,
    nodeType: 77,
    highestVersion: 6,
  })
  expect(await lookup('kate', '127.0.0.1', at)).toMatchObject({ port: 41_235, nodeType: 72 })
  expect(await lookup('moebi', 'localhost', at)).toBeUndefined()
  expect(await names('localhost', at)).toEqual([
    { name: 'alex', port: 41_234 },
    { name: 'kate', port: 41_235 },
  ])
  await alex.close()
  expect(await lookup('alex', 'localhost', at)).toBeUndefined()
  await using again = await register({ name: 'alex', port: 41_234, epmd: at })
  expect(again.creation).not.toBe(alex.creation)
  expect(server.rejected).toEqual([])
})

test.runIf(await hasIPv6())('it answers on ::1 as well', async () => {
  await using server = await epmd()
  expect(await names('::1', { port: server.port })).toEqual([])
})

test('a name in use is refused with result 1, and its owner keeps it', async () => {
  await using server = await epmd()
  const at = { port: server.port }
  await using _alex = await register({ name: 'alex', port: 1, epmd: at })
  await expect(register({ name: 'alex', port: 2, epmd: at })).rejects.toMatchObject({
    code: 'EPMD_NAME_IN_USE',
    message: expect.stringMatching(
      /refused the name "alex" \(result 1\): a node of that name.*Choose another name/s,
    ),
  })
  expect(await lookup('alex', 'localhost', at)).toMatchObject({ port: 1 })
  expect(server.rejected).toEqual(['asked for the name alex, which is in use'])
})

test('every request may arrive in two parts, split at any byte', async () => {
  await using server = await epmd()
  await using _alex = await register({ name: 'alex', port: 41_234, epmd: { port: server.port } })
  const requests = [
    NAMES,
    encodeRequest({ request: 'PORT_PLEASE2_REQ', name: 'alex' }),
    encodeRequest({ request: 'DUMP_REQ' }),
  ]
  for (const request of requests) {
    const whole = await talk(server.port, request)
    expect(whole.length).toBeGreaterThan(4)
    for (let cut = 1; cut < request.length; cut++) {
      expect(await talk(server.port, request.subarray(0, cut), request.subarray(cut))).toEqual(whole)
    }
  }
  expect(server.rejected).toEqual([])
})

test.each([
  ['garbage', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'a request says it is 18245 bytes long'],
  ['an unknown tag', Buffer.from([0, 1, 42]), 'no request begins with tag 42'],
  ['an endless stream', Buffer.alloc(1_000_000, 0xff), 'a request says it is 65535 bytes long'],
  ['two requests in one', Buffer.concat([NAMES, NAMES]), 'a request of 1 bytes is followed by 3 more'],
  ['STOP_REQ', encodeRequest({ request: 'STOP_REQ', name: 'alex' }), 'sent STOP_REQ for alex'],
])('%s ends that connection alone, with a reason', async (_, bytes, reason) => {
  await using server = await epmd()
  await using alex = await register({ name: 'alex', port: 1, epmd: { port: server.port } })
  expect(await talk(server.port, bytes)).toHaveLength(0)
  expect(server.rejected).toEqual([expect.stringContaining(reason)])
  expect(await names('localhost', { port: server.port })).toEqual([{ name: 'alex', port: 1 }])
  expect(alex.registered).toBe(true)
})

test('an incomplete request is reported as truncated, at any byte', async () => {
  await using server = await epmd()
  const request = encodeRequest({ request: 'PORT_PLEASE2_REQ', name: 'alex' })
  for (let cut = 1; cut < request.length; cut++) {
    const socket = await dial(server.port)
    socket.resume().end(request.subarray(0, cut))
    await closed(socket)
    expect(server.rejected.pop()).toMatch(/^the connection ended after \d of the \d bytes/)
  }
  expect(await names('localhost', { port: server.port })).toEqual([])
})

test('bytes on the connection of a registered node unregister it, as in epmd', async () => {
  await using server = await epmd()
  const socket = await dial(server.port)
  const node = {
    name: 'alex',
    port: 1,
    nodeType: 77,
    protocol: 0,
    highestVersion: 6,
    lowestVersion: 5,
    extra: new Uint8Array(0),
  }
  socket.write(encodeRequest({ request: 'ALIVE2_REQ', node }))
  await once(socket, 'data')
  expect(server.nodes()).toHaveLength(1)
  socket.write('x')
  await closed(socket)
  expect(server.nodes()).toHaveLength(0)
  expect(server.rejected).toEqual(['sent 1 bytes after its request'])
})

/** An ALIVE2_REQ of version 6 whose name and extra may be anything. */
function alive2(name: Uint8Array, extra: Uint8Array = new Uint8Array(0)): Buffer {
  const body = Buffer.concat([
    Buffer.from('78a1124d0000060005', 'hex'),
    Buffer.from([name.length >> 8, name.length & 255]),
    name,
    Buffer.from([extra.length >> 8, extra.length & 255]),
    extra,
  ])
  return Buffer.concat([Buffer.from([body.length >> 8, body.length & 255]), body])
}

test.each([
  ['an extra of 1,021 bytes', alive2(Buffer.from('alex'), Buffer.alloc(1_021)), 'an extra of 1021 bytes'],
  ['a name of 1,021 bytes', alive2(Buffer.alloc(1_021, 'a')), 'a name of 1021 bytes'],
  ['a name of 256 characters', alive2(Buffer.from('é'.repeat(256))), 'has 256 characters'],
  ['a name that is not UTF-8', alive2(Buffer.from([0x61, 0xff])), 'not UTF-8'],
  ['a name with a line break', alive2(Buffer.from('a\nb')), 'contains a control character'],
])('a node with %s is refused with result 1', async (_, request, reason) => {
  await using server = await epmd()
  expect((await talk(server.port, request)).toString('hex')).toBe('760100000063')
  expect(server.rejected).toEqual([expect.stringContaining(reason)])
  expect(server.nodes()).toEqual([])
})

test.each([
  ['ends in a zero', Buffer.from('alex\0')],
  ['contains a zero', Buffer.from('al\0ex')],
  ['is empty', Buffer.alloc(0)],
])('the connection of a node whose name %s is closed without an answer', async (_, name) => {
  await using server = await epmd()
  expect(await talk(server.port, alive2(name))).toHaveLength(0)
  expect(server.rejected).toEqual([
    expect.stringMatching(/the name in ALIVE2_REQ (is empty|contains a zero)/),
  ])
  expect(server.nodes()).toEqual([])
})

test('the longest name and the longest extra are registered and come back', async () => {
  await using server = await epmd()
  const name = '\u{1f600}'.repeat(255)
  const extra = Buffer.alloc(1_020, 1)
  const socket = await dial(server.port)
  socket.write(alive2(Buffer.from(name), extra))
  await once(socket, 'data')
  expect(await lookup(name, 'localhost', { port: server.port })).toMatchObject({
    name,
    extra: new Uint8Array(extra),
  })
  socket.destroy()
})

test('with relaxedCommandCheck STOP_REQ unregisters a node, and KILL_REQ ends an epmd with nodes', async () => {
  await using server = await epmd({ relaxedCommandCheck: true })
  const at = { port: server.port }
  await using _kate = await register({ name: 'kate', port: 2, epmd: at })
  const socket = await dial(server.port)
  socket.write(alive2(Buffer.from('alex')))
  await once(socket, 'data')
  expect(await stopNode('alex', at)).toBe('STOPPED')
  await closed(socket)
  expect(await stopNode('alex', at)).toBe('NOEXIST')
  expect(server.nodes().map(({ name }) => name)).toEqual(['kate'])
  expect(await kill(at)).toBe(true)
  expect(await server.ended).toBe('killed')
})

test('with delayWrite a client that resets its connection before the answer leaves no name', async () => {
  const clock = new SimulatedClock()
  await using server = await epmd({ clock, delayWrite: 1_000 })
  const socket = await dial(server.port)
  socket.write(alive2(Buffer.from('alex')))
  await holds(() => expect(server.nodes()).toHaveLength(1))
  socket.resetAndDestroy()
  await holds(() => expect(server.nodes()).toEqual([]))
  clock.advance(1_000)
  expect(server.rejected).toEqual([])
  const answered = talk(server.port, NAMES)
  await holds(() => expect(clock.pending).toBe(2))
  clock.advance(1_000)
  expect(await answered).toHaveLength(4)
})

test('the timeout counts from the last byte', async () => {
  const clock = new SimulatedClock()
  const timers = vi.spyOn(clock, 'setTimeout')
  await using server = await epmd({ clock, requestTimeout: 60_000 })
  const slow = await dial(server.port)
  await holds(() => expect(clock.pending).toBe(1))
  clock.advance(50_000)
  const whole = once(slow, 'data')
  timers.mockClear()
  slow.write(NAMES.subarray(0, 1))
  await holds(() => expect(timers).toHaveBeenCalledTimes(1))
  clock.advance(50_000)
  expect(server.rejected).toEqual([])
  slow.write(NAMES.subarray(1))
  expect((await whole)[0]).toHaveLength(4)
  const silent = await dial(server.port)
  await holds(() => expect(clock.pending).toBe(1))
  timers.mockClear()
  silent.resume().write(NAMES.subarray(0, 1))
  await holds(() => expect(timers).toHaveBeenCalledTimes(1))
  clock.advance(60_000)
  await closed(silent)
  expect(server.rejected).toEqual(['sent 1 bytes and no full request within 60000 ms'])
})

test('a connection without a complete request is closed after the timeout, a registered one is not', async () => {
  const clock = new SimulatedClock()
  await using server = await epmd({ clock, requestTimeout: 60_000 })
  await using alex = await register({ name: 'alex', port: 1, epmd: { port: server.port } })
  const silent = await dial(server.port)
  silent.resume().write(Buffer.from([0]))
  await holds(() => expect(clock.pending).toBe(1))
  clock.advance(59_999)
  expect(server.rejected).toEqual([])
  clock.advance(1)
  await closed(silent)
  expect(server.rejected).toEqual([
    expect.stringMatching(/^sent [01] bytes and no full request within 60000 ms$/),
  ])
  expect(alex.registered).toBe(true)
})

test('when there are too many connections, the oldest silent one is closed, and never that of a registered node', async () => {
  await using server = await epmd({ maxConnections: 3 })
  const at = { port: server.port }
  const silent = await Promise.all([dial(server.port), dial(server.port), dial(server.port)])
  for (const socket of silent) socket.resume()
  const nodes = []
  for (const name of ['a', 'b', 'c']) nodes.push(await register({ name, port: 1, epmd: at }))
  expect(server.rejected).toEqual(Array(3).fill('made room for a new connection, 3 are the most'))
  await expect(names('localhost', at)).rejects.toMatchObject({ code: 'EPMD_BAD_REPLY' })
  expect(server.rejected.pop()).toBe('all 3 connections are held by registered nodes')
  expect(nodes.every((node) => node.registered)).toBe(true)
  for (const node of nodes) await node.close()
})

test('KILL_REQ is answered NO while a node is registered, and ends an epmd without nodes', async () => {
  const server = await epmd()
  const alex = await register({ name: 'alex', port: 1, epmd: { port: server.port } })
  expect((await talk(server.port, KILL)).toString()).toBe('NO')
  await alex.close()
  expect((await talk(server.port, KILL)).toString()).toBe('OK')
  expect(await server.ended).toBe('killed')
})

test('a client lists the state of an epmd, and is refused what this epmd does not allow', async () => {
  await using server = await epmd()
  const at = { port: server.port }
  await using _alex = await register({ name: 'alex', port: 7, epmd: at })
  expect(await dump('localhost', at)).toMatch(/^active name {5}<alex> at port 7, fd = \d+\n$/)
  expect(await kill(at)).toBe(false)
  expect(await stopNode('alex', at)).toBe('')
})

test('it ends when no name was registered for idleMs, counted from the last unregistration', async () => {
  const clock = new SimulatedClock()
  const server = await epmd({ clock, idleMs: 60_000 })
  const at = { port: server.port }
  clock.advance(59_000)
  const alex = await register({ name: 'alex', port: 1, epmd: at })
  const kate = await register({ name: 'kate', port: 2, epmd: at })
  clock.advance(3_600_000)
  await alex.close()
  clock.advance(60_000)
  expect(await names('localhost', at)).toEqual([{ name: 'kate', port: 2 }])
  await kate.close()
  clock.advance(59_999)
  expect(await names('localhost', at)).toEqual([])
  clock.advance(1)
  expect(await server.ended).toBe('idle')
  await expect(names('localhost', at)).rejects.toMatchObject({ code: 'EPMD_UNREACHABLE' })
})

test('in the foreground it prints each event, and ends when its signal is aborted', async () => {
  const stop = new AbortController()
  const lines: string[] = []
  const port = await freePort()
  const end = runEpmd({
    port,
    addresses: ['127.0.0.1'],
    signal: stop.signal,
    log: (line) => lines.push(line),
  })
  await holds(() => expect(lines).toEqual([`epmd: listening at 127.0.0.1:${port}`]))
  const alex = await register({ name: 'alex', port: 41_234, epmd: { port } })
  await alex.close()
  await talk(port, 'GET /')
  stop.abort()
  expect(await end).toBe('closed')
  expect(lines.slice(1)).toEqual([
    'epmd: alex registered, at port 41234',
    'epmd: alex unregistered',
    expect.stringContaining('epmd: refused a request from 127.0.0.1: a request says it is 18245 bytes long'),
    'epmd: ended (closed)',
  ])
})

test('when the port is in use, the error says whether an epmd or another program has it', async () => {
  await using server = await epmd()
  await expect(runEpmd({ port: server.port })).rejects.toMatchObject({ code: 'EPMD_ALREADY_RUNNING' })
  await using other = await serve((socket) => socket.end('220 mail ready\r\n'))
  await expect(runEpmd({ port: other.port })).rejects.toMatchObject({
    code: 'EPMD_PORT_IN_USE',
    message: expect.stringMatching(
      /the port is in use\. The program that listens at 127\.0\.0\.1:\d+ does not answer as epmd does.*220 mail/s,
    ),
  })
})

test('it listens at all of its addresses or at none', async () => {
  await using other = await serve(() => {}, 0, '127.0.0.2')
  await expect(startEpmd({ port: other.port, addresses: ['127.0.0.1', '127.0.0.2'] })).rejects.toMatchObject({
    code: 'EPMD_PORT_IN_USE',
  })
  await using free = await startEpmd({ port: other.port, addresses: ['127.0.0.1'] })
  expect(free.addresses).toEqual(['127.0.0.1'])
  await expect(startEpmd({ port: 0, addresses: ['192.0.2.1'] })).rejects.toMatchObject({
    code: 'EPMD_START_FAILED',
    message: expect.stringContaining('correct ERL_EPMD_ADDRESS'),
  })
})
