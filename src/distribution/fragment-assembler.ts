import type { CachedAtom } from '../etf/index.ts'
import { ProtocolError } from './error.ts'
import { DIST_FRAG_HEADER, FRAGMENT_HEADER_SIZE, FRAGMENT_SIZE } from './fragment.ts'

/** Default for the most messages of which fragments have arrived, and not yet the last. */
export const MAX_OPEN: number = 2 ** 16
/** Most bytes of incomplete messages of one connection. */
export const MAX_INCOMPLETE: number = 2 ** 32 - 1
/** Address space for a message is reserved for at most so many times the bytes that have arrived. */
const MAX_RESERVED = 64
const NO_ATOMS: readonly CachedAtom[] = []

/** A message whose last fragment has not arrived. */
interface OpenMessage {
  bytes: Uint8Array
  filled: number
  /** Number of the next fragment. The last one is 1. */
  next: number
  /** The period in which its last fragment arrived. */
  period: number
  readonly atoms: readonly CachedAtom[]
}

/**
 * Joins the fragments of messages. The fragments of one message arrive in order, those of different messages in any order.
 *
 * The number of fragments and the length of one tell how long a message is at most. It is collected in a buffer of this length,
 * of which the operating system gives memory to the pages that are written. As long as less than 1/{@link MAX_RESERVED} of a message
 * has arrived, its buffer is shorter, and later copied.
 */
export class FragmentAssembler {
  /** Atoms to which the terms of the last whole message refer. */
  atoms: readonly CachedAtom[] = NO_ATOMS
  readonly #open = new Map<bigint, OpenMessage>()
  readonly #maxBytes: number
  readonly #maxOpen: number
  #bytes = 0
  #period = 0

  /**
   * @param maxBytes most bytes of all incomplete messages together
   * @param maxOpen most incomplete messages
   */
  constructor(maxBytes: number = MAX_INCOMPLETE, maxOpen: number = MAX_OPEN) {
    this.#maxBytes = maxBytes
    this.#maxOpen = maxOpen
  }

  /** Begins a new period. Returns whether a message has got no fragment in so many periods. */
  isStale(periods: number): boolean {
    this.#period++
    for (const { period } of this.#open.values()) if (this.#period - period > periods) return true
    return false
  }

  /**
   * Adds the fragment in a frame: 131, 69 or 70, the id of the sequence and the number of the fragment in 8 bytes each, for the
   * first fragment the number of atoms, and a part of the message. Returns the whole message after its last fragment, without
   * headers.
   *
   * @param atoms the atoms of the first fragment's header, where the nodes have agreed on the atom cache
   * @param body offset of the part of the message in a first fragment that has such atoms
   * @throws ProtocolError
   */
  add(
    frame: Buffer,
    start: number,
    end: number,
    atoms?: readonly CachedAtom[],
    body?: number,
  ): Uint8Array | undefined {
    const isFirst = frame[start + 1] === DIST_FRAG_HEADER
    const at = body ?? start + FRAGMENT_HEADER_SIZE + (isFirst ? 1 : 0)
    if (at > end) throw invalid(`a fragment of ${end - start} bytes has no whole header`)
    const sequence = frame.readBigUInt64BE(start + 2)
    const number = frame.readBigUInt64BE(start + 10)
    if (isFirst && atoms === undefined && frame[at - 1] !== 0)
      throw invalid(`a fragment refers to ${frame[at - 1]} cached atoms, but no atom cache was negotiated`)
    const message = isFirst
      ? this.#openMessage(sequence, number, end - at, atoms ?? NO_ATOMS)
      : this.#next(sequence, number)
    this.#append(message, frame.subarray(at, end))
    if (--message.next > 0) return undefined
    this.#open.delete(sequence)
    this.#bytes -= message.filled
    this.atoms = message.atoms
    return message.bytes.subarray(0, message.filled)
  }

  #openMessage(sequence: bigint, count: bigint, size: number, atoms: readonly CachedAtom[]): OpenMessage {
    if (count === 0n) throw invalid('the number of the first fragment is 0, expected the number of fragments')
    if (this.#open.has(sequence))
      throw invalid(
        `a message in fragments begins with the sequence id ${sequence}, which another one still uses`,
      )
    if (this.#open.size >= this.#maxOpen)
      throw new ProtocolError(
        `more than ${this.#maxOpen} messages arrive in fragments at the same time (limit maxOpenMessages)`,
      )
    const most = BigInt(this.#maxBytes)
    if (count > most || count * BigInt(size) > most + BigInt(size))
      throw this.#tooLong(`${count} fragments of ${size} bytes`)
    const message = {
      bytes: reserve(Number(count) * size, size),
      filled: 0,
      next: Number(count),
      period: this.#period,
      atoms,
    }
    this.#open.set(sequence, message)
    return message
  }

  #next(sequence: bigint, number: bigint): OpenMessage {
    const message = this.#open.get(sequence)
    if (!message)
      throw invalid(`a fragment continues the sequence id ${sequence}, which no message has begun`)
    if (number !== BigInt(message.next))
      throw invalid(`the fragment ${number} of the sequence id ${sequence} came, expected ${message.next}`)
    return message
  }

  #append(message: OpenMessage, part: Uint8Array): void {
    this.#bytes += part.length
    if (this.#bytes > this.#maxBytes) throw this.#tooLong(`${this.#bytes} bytes`)
    const filled = message.filled + part.length
    if (filled > message.bytes.length) {
      // The fragments that are left are as long as this one, if they are all equal.
      const grown = reserve(filled + (message.next - 1) * part.length, filled)
      grown.set(message.bytes.subarray(0, message.filled))
      message.bytes = grown
    }
    message.bytes.set(part, message.filled)
    message.filled = filled
    message.period = this.#period
  }

  #tooLong(what: string): ProtocolError {
    return new ProtocolError(
      `${what} of incomplete messages, more than ${this.#maxBytes} (limit maxIncomplete)`,
    )
  }
}

/**
 * Gives back the memory of a chunk that a socket has read, after its bytes were copied. The garbage collector would let about 32 MiB
 * of chunks accumulate. Node.js 20 cannot do it.
 */
export function releaseChunk({ buffer, byteOffset, length }: Uint8Array): void {
  if (byteOffset === 0 && buffer.byteLength === length && length <= FRAGMENT_SIZE)
    (buffer as ArrayBuffer & { transfer?(size: number): unknown }).transfer?.(0)
}

/** Returns the buffer for a message of at most `most` bytes, of which `arrived` bytes have arrived. */
function reserve(most: number, arrived: number): Uint8Array {
  const allowed = arrived * MAX_RESERVED
  const size = most <= allowed ? most : Math.max(arrived, Math.min(allowed, Math.ceil(most / MAX_RESERVED)))
  try {
    return new Uint8Array(size)
  } catch (error) {
    throw new ProtocolError(`there is no memory for a message of ${most} bytes in fragments`, {
      cause: error,
    })
  }
}

function invalid(what: string): ProtocolError {
  return new ProtocolError(`invalid distribution message: ${what}`)
}
