import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { SimulatedClock } from '../../src/clock/index.ts'
import { closeGracefully } from '../../src/distribution/close-gracefully.ts'

let server: Server | undefined
const sockets: Socket[] = []

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  server?.close()
})

/** Our end of a connection, and the peer's, which does not read yet. */
async function pair(): Promise<{ ours: Socket; peers: Socket }> {
  server = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const ours = connect((server.address() as { port: number }).port, '127.0.0.1')
  const [peers] = await accepted
  sockets.push(ours, peers)
  return { ours, peers }
}

const SIZE = 20_000_000

test('a peer that reads gets every byte, and then the end', async () => {
  const { ours, peers } = await pair()
  ours.write(Buffer.alloc(SIZE))
  const closed = closeGracefully(ours, new SimulatedClock())
  let received = 0
  for await (const bytes of peers) received += (bytes as Buffer).length
  peers.end()
  expect(received).toBe(SIZE)
  await closed
})

test('a peer that reads slowly, but reads, has a minute', async () => {
  const clock = new SimulatedClock()
  const { ours } = await pair()
  ours.write(Buffer.alloc(SIZE))
  let closed = false
  void closeGracefully(ours, clock).then(() => {
    closed = true
  })
  expect(ours.timeout).toBe(5_000)
  await clock.advance(59_999)
  expect([ours.destroyed, closed]).toEqual([false, false])
  await clock.advance(1)
  expect(ours.destroyed).toBe(true)
})

test('a socket that transfers nothing is destroyed by its own time limit', async () => {
  const { ours } = await pair()
  ours.write(Buffer.alloc(SIZE))
  const closed = closeGracefully(ours, new SimulatedClock())
  ours.emit('timeout')
  expect(ours.destroyed).toBe(true)
  await closed
})
