const interesting = [0, 1, 2, 127, 128, 254, 255]

/** Returns a changed copy of an input: bytes replaced, inserted, removed, copied, or joined with another input. */
export function mutate(input, other, random, maxLength) {
  let bytes = Buffer.from(input)
  const below = (limit) => Math.floor(random() * limit)
  for (let times = 1 << below(4); times > 0; times--) {
    const at = below(bytes.length + 1)
    const length = Math.min(1 << below(6), bytes.length - at)
    switch (below(8)) {
      case 0:
        if (at < bytes.length) bytes[at] ^= 1 << below(8)
        break
      case 1:
        if (at < bytes.length) bytes[at] = interesting[below(interesting.length)]
        break
      case 2:
        if (at < bytes.length) bytes[at] = below(256)
        break
      case 3:
        if (at + 4 <= bytes.length) bytes.writeInt32BE((bytes.readInt32BE(at) + below(9) - 4) | 0, at)
        break
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)])
        break
      case 5:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at)])
        break
      case 6: {
        const from = below(other.length + 1)
        const part = other.subarray(from, from + (1 << below(6)))
        bytes = Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(at)])
        break
      }
      default: {
        const from = below(other.length + 1)
        bytes = Buffer.concat([bytes.subarray(0, at), other.subarray(from)])
      }
    }
  }
  return bytes.subarray(0, maxLength)
}
