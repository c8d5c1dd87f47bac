import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { receive, self, send, tuple } from '../../src/index.ts'
import { frames } from '../distribution/frames.ts'
import { dial } from '../epmd/sockets.ts'
import { framed, RawPeer } from '../node/raw-peer.ts'
import { Cluster } from '../support/cluster.ts'
import { eventually } from '../support/eventually.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const MIB = 2 ** 20

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')
/** What is said at each door, before it is spoilt. */
const words = {
  epmd: [
    bytes('\0\x01n'),
    bytes('\0\x05zalex'),
    bytes('\0\x11x\x20\0M\0\0\x06\0\x05\0\x04evil\0\0'),
    bytes('\0\x01k'),
  ],
  handshake: [
    bytes('\0\x1dN\0\0\0\x0d\x07\xdf\x7f\xbd\0\0\0\x05\0\x0eevil@localhost'),
    bytes('\0\x15r\0\0\0\x01abcdefghijklmnop'),
  ],
  link: Object.values(frames).map((hex) => framed(Buffer.from(hex, 'hex'))),
}
const door = fc.constantFrom('epmd' as const, 'handshake' as const, 'link' as const)
const attack = door.chain((at) =>
  fc.record({
    at: fc.constant(at),
    said: fc.array(fc.oneof(fc.constantFrom(...words[at]), fc.uint8Array({ maxLength: 80 })), {
      minLength: 1,
      maxLength: 6,
    }),
    changes: fc.array(fc.tuple(fc.nat(600), fc.nat(255)), { maxLength: 6 }),
    cuts: fc.array(fc.nat(600), { maxLength: 3 }),
  }),
)

test('ten thousand clients that send random bytes to any port affect no other client, and leave nothing behind', async () => {
  await using cluster = await Cluster.start()
  const { node } = await cluster.moebi('alex', { log: () => {} })
  const kate = await cluster.moebi('kate', { log: () => {} })
  const { kernel } = node
  const server = kernel.create()
  server.handle((message) => {
    const [from, text] = message as unknown as [never, string]
    kernel.send(server.pid, from, `${text}!`)
  })
  const unharmed = async (): Promise<void> =>
    expect(
      await kate.node.run(() => {
        send(server.pid, tuple(self(), 'still here'))
        return receive()
      }),
    ).toBe('still here!')
  const { epmdPort, cookie } = cluster
  const enter = async (at: 'epmd' | 'handshake' | 'link') => {
    if (at === 'epmd') return dial(epmdPort)
    if (at === 'handshake') return (await RawPeer.call('alex@localhost', epmdPort)).socket
    return (await RawPeer.link({ as: 'mallory@localhost', to: 'alex@localhost', epmdPort, cookie })).socket
  }
  await unharmed()
  const processes = kernel.processes().length
  let count = 0
  let memory = 0
  await fc.assert(
    fc.asyncProperty(attack, async ({ at, said, changes, cuts }) => {
      const all = Buffer.concat(said)
      if (all.length > 0) for (const [offset, value] of changes) all[offset % all.length] = value
      const socket = await enter(at)
      const ended = new Promise((resolve) => socket.once('close', resolve))
      let from = 0
      for (const cut of cuts.sort((a, b) => a - b)) {
        socket.write(all.subarray(from, cut))
        from = Math.max(from, cut)
        await new Promise(setImmediate)
      }
      socket.resume().end(all.subarray(from))
      await ended
      if (++count % 500 !== 0) return
      await unharmed()
      // By then everything is warm.
      if (count !== 2_000) return
      collect()
      memory = process.memoryUsage().heapUsed
    }),
    { numRuns: 10_000, endOnFailure: true },
  )
  await unharmed()
  await eventually('no process more or less', () => kernel.processes().length === processes)
  collect()
  expect(process.memoryUsage().heapUsed - memory).toBeLessThan(20 * MIB)
})
