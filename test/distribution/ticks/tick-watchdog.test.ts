import { connect, createServer, type Server, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type BlockedReport, watchTicks } from '../../../src/distribution/ticks/tick-watchdog.ts'
import { eventually } from '../../support/eventually.ts'

const QUARTER = 100
let server: Server
let near: Socket
let far: Socket
const reports: BlockedReport[] = []

beforeEach(async () => {
  reports.length = 0
  far = await new Promise<Socket>((resolve) => {
    server = createServer(resolve).listen(0, '127.0.0.1', () => {
      near = connect({ port: (server.address() as { port: number }).port, host: '127.0.0.1' })
    })
  })
})

afterEach(() => {
  near.destroy()
  far.destroy()
  server.close()
})

const watch = (limit = 60_000) =>
  watchTicks(near, { quarter: QUARTER, limit, onBlocked: (report) => reports.push(report) })!

/** Waits until the thread runs, which is started a second after the first connection. */
async function threadStarted({ beat }: { beat(): void }): Promise<void> {
  const beating = setInterval(beat, QUARTER / 2)
  await new Promise((resolve) => setTimeout(resolve, 2_500))
  clearInterval(beating)
}

/** Blocks this thread, as a computation does. */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

/** Returns the bytes that arrive until the sender has ended. */
function received(): Promise<Buffer> {
  const chunks: Buffer[] = []
  far.on('data', (chunk) => chunks.push(chunk))
  return new Promise((resolve) => far.once('end', () => resolve(Buffer.concat(chunks))))
}

test('ticks are sent while this thread is blocked, between whole writes, up to the limit', async () => {
  await threadStarted(watch(1_000))
  // A busy machine may have blocked the thread before: ticks and reports of that time are not counted.
  reports.length = 0
  near.write(Uint8Array.of(1, 2, 3))
  block(3_000)
  near.end(Uint8Array.of(4))
  const all = await received()
  const bytes = all.subarray(all.indexOf(1))
  expect(all.subarray(0, -bytes.length).every((byte) => byte === 0)).toBe(true)
  const ticks = (bytes.length - 4) / 4
  expect(bytes).toEqual(Buffer.from([1, 2, 3, ...new Array(ticks * 4).fill(0), 4]))
  expect(ticks).toBeGreaterThanOrEqual(4)
  expect(ticks).toBeLessThanOrEqual(11)
  await eventually('the reports', () => reports.some(({ isOver }) => isOver))
  expect(reports.map(({ isOver }) => isOver).slice(-2)).toEqual([false, true])
})

test('no tick is sent while bytes of this thread wait', async () => {
  // Made before: on a slow machine it takes longer than a quarter of the tick time, and a tick would come before it.
  const big = new Uint8Array(32 * 2 ** 20).fill(7)
  await threadStarted(watch())
  near.write(big)
  expect(near.writableLength).toBeGreaterThan(0)
  block(1_000)
  near.end()
  const bytes = await received()
  // Ticks may stand before and after them.
  const start = bytes.indexOf(7)
  expect(start % 4).toBe(0)
  expect(bytes.subarray(start, start + big.length).equals(big)).toBe(true)
  expect(bytes.subarray(0, start).every((byte) => byte === 0)).toBe(true)
  expect(bytes.subarray(start + big.length).every((byte) => byte === 0)).toBe(true)
})

test('a thread that handles events, and a connection that has stopped, get no ticks', async () => {
  const watchdog = watch()
  await threadStarted(watchdog)
  watchdog.stop()
  block(1_000)
  near.end()
  expect(await received()).toHaveLength(0)
  expect(reports).toEqual([])
})

test('a stream without a descriptor is not watched', () => {
  const options = { quarter: QUARTER, limit: 1, onBlocked: () => {} }
  expect(watchTicks(new Duplex(), options)).toBe(undefined)
})
