import { EventEmitter } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import {
  type Kernel,
  LocalKernel,
  Process,
  type Report,
  receive,
  reports,
  runInProcess,
  self,
  sleep,
} from '../../src/process/index.ts'
import { atom, kill } from '../../src/term/index.ts'
import { inProcess, until } from '../support/processes.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const parkedOf = (kernel: Kernel): Promise<readonly { readonly label: string }[]> =>
  inProcess(kernel, () => Process.zombies())

test('a process that was killed while its code waits is a zombie until the code continues', async () => {
  const kernel = new LocalKernel()
  let come: () => void = () => {}
  const outside = new Promise<void>((resolve) => {
    come = resolve
  })
  const seen: string[] = []
  const holding = kernel.spawn(
    async () => {
      await outside
      seen.push('ran on')
      // Functions of Moebi have no effect any more.
      await sleep(0)
      seen.push('woken')
    },
    { label: 'holding' },
  )
  await until('it runs', () => holding.status === 'running')
  expect(await parkedOf(kernel)).toEqual([])
  holding.exitSignal(kernel.user, kill, false)
  expect(await parkedOf(kernel)).toEqual([
    { pid: holding.pid, label: 'holding', reason: atom('killed'), since: expect.any(Number) },
  ])
  come()
  await until('its code goes on', () => seen.length > 0)
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect(seen).toEqual(['ran on'])
})

test('a zombie whose code ends is removed; one that waits for an operation of Moebi is collected', async () => {
  const kernel = new LocalKernel()
  const start = (label: string, fn: () => Promise<unknown>): void => {
    const process = kernel.spawn(fn, { label })
    void Promise.resolve().then(() => setImmediate(() => process.exitSignal(kernel.user, kill, false)))
  }
  start('a timer', () => new Promise((resolve) => setTimeout(resolve, 20)))
  start('receive', async () => {
    for (;;)
      try {
        await receive()
      } catch {}
  })
  await new Promise((resolve) => setTimeout(resolve, 5))
  await eventuallyCollected(kernel, [])
})

test('a process whose callback has not returned when it ends is a zombie too', async () => {
  const kernel = new LocalKernel()
  const forever = new Promise<void>(() => {})
  const process = kernel.create({ label: 'hung' })
  process.handle(() => forever)
  process.deliver('message')
  await until('it is busy', () => process.status === 'running' && process.mailbox.length === 0)
  process.exit(kill)
  expect((await parkedOf(kernel)).map(({ label }) => label)).toEqual(['hung'])
  // This test holds `forever` and `process`, as a library holds what it waits for.
  expect(forever).toBeInstanceOf(Promise)
})

async function eventuallyCollected(kernel: Kernel, expected: readonly string[]): Promise<void> {
  const end = performance.now() + 5_000
  for (;;) {
    collect()
    await new Promise((resolve) => setTimeout(resolve, 10))
    const labels = (await parkedOf(kernel)).map(({ label }) => label)
    if (labels.join() === expected.join()) return
    if (performance.now() > end) expect(labels).toEqual(expected)
  }
}

test('an error in a listener of a socket or an emitter ends the process that listens', async () => {
  const kernel = new LocalKernel()
  const published: Report[] = []
  const listen = (message: unknown): void => void published.push(message as Report)
  reports.subscribe(listen)
  const server = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  try {
    const pids = [
      kernel.spawn(async () => {
        connect((server.address() as AddressInfo).port, '127.0.0.1').on('data', () => {
          throw new Error('in a listener of a socket')
        })
        await receive()
      }),
      kernel.spawn(async () => {
        const emitter = new EventEmitter()
        emitter.on('ring', () => {
          throw new Error('in a listener of an emitter')
        })
        setTimeout(() => emitter.emit('ring'), 1)
        await receive()
      }),
    ]
    const bystander = kernel.spawn(() => receive())
    await until('both reports', () => published.length === 2)
    expect(pids.map(({ alive }) => alive)).toEqual([false, false])
    expect(bystander.alive).toBe(true)
    expect(published.map(({ text }) => text.split('\n')[1]).sort()).toEqual(
      ['** (RuntimeError) in a listener of a socket', '** (RuntimeError) in a listener of an emitter'].sort(),
    )
    expect(new Set(published.map(({ pid }) => pid))).toEqual(new Set(pids.map(({ pid }) => pid)))
    runInProcess(bystander, () => expect(self()).toBe(bystander.pid))
  } finally {
    reports.unsubscribe(listen)
    server.close()
  }
})
