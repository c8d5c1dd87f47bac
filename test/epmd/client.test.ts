import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import {
  type EpmdServer,
  epmdAddresses,
  epmdPort,
  formatNames,
  isLoopbackHost,
  lookup,
  names,
  register,
  startEpmd,
} from '../../src/epmd/index.ts'
import { encodeAlive2Resp, encodeNamesResp, encodePort2Resp } from '../../src/epmd/protocol.ts'
import { holds } from '../support/eventually.ts'
import { freePort } from '../support/ports.ts'
import { hasIPv6, SimulatedClock, serve } from './sockets.ts'

const node = {
  name: 'alex',
  port: 41_234,
  nodeType: 77,
  protocol: 0,
  highestVersion: 6,
  lowestVersion: 5,
  extra: new Uint8Array(0),
}

/** An epmd that answers with these bytes, split at `cut`, and then closes or keeps the connection. */
const answering = (answer: Uint8Array, cut = answer.length, then: 'closes' | 'holds' = 'closes') =>
  serve((socket) => {
    socket.setNoDelay(true)
    socket.once('data', () => {
      socket.write(answer.subarray(0, cut), () => {
        setImmediate(() => {
          if (cut < answer.length) socket.write(answer.subarray(cut))
          if (then === 'closes') socket.end()
        })
      })
    })
  })

describe('a response that is split anywhere is read completely', () => {
  test('by lookup', async () => {
    const answer = encodePort2Resp(node)
    for (let cut = 1; cut < answer.length; cut++) {
      await using epmd = await answering(answer, cut)
      expect(await lookup('alex', '127.0.0.1', { port: epmd.port })).toEqual(node)
    }
  })

  test('by names', async () => {
    const answer = encodeNamesResp(4369, [node, { ...node, name: 'kate' }])
    for (let cut = 1; cut < answer.length; cut++) {
      await using epmd = await answering(answer, cut)
      expect(await names('127.0.0.1', { port: epmd.port })).toHaveLength(2)
    }
  })

  test('by register, in both forms', async () => {
    for (const version of [5, 6]) {
      const answer = encodeAlive2Resp({ result: 0, creation: 3 }, version)
      for (let cut = 1; cut < answer.length; cut++) {
        await using epmd = await answering(answer, cut, 'holds')
        await using alex = await register({
          name: 'alex',
          port: 1,
          epmd: { host: '127.0.0.1', port: epmd.port },
        })
        expect(alex.creation).toBe(3)
      }
    }
  })
})

describe('a program other than epmd is reported as such', () => {
  test('when it ends in the middle of a response, at any byte', async () => {
    const answer = encodePort2Resp(node)
    for (let size = 0; size < answer.length; size++) {
      await using epmd = await answering(answer.subarray(0, size))
      await expect(lookup('alex', '127.0.0.1', { port: epmd.port })).rejects.toMatchObject({
        code: 'EPMD_BAD_REPLY',
        message: expect.stringMatching(
          /^The program that listens at 127\.0\.0\.1:\d+ does not answer as epmd does: the connection ended after/,
        ),
      })
    }
  })

  test('when it answers something else', async () => {
    await using web = await answering(Buffer.from('HTTP/1.1 400 Bad Request\r\n'), undefined, 'holds')
    for (const question of [
      lookup('alex', '127.0.0.1', { port: web.port }),
      names('127.0.0.1', { port: web.port }),
    ]) {
      await expect(question).rejects.toMatchObject({
        code: 'EPMD_BAD_REPLY',
        message: expect.stringContaining('HTTP/1.1 400 Bad'),
      })
    }
  })

  test('when it answers about another node', async () => {
    await using epmd = await answering(encodePort2Resp({ ...node, name: 'kate' }))
    await expect(lookup('alex', '127.0.0.1', { port: epmd.port })).rejects.toThrow('got an answer about kate')
  })

  test('when it sends nothing, after the timeout', async () => {
    await using silent = await serve(() => {})
    await expect(names('127.0.0.1', { port: silent.port, timeout: 30 })).rejects.toMatchObject({
      code: 'EPMD_TIMEOUT',
      message: expect.stringContaining('within 30 ms'),
    })
  })

  test('when it never stops sending', async () => {
    await using flood = await serve((socket) => {
      const line = Buffer.concat([Buffer.from([0, 0, 17, 17]), Buffer.alloc(300_000, 'x')])
      socket.once('data', () => {
        const pour = (): void => {
          while (!socket.destroyed && socket.write(line));
        }
        socket.on('drain', pour)
        pour()
      })
    })
    await expect(names('127.0.0.1', { port: flood.port })).rejects.toThrow('more than 1048576 bytes came')
  })
})

test('without an epmd the error names every address that was tried', async () => {
  const port = await freePort()
  await expect(lookup('alex', 'localhost', { port })).rejects.toMatchObject({
    code: 'EPMD_UNREACHABLE',
    message: expect.stringMatching(
      /for localhost on port \d+ \(127\.0\.0\.1:\d+ ECONNREFUSED, \[::1\]:\d+ \w+\)\. Start one/,
    ),
  })
  await expect(lookup('alex', 'no-such-host.invalid', { port })).rejects.toThrow(
    'Host "no-such-host.invalid" has no address',
  )
})

test('an AbortSignal ends a request at once, with its reason', async () => {
  await using silent = await serve(() => {})
  const stop = new AbortController()
  const question = names('127.0.0.1', { port: silent.port, signal: stop.signal })
  stop.abort(new Error('not now'))
  await expect(question).rejects.toThrow('not now')
  await expect(names('127.0.0.1', { port: silent.port, signal: stop.signal })).rejects.toThrow('not now')
})

