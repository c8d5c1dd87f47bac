import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { Bits, badarg, bitsOfBytes, type Functions } from '../../value/index.ts'
import { iolist } from './conversion.ts'

const bytesOf = (data: unknown): Uint8Array => iolist(data).toBytes()
const sum = (value: unknown): number =>
  typeof value === 'number' && value >= 0 && value < 2 ** 32 ? value : badarg()
const size = (value: unknown): number =>
  typeof value === 'number' && value >= 0 && value < MAX_SIZE ? value : badarg()
/** Maximum size of the second part of a combined checksum. */
const MAX_SIZE = 2 ** 28
const MODULUS = 65521

function adler32(data: Uint8Array, initial = 1): number {
  let low = initial & 0xffff
  let high = initial >>> 16
  for (const byte of data) {
    low = (low + byte) % MODULUS
    high = (high + low) % MODULUS
  }
  return high * 0x10000 + low
}

/** Checksums of `erlang`. The context of an MD5 that is not finished is its data. */
export const checksums: Functions = {
  md5: (data: unknown) => bitsOfBytes(createHash('md5').update(bytesOf(data)).digest()),
  md5_init: () => bitsOfBytes(new Uint8Array(0)),
  md5_update: (context: unknown, data: unknown) =>
    context instanceof Bits ? bitsOfBytes(Buffer.concat([context.toBytes(), bytesOf(data)])) : badarg(),
  md5_final: (context: unknown) => bitsOfBytes(createHash('md5').update(bytesOf(context)).digest()),
  crc32: (first: unknown, second: unknown = undefined) =>
    second === undefined ? crc32(bytesOf(first)) : crc32(bytesOf(second), sum(first)),
  // A checksum is linear: that of A followed by B is that of A followed by zeros, with the difference that B makes.
  crc32_combine: (first: unknown, second: unknown, length: unknown) => {
    const zeros = new Uint8Array(size(length))
    return (crc32(zeros, sum(first)) ^ crc32(zeros) ^ sum(second)) >>> 0
  },
  adler32: (first: unknown, second: unknown = undefined) =>
    second === undefined ? adler32(bytesOf(first)) : adler32(bytesOf(second), sum(first)),
  adler32_combine: (first: unknown, second: unknown, length: unknown) => {
    const [a, b, count] = [sum(first), sum(second), size(length)]
    const low = ((a & 0xffff) + (b & 0xffff) + MODULUS - 1) % MODULUS
    const high = ((a >>> 16) + (b >>> 16) + (count % MODULUS) * ((a & 0xffff) + MODULUS - 1)) % MODULUS
    return high * 0x10000 + low
  },
}
