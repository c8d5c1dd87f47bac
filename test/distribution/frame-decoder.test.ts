import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FrameDecoder, ProtocolError } from '../../src/distribution/index.ts'

/** An independent encoder of frames. */
function framed(header: 2 | 4, ...bodies: Uint8Array[]): Buffer {
  return Buffer.concat(
    bodies.flatMap((body) => {
      const length = Buffer.alloc(header)
      length.writeUIntBE(body.length, 0, header)
      return [length, body]
    }),
  )
}

function split(frames: FrameDecoder, chunks: Uint8Array[]): Buffer[] {
  const found: Buffer[] = []
  for (const chunk of chunks) {
    frames.push(chunk)
    while (frames.next()) found.push(Buffer.from(frames.bytes.subarray(frames.start, frames.end)))
  }
  return found
}

const bodies = [Buffer.from('one'), Buffer.alloc(0), Buffer.alloc(300, 7), Buffer.from('x')]

for (const header of [2, 4] as const) {
  test(`frames with a header of ${header} bytes come out whole, wherever the stream is cut in two`, () => {
    const stream = framed(header, ...bodies)
    for (let cut = 0; cut <= stream.length; cut++)
      expect(split(new FrameDecoder(header), [stream.subarray(0, cut), stream.subarray(cut)])).toEqual(bodies)
  })

  test(`frames with a header of ${header} bytes come out whole when every byte comes alone`, () => {
    const stream = framed(header, ...bodies)
    expect(
      split(
        new FrameDecoder(header),
        [...stream].map((byte) => Uint8Array.of(byte)),
      ),
    ).toEqual(bodies)
  })
}

test('frames are complete and in order, wherever the stream is split', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 12 }),
      fc.array(fc.nat(600), { maxLength: 40 }),
      (sent, cuts) => {
        const stream = framed(4, ...sent)
        const places = [
          0,
          ...cuts.map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b),
          stream.length,
        ]
        const chunks = places.slice(1).map((end, i) => stream.subarray(places[i], end))
        expect(split(new FrameDecoder(4), chunks).map((frame) => [...frame])).toEqual(
          sent.map((body) => [...body]),
        )
      },
    ),
  )
})

test('the bytes of a frame do not change when later frames arrive', () => {
  const frames = new FrameDecoder(4)
  const stream = framed(4, Buffer.from('first'), Buffer.from('other'))
  frames.push(stream.subarray(0, 6))
  expect(frames.next()).toBe(false)
  frames.push(stream.subarray(6))
  expect(frames.next()).toBe(true)
  const first = frames.bytes.subarray(frames.start, frames.end)
  expect(frames.next()).toBe(true)
  expect(Buffer.from(first).toString()).toBe('first')
})

test('bytes after the last frame can be taken over', () => {
  const frames = new FrameDecoder(2)
  const stream = Buffer.concat([framed(2, Buffer.from('done')), Buffer.from('behind')])
  frames.push(stream)
  expect(frames.next()).toBe(true)
  expect(Buffer.from(frames.rest()).toString()).toBe('behind')
})

test('a frame longer than the limit is refused as soon as its length has arrived', () => {
  const frames = new FrameDecoder(4, 100)
  frames.push(Uint8Array.of(0, 0, 0, 101))
  expect(() => frames.next()).toThrow(
    new ProtocolError('a frame of 101 bytes was announced, at most 100 bytes are accepted (limit maxFrame)'),
  )
})

test('a frame that is announced and does not arrive allocates no memory', () => {
  const before = process.memoryUsage().arrayBuffers
  const all = Array.from({ length: 50 }, () => {
    const frames = new FrameDecoder(4)
    frames.push(Uint8Array.of(0x0f, 0xff, 0xff, 0xff, 112))
    expect(frames.next()).toBe(false)
    return frames
  })
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20)
  expect(all).toHaveLength(50)
})
