/** Messages of the handshake, without their length. */

/** Reads the fields of one message. The caller checks `length` first. */
export class Message {
  readonly #bytes: Buffer

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  get length(): number {
    return this.#bytes.length
  }

  get tag(): string {
    return this.latin1(0, 1)
  }

  u16 = (at: number): number => this.#bytes.readUInt16BE(at)
  u32 = (at: number): number => this.#bytes.readUInt32BE(at)
  u64 = (at: number): bigint => this.#bytes.readBigUInt64BE(at)
  bytes = (start: number, end: number): Uint8Array => this.#bytes.subarray(start, end)
  latin1 = (start: number, end: number): string => this.#bytes.toString('latin1', start, end)

  /** Returns the text after the `s` of a status message; '' for another message. */
  status(): string {
    return this.tag === 's' ? this.latin1(1, Math.min(this.length, 300)) : ''
  }

  describe(): string {
    const more = this.length > 24 ? '…' : ''
    return `${this.length} bytes, ${quote(this.latin1(0, 24))}${more}`
  }
}

/** Returns the message `N`, with a challenge when the acceptor sends it. */
export function nameMessage(
  local: { readonly name: string; readonly creation: number },
  flags: bigint,
  challenge?: number,
): Uint8Array {
  const text = Buffer.from(local.name, 'latin1')
  const high = u32(Number(flags >> 32n))
  const low = u32(Number(flags & 0xffff_ffffn))
  const middle = challenge === undefined ? [] : [u32(challenge)]
  return Buffer.concat([Buffer.from('N'), high, low, ...middle, u32(local.creation), u16(text.length), text])
}

export function u16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value)
}

export function u32(value: number): Uint8Array {
  return Uint8Array.of(value >> 24, value >> 16, value >> 8, value)
}

/** Quotes a text, with control characters escaped for terminals. */
export function quote(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\u00a0]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`)
}
