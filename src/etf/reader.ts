import type { Atom, Term } from '../term/index.ts'
import { DecodeError } from './decode-error.ts'
import { VERSION } from './tags.ts'

/** From this level on a term is read with a stack of our own, since that of JavaScript ends. */
const LEVELS = 256

export interface DecodeOptions {
  /** Whether floats without a fraction arrive as `Float`, so that 1.0 goes back as 1.0. Default: as numbers. */
  readonly exact?: boolean
  /** `'text'`: binaries that are UTF-8 arrive as strings, the others as bytes. `'bytes'`: always bytes. Default `'text'`. */
  readonly binaries?: 'text' | 'bytes'
  /** The atoms that ATOM_CACHE_REF means, by their index in the distribution header. */
  readonly cache?: readonly (Atom | boolean | null)[]
  /** How many levels terms may be nested. Default 1,000,000. */
  readonly maxDepth?: number
  /** How many bytes the digits of an integer may have. Default 1 MiB. */
  readonly maxDigits?: number
  /** How many bytes a compressed term may have when it is inflated. Default 16 MiB. */
  readonly maxInflated?: number
}

/**
 * A cursor over bytes with terms in them, for a connection that reads many terms from one frame: `reset` it to a frame,
 * then `decodeTerm`.
 *
 * When not to use it: for one term that is there as a whole, for which there is `decode`.
 */
export class Reader {
  bytes: Buffer = Buffer.alloc(0)
  offset = 0
  end = 0
  /** Where the frame began: the offsets in errors count from here. */
  base = 0
  /** How many places in arrays may be reserved before their elements have been read. */
  spare = 0
  /** How many funs are open around the term that is being read. */
  funs = 0
  cacheUsed = false
  cache: readonly Term[] | undefined
  /** Whether whole floats are read as `Float`: where that is wanted, and in keys of maps, which `==` compares exactly. */
  exact: boolean
  readonly #exact: boolean
  readonly text: boolean
  readonly maxDepth: number
  /** How many levels are read by recursion. */
  readonly levels: number
  readonly maxDigits: number
  readonly maxInflated: number

  constructor(options: DecodeOptions = {}) {
    this.#exact = options.exact ?? false
    this.exact = this.#exact
    this.text = options.binaries !== 'bytes'
    this.cache = options.cache
    this.maxDepth = options.maxDepth ?? 1_000_000
    this.levels = Math.min(LEVELS, this.maxDepth)
    this.maxDigits = options.maxDigits ?? 2 ** 20
    this.maxInflated = options.maxInflated ?? 16 * 2 ** 20
  }

  /**
   * Begins with other bytes.
   *
   * What is decoded never keeps them alive: they may be written over as soon as decoding has returned.
   */
  reset(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    this.bytes = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length)
    this.offset = this.base = start
    this.end = this.spare = end
    this.funs = 0
    this.exact = this.#exact
  }

  get left(): number {
    return this.end - this.offset
  }

  /** Reads the byte 131 that stands before a term which is not preceded by a distribution header. */
  version(): void {
    const version = this.offset < this.end ? this.bytes[this.offset] : undefined
    if (version !== VERSION)
      throw new DecodeError(
        this.offset - this.base,
        undefined,
        `it begins with the version ${VERSION}, got ${version ?? 'no byte'}`,
      )
    this.offset++
  }

  /** Reads 4 bytes that are known to be there. */
  u32(): number {
    const bytes = this.bytes
    const at = this.offset
    this.offset = at + 4
    return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
  }

  /** Throws when a tag needs more bytes than are left. */
  need(n: number, at: number): void {
    if (this.end - this.offset < n)
      this.fail(at, `needs ${count(n, 'more byte')}, only ${are(this.end - this.offset)} left`)
  }

  /** Throws when a tag announces more than can be in the bytes that are left, of which each element takes `least`. */
  announced(n: number, least: number, what: string, at: number): void {
    if ((this.end - this.offset) / least < n)
      this.fail(at, `announces ${count(n, what)}, only ${are(this.end - this.offset)} left`)
  }

  /** Throws for the tag at the offset `at`. */
  fail(at: number, expected: string): never {
    throw new DecodeError(at - this.base, this.bytes[at], expected)
  }
}

const count = (n: number, what: string): string =>
  n === 1 ? `1 ${what}` : `${n} ${what.endsWith('y') ? `${what.slice(0, -1)}ies` : `${what}s`}`
const are = (bytes: number): string => (bytes === 1 ? '1 byte is' : `${bytes} bytes are`)
