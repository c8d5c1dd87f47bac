import { inflateSync } from 'node:zlib'
import type { Reader } from './reader.ts'

// zlib inflates one byte to at most 1032 bytes, so a larger announced size is refused at once.
const MAX_RATIO = 1032

/**
 * COMPRESSED: the inflated size in four bytes, then a zlib stream, and nothing after it.
 *
 * At most the announced number of bytes is inflated.
 */
export function inflate(r: Reader): Uint8Array {
  const at = r.offset++
  r.ensureAvailable(4, at)
  const size = r.u32()
  if (size > r.maxInflated)
    r.fail(at, `announces ${size} inflated bytes, at most ${r.maxInflated} are allowed (limit maxInflated)`)
  if (size < 1 || size > r.remaining * MAX_RATIO)
    r.fail(at, `announces ${size} inflated bytes, which the ${r.remaining} bytes that are left cannot hold`)
  const stream = r.bytes.subarray(r.offset, r.end)
  let inflated: { buffer: Uint8Array; engine: { bytesWritten: number } }
  try {
    inflated = inflateSync(stream, { maxOutputLength: size, info: true }) as unknown as typeof inflated
  } catch (error) {
    return r.fail(
      at,
      `holds a zlib stream of ${size} bytes: ${error instanceof Error ? error.message : error}`,
    )
  }
  if (inflated.buffer.length !== size)
    r.fail(at, `announces ${size} inflated bytes, got ${inflated.buffer.length}`)
  if (inflated.engine.bytesWritten !== stream.length)
    r.fail(at, `ends with its zlib stream, got ${stream.length - inflated.engine.bytesWritten} bytes more`)
  return inflated.buffer
}
