const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Returns a binary as text.
 *
 * A binary arrives as a string when it is valid UTF-8 and as bytes otherwise; with `text` and {@link bytes} the reader
 * says which one it wants. Throws a TypeError when the bytes are no UTF-8.
 */
export function text(binary: string | Uint8Array): string {
  return typeof binary === 'string' ? binary : decoder.decode(binary)
}

/** Returns a binary as bytes. @see {@link text} */
export function bytes(binary: string | Uint8Array): Uint8Array {
  return typeof binary === 'string' ? encoder.encode(binary) : binary
}

/** A binary whose last byte is not whole: `bits` of it count, from the top. */
export class BitString {
  readonly bytes: Uint8Array
  /** How many bits of the last byte count, 1 to 7. */
  readonly bits: number

  constructor(content: Uint8Array, bits: number) {
    this.bytes = content
    this.bits = bits
  }
}