test.runIf(await hasIPv6())('localhost is 127.0.0.1 first and then ::1', async () => {
  const serving = (answer: Uint8Array) => (socket: Socket) => socket.once('data', () => socket.end(answer))
  await using six = await serve(serving(encodeNamesResp(1, [node])), 0, '::1')
  expect(await names('localhost', { port: six.port })).toEqual([{ name: 'alex', port: 41_234 }])
  await using _four = await serve(serving(encodeNamesResp(1, [])), six.port)
  expect(await names('localhost', { port: six.port })).toEqual([])
})

describe('a registration that has lost its epmd', () => {
  const watched = () => {
    const events: string[] = []
    const clock = new SimulatedClock()
    const options = {
      clock,
      onLost: (why: Error) => events.push(`lost: ${why.message}`),
      onRetry: (_: Error, pause: number) => events.push(`again in ${pause}`),
      onRestored: () => events.push('restored'),
    }
    return { events, clock, options }
  }

  test('registers again with backoff and keeps its creation', async () => {
    const { events, clock, options } = watched()
    const first = await startEpmd({ port: 0 })
    const epmd = { port: first.port }
    await using alex = await register({
      name: 'alex',
      port: 41_234,
      epmd,
      ...options,
      backoff: { initial: 100, max: 300 },
    })
    const creation = alex.creation
    await first.close()
    await holds(() =>
      expect(events).toEqual([
        expect.stringContaining('new nodes cannot find alex until an epmd runs again'),
      ]),
    )
    expect(alex.registered).toBe(false)
    for (const [pause, next] of [
      [100, 200],
      [200, 300],
      [300, 300],
    ] as const) {
      clock.advance(pause - 1)
      clock.advance(1)
      await holds(() => expect(events.at(-1)).toBe(`again in ${next}`))
      events.pop()
    }
    await using second = await startEpmd({ port: first.port })
    clock.advance(300)
    await holds(() => expect(events.at(-1)).toBe('restored'))
    expect(second.nodes()).toMatchObject([{ name: 'alex', port: 41_234 }])
    expect(alex).toMatchObject({ creation, registered: true })
  })

  test('calls the option ensureEpmd', async () => {
    const { events, clock, options } = watched()
    const port = await freePort()
    const servers: EpmdServer[] = []
    const ensureEpmd = async (): Promise<void> => void servers.push(await startEpmd({ port }))
    await using alex = await register({ name: 'alex', port: 1, epmd: { port }, ensureEpmd, ...options })
    expect(servers).toHaveLength(1)
    await servers[0]!.close()
    await holds(() => expect(events).toHaveLength(1))
    clock.advance(100)
    await holds(() => expect(events.at(-1)).toBe('restored'))
    expect(servers).toHaveLength(2)
    await alex.close()
    await servers[1]!.close()
  })

  test('stops trying once it is closed', async () => {
    const { events, clock, options } = watched()
    const server = await startEpmd({ port: 0 })
    const alex = await register({ name: 'alex', port: 1, epmd: { port: server.port }, ...options })
    await server.close()
    await holds(() => expect(events).toHaveLength(1))
    await alex.close()
    expect(clock.pending).toBe(0)
  })
})

describe('the environment', () => {
  test('ERL_EPMD_PORT chooses the port', () => {
    expect(epmdPort({})).toBe(4369)
    expect(epmdPort({ ERL_EPMD_PORT: '14369' })).toBe(14_369)
    for (const ERL_EPMD_PORT of ['0', '65536', 'x', '4369 ']) {
      expect(() => epmdPort({ ERL_EPMD_PORT })).toThrow('expected a port from 1 to 65535')
    }
  })

  test('ERL_EPMD_ADDRESS chooses the addresses, and both loopback addresses are always added', () => {
    expect(epmdAddresses({ env: {} })).toEqual(['127.0.0.1', '::1'])
    expect(epmdAddresses({ env: {}, loopback: false })).toEqual(['0.0.0.0', '::'])
    expect(epmdAddresses({ env: { ERL_EPMD_ADDRESS: '10.0.0.5, ::1' } })).toEqual([
      '10.0.0.5',
      '::1',
      '127.0.0.1',
    ])
    expect(epmdAddresses({ env: { ERL_EPMD_ADDRESS: '0.0.0.0' } })).toEqual(['0.0.0.0', '::1'])
    expect(epmdAddresses({ env: { ERL_EPMD_ADDRESS: '127.0.0.1' } })).toEqual(['127.0.0.1', '::1'])
    expect(epmdAddresses({ env: { ERL_EPMD_ADDRESS: '::' } })).toEqual(['::', '127.0.0.1'])
    expect(() => epmdAddresses({ env: { ERL_EPMD_ADDRESS: 'box' } })).toThrow('expected IP addresses')
  })

  test('a loopback host is one that can only be this machine', () => {
    for (const host of ['localhost', 'LOCALHOST.', 'a.localhost', '127.1.2.3', '::1'])
      expect(isLoopbackHost(host)).toBe(true)
    for (const host of ['box', 'localhost.example', '10.0.0.1', '127.example'])
      expect(isLoopbackHost(host)).toBe(false)
  })
})

test('names are printed as by epmd -names, without control characters', () => {
  expect(formatNames([{ name: 'alex', port: 41_234 }], 4369)).toBe(
    'epmd: up and running on port 4369 with data:\nname alex at port 41234',
  )
  expect(formatNames([{ name: '\x1b[2J', port: 1 }], 4369)).toContain('name ?[2J at port 1')
})
