// SMALL_BIG_EXT and LARGE_BIG_EXT: a sign byte, then the digits, 256 to each, the least significant first.

/** Reads the digits between two offsets; the caller has seen that they are there. */
export function readDigits(bytes: Buffer, start: number, end: number, negative: boolean): number | bigint {
  let top = end
  while (top > start && bytes[top - 1] === 0) top--
  if (top - start <= 7) {
    let value = 0
    for (let at = top - 1; at >= start; at--) value = value * 256 + bytes[at]!
    if (value <= Number.MAX_SAFE_INTEGER) return negative && value !== 0 ? -value : value
  }
  const value = BigInt(`0x${Buffer.from(bytes.subarray(start, top)).reverse().toString('hex')}`)
  return negative ? -value : value
}

/** Returns the digits of an integer without its sign. */
export function digitsOf(value: bigint): Uint8Array {
  const hex = (value < 0n ? -value : value).toString(16)
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').reverse()
}
