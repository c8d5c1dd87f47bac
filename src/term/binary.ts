const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Returns a binary as a string. A binary is decoded as a string when it is valid UTF-8, and as bytes otherwise; `text` and
 * {@link bytes} convert either form.
 *
 * @throws TypeError when the bytes are not valid UTF-8
 */
export function text(binary: string | Uint8Array): string {
  return typeof binary === 'string' ? binary : decoder.decode(binary)
}

/** Returns a binary as bytes. @see {@link text} */
export function bytes(binary: string | Uint8Array): Uint8Array {
  return typeof binary === 'string' ? encoder.encode(binary) : binary
}

/** A bit string whose last byte has less than 8 bits: the `bits` most significant bits of it count. */
export class BitString {
  readonly bytes: Uint8Array
  /** The number of bits of the last byte that count, 1 to 7. */
  readonly bits: number

  constructor(content: Uint8Array, bits: number) {
    this.bytes = content
    this.bits = bits
  }
}
