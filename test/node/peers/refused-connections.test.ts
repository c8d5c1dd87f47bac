import { connect as tcp } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { SimulatedClock } from '../../../src/clock/index.ts'
import { dial, initiate, listen } from '../../../src/distribution/index.ts'
import { FailedProofs } from '../../../src/node/peers/failed-proofs.ts'
import { Cookies, PeerTable } from '../../../src/node/peers/index.ts'
import { RefusalLog } from '../../../src/node/peers/refusal-log.ts'
import { type Kernel, LocalKernel, type Report, reports } from '../../../src/process/index.ts'
import { type Atom, atom } from '../../../src/term/index.ts'
import { eventually } from '../../support/eventually.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** Texts of the errors in the log of a kernel. */
function errorsOf(kernel: Kernel): string[] {
  const texts: string[] = []
  const add = (message: unknown): void => {
    const entry = message as Report
    if (entry.kernel === kernel && entry.level === 'error') texts.push(entry.text)
  }
  reports.subscribe(add)
  ends.push(() => reports.unsubscribe(add))
  return texts
}

async function node(clock?: SimulatedClock) {
  const kernel = new LocalKernel({
    name: atom('alex@localhost') as Atom,
    creation: 5,
    ...(clock && { clock }),
  })
  const peers = new PeerTable({
    kernel,
    hidden: false,
    tickTime: 60_000,
    connectTimeout: 7_000,
    cookies: new Cookies('right'),
    dial: () => Promise.reject(new Error('this node does not connect')),
  })
  const { port, close } = await listen({}, (socket) => void peers.accept(socket))
  ends.push(close, () => peers.stop())
  /** Connects under a name. Resolves with 'up', or the code of the error. */
  const knock = async (name: string, cookie: string): Promise<string> => {
    const socket = await dial({ host: '127.0.0.1', port })
    const local = { name: atom(name) as Atom, creation: 1 }
    return initiate(socket, {
      peer: kernel.name,
      local,
      cookieFor: () => cookie,
      onSignal: () => {},
      onDown: () => {},
      tickTime: 60_000,
    }).then(
      async (connection) => {
        await connection.close('seen')
        return 'up'
      },
      ({ code }) => code,
    )
  }
  return { kernel, peers, port, knock, errors: errorsOf(kernel) }
}

const minute = 60_000

test('five attempts of a node with a wrong cookie are logged; those that follow within a minute are counted', async () => {
  const clock = new SimulatedClock()
  const { knock, errors } = await node(clock)
  for (let time = 0; time < 9; time++) expect(await knock('kate@localhost', 'wrong')).toBe('HANDSHAKE_COOKIE')
  expect(errors).toHaveLength(5)
  expect(errors[0]).toMatch(/kate@localhost.*cookie/)
  await clock.advance(minute)
  expect(errors).toHaveLength(6)
  expect(errors[5]).toMatch(
    /^\*\* 4 more connection attempts from 127\.0\.0\.1 were refused in the last minute, the last one with: .*cookie/,
  )
  await clock.advance(2 * minute)
  expect(errors).toHaveLength(6)
  await knock('kate@localhost', 'wrong')
  expect(errors).toHaveLength(7)
})

test('another node with a wrong cookie is another line', async () => {
  const { knock, errors } = await node(new SimulatedClock())
  await knock('kate@localhost', 'wrong')
  await knock('bob@localhost', 'wrong')
  expect(errors.map((text) => /\w+@localhost/.exec(text)![0])).toEqual(['kate@localhost', 'bob@localhost'])
})

test('clients with many names and addresses write at most 101 lines', async () => {
  const clock = new SimulatedClock()
  const kernel = new LocalKernel({ name: atom('alex@localhost') as Atom, creation: 5, clock })
  const errors = errorsOf(kernel)
  const log = new RefusalLog(kernel)
  for (let n = 0; n < 5_000; n++) log.add(`10.0.0.${n % 250}`, `HANDSHAKE_NAME ${n}`, `attempt ${n}`)
  expect(errors).toHaveLength(101)
  await clock.advance(minute)
  expect(errors).toHaveLength(102)
  expect(errors[101]).toMatch(
    /^\*\* 4899 more connection attempts from others, or for other reasons, were refused in the last minute/,
  )
  log.stop()
  expect(clock.pending).toBe(0)
})

test('an address with ten wrong cookies waits longer and longer; a node that had the cookie before is let in', async () => {
  const clock = new SimulatedClock()
  const { knock, errors } = await node(clock)
  expect(await knock('kate@localhost', 'right')).toBe('up')
  for (let time = 0; time < 11; time++)
    expect(await knock('bob@localhost', `wrong ${time}`)).toBe('HANDSHAKE_COOKIE')
  expect(await knock('bob@localhost', 'right')).toBe('HANDSHAKE_NOT_ALLOWED')
  expect(errors.at(-1)).toMatch(
    /bob@localhost may not connect: 127\.0\.0\.1 has sent wrong cookies .* 1000 ms/,
  )
  expect(await knock('kate@localhost', 'right')).toBe('up')
  await clock.advance(1_000)
  expect(await knock('bob@localhost', 'wrong')).toBe('HANDSHAKE_COOKIE')
  await clock.advance(1_000)
  expect(await knock('bob@localhost', 'right')).toBe('HANDSHAKE_NOT_ALLOWED')
  await clock.advance(1_000)
  expect(await knock('bob@localhost', 'right')).toBe('up')
})

test('the wait is half a minute at most, and is forgotten after five quiet minutes', async () => {
  const clock = new SimulatedClock()
  const failed = new FailedProofs(clock)
  for (let time = 0; time < 1_000; time++) failed.add('10.0.0.1')
  expect(failed.wait('10.0.0.1', 'kate@a')).toBe(30_000)
  expect(failed.wait('10.0.0.2', 'kate@a')).toBe(0)
  await clock.advance(5 * minute + 1)
  failed.add('10.0.0.1')
  expect(failed.wait('10.0.0.1', 'kate@a')).toBe(0)
})

test('2,000 silent clients cost two lines of the log and under 32 MiB, and a good node does not wait', async () => {
  const clock = new SimulatedClock()
  const { port, knock, errors, peers } = await node(clock)
  globalThis.gc?.()
  const before = process.memoryUsage().rss
  let closed = 0
  for (let n = 0; n < 2_000; n++) {
    const socket = tcp(port, '127.0.0.1')
    socket.on('error', () => {}).on('close', () => closed++)
    await new Promise<void>((resolve) => socket.once('connect', resolve))
    ends.push(() => socket.destroy())
    if (n % 500 === 250) expect(await knock(`node${n}@localhost`, 'right')).toBe('up')
  }
  expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(32)
  await eventually('room for 64', () => closed >= 2_000 - 64)
  expect(errors).toHaveLength(1)
  expect(errors[0]).toContain('it was the oldest of 64 handshakes in progress')
  await clock.advance(7_000)
  await eventually('the end of the last ones', () => closed === 2_000)
  expect(errors).toHaveLength(2)
  await peers.stop()
})
