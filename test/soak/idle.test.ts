import { duplexPair } from 'node:stream'
import { expect, test } from 'vitest'
import { SimulatedClock } from '../../src/clock/index.ts'
import { Connection, type ConnectionSocket, LOCAL_FLAGS } from '../../src/distribution/index.ts'
import { atom } from '../../src/term/index.ts'

const HOUR = 3_600_000
const tickTime = 8_000

test('two nodes that send no message for ten hours are still connected, and have sent a tick in every quarter', async () => {
  const clock = new SimulatedClock()
  const downs: string[] = []
  const signals: unknown[] = []
  const end = (socket: ConnectionSocket, local: string, peer: string): Connection =>
    new Connection(
      socket,
      { name: peer, creation: 7, flags: LOCAL_FLAGS, published: true },
      new Uint8Array(0),
      {
        local: { name: atom(local), creation: 7 },
        clock,
        tickTime,
        onSignal: (signal) => signals.push(signal),
        onDown: (reason) => downs.push(reason),
      },
    )
  const [left, right] = duplexPair()
  const alex = end(left, 'alex@localhost', 'kate@localhost')
  const kate = end(right, 'kate@localhost', 'alex@localhost')
  await clock.advance(10 * HOUR)
  const ticks = (10 * HOUR) / (tickTime / 4)
  for (const { stats } of [alex, kate]) {
    expect(stats.bytesOut / 4).toBeGreaterThan(ticks * 0.99)
    expect(stats.bytesOut / 4).toBeLessThanOrEqual(ticks + 1)
  }
  expect({ downs, signals }).toEqual({ downs: [], signals: [] })
  left.destroy()
  right.destroy()
})
