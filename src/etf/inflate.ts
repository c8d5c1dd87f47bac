import { inflateSync } from 'node:zlib'
import type { Reader } from './reader.ts'

// zlib makes at most 1032 bytes of one, so that who announces more is lying.
const MAX_RATIO = 1032

/**
 * COMPRESSED: four bytes that announce a size, then a zlib stream of so many bytes, and nothing after it.
 *
 * Never more than what was announced is inflated.
 */
export function inflate(r: Reader): Uint8Array {
  const at = r.offset++
  r.need(4, at)
  const size = r.u32()
  if (size > r.maxInflated)
    r.fail(at, `announces ${size} inflated bytes, at most ${r.maxInflated} are allowed`)
  if (size < 1 || size > r.left * MAX_RATIO)
    r.fail(at, `announces ${size} inflated bytes, which the ${r.left} bytes that are left cannot hold`)
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
