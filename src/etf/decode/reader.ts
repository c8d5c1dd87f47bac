import type { Floats, Term } from '../../term/index.ts'
import { VERSION } from '../tags.ts'
import { type AtomValue, type CachedAtom, cachedAtom } from './cached-atom.ts'
import { DecodeError } from './decode-error.ts'

/** Levels that are read by recursion. Deeper levels are read by `readDeep`, since the call stack is limited. */
const MAX_RECURSION = 256
const NO_ATOMS: readonly CachedAtom[] = []

/** Limits for the terms of one message. A decoder refuses what exceeds them with a DecodeError that names the limit. */
export interface TermLimits {
  /** The most levels that a term may be nested. Default 1,000,000. */
  readonly maxDepth?: number
  /** The most terms in the lists, tuples, maps and records of one message. Default 16,777,216. */
  readonly maxTerms?: number
  /** The most bytes that the digits of an integer may have. Default 4 MiB, the largest integer of OTP. */
  readonly maxDigits?: number
  /** The most atoms of which no value of this program holds one. Default 262,144. */
  readonly maxNewAtoms?: number
}

export const DEFAULT_TERM_LIMITS: Required<TermLimits> = {
  maxDepth: 1_000_000,
  maxTerms: 2 ** 24,
  maxDigits: 2 ** 22,
  maxNewAtoms: 2 ** 18,
}

export interface DecodeOptions extends TermLimits {
  /**
   * `'exact'`: a float without a fraction is decoded as `Float`, so that 1.0 is encoded as 1.0 again. `'number'`: as a number.
   * Keys of maps are exact in any case. Default `'exact'`.
   */
  readonly floats?: Floats
  /** `'text'`: a binary that is valid UTF-8 is decoded as a string, any other as bytes. `'bytes'`: always as bytes. Default `'text'`. */
  readonly binaries?: 'text' | 'bytes'
  /** The atoms that ATOM_CACHE_REF refers to, by their index in the distribution header. */
  readonly cache?: readonly AtomValue[]
  /** The most bytes that a compressed term may have when it is inflated. Default 16 MiB. */
  readonly maxInflated?: number
}

/** Reads the term at the reader's offset, which is nested `depth` levels deep in the decoded term. */
export type ReadTerm = (r: Reader, depth: number) => Term

/**
 * A cursor over bytes that hold terms, for a connection that reads several terms from each frame. Call `reset` with a
 * frame, then `decodeTerm` for each term.
 *
 * When not to use it: for one complete term. Use `decode`.
 */
export class Reader {
  bytes: Buffer = Buffer.alloc(0)
  offset = 0
  end = 0
  /** The offset at which the frame begins. The offsets in errors count from here. */
  base = 0
  /** The number of elements for which arrays may still be allocated before the elements have been read. */
  reservable = 0
  /** Whether terms are counted: a term has at least one byte, so a short message cannot have too many. */
  counts = false
  /** The number of terms that containers may still announce. */
  countable = 0
  /** The number of new atoms that were read. The owner of a reader for many frames sets it to 0 from time to time. */
  newAtoms = 0
  /** Called when more than {@link maxNewAtoms} were read, before that is an error. */
  onAtomsExceeded: () => void = () => {}
  /** The number of funs around the term that is being read. */
  openFuns = 0
  /**
   * Binaries of at least so many bytes are views of the reader's bytes, and shorter ones copies. The bytes must not be overwritten
   * later where this is a number.
   */
  viewsFrom: number = Number.POSITIVE_INFINITY
  /** Whether an ATOM_CACHE_REF has been read. */
  cacheUsed = false
  /** The atoms that ATOM_CACHE_REF refers to. Only the first {@link cacheSize} are valid. */
  cache: readonly CachedAtom[]
  cacheSize: number
  /** Whether floats without a fraction are read as `Float`. Always true within a key of a map, where `1` is not `1.0`. */
  exact: boolean
  readonly #exact: boolean
  readonly binariesAsText: boolean
  readonly maxDepth: number
  /** The number of levels that are read by recursion. */
  readonly maxRecursion: number
  readonly maxDigits: number
  readonly maxTerms: number
  readonly maxNewAtoms: number
  readonly maxInflated: number

  constructor(options: DecodeOptions = {}) {
    this.#exact = options.floats !== 'number'
    this.exact = this.#exact
    this.binariesAsText = options.binaries !== 'bytes'
    this.cache = options.cache?.map(cachedAtom) ?? NO_ATOMS
    this.cacheSize = this.cache.length
    this.maxDepth = options.maxDepth ?? DEFAULT_TERM_LIMITS.maxDepth
    this.maxRecursion = Math.min(MAX_RECURSION, this.maxDepth)
    this.maxDigits = options.maxDigits ?? DEFAULT_TERM_LIMITS.maxDigits
    this.maxTerms = options.maxTerms ?? DEFAULT_TERM_LIMITS.maxTerms
    this.maxNewAtoms = options.maxNewAtoms ?? DEFAULT_TERM_LIMITS.maxNewAtoms
    this.maxInflated = options.maxInflated ?? 16 * 2 ** 20
  }

  /**
   * Moves the reader to other bytes.
   *
   * A decoded term never refers to them, unless {@link viewsFrom} is set: they may be overwritten when decoding has returned.
   */
  reset(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    this.bytes = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length)
    this.offset = this.base = start
    this.end = this.reservable = end
    this.counts = end - start > this.maxTerms
    this.countable = this.maxTerms
    this.openFuns = 0
    this.exact = this.#exact
  }

  /** The number of bytes from the offset to the end. */
  get remaining(): number {
    return this.end - this.offset
  }

  /** Reads the byte 131, which precedes a term that has no distribution header. */
  readVersion(): void {
    const version = this.offset < this.end ? this.bytes[this.offset] : undefined
    if (version !== VERSION)
      throw new DecodeError(
        this.offset - this.base,
        undefined,
        `it begins with the version ${VERSION}, got ${version ?? 'no byte'}`,
      )
    this.offset++
  }

  /** Reads 4 bytes. The caller has called {@link ensureAvailable}. */
  u32(): number {
    const bytes = this.bytes
    const at = this.offset
    this.offset = at + 4
    return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
  }

  /** Throws when fewer than `n` bytes are left. `at` is the offset of the tag that needs them. */
  ensureAvailable(n: number, at: number): void {
    if (this.end - this.offset < n)
      this.fail(at, `needs ${count(n, 'more byte')}, only ${are(this.end - this.offset)} left`)
  }

  /** Throws when the bytes that are left cannot hold the `n` items that a tag announces, of at least `least` bytes each. */
  checkCount(n: number, least: number, what: string, at: number): void {
    if ((this.end - this.offset) / least < n)
      this.fail(at, `announces ${count(n, what)}, only ${are(this.end - this.offset)} left`)
  }

  /** Counts an atom that was read and is new. @throws DecodeError for more than {@link maxNewAtoms} */
  countNewAtom(at: number): void {
    if (++this.newAtoms <= this.maxNewAtoms) return
    this.onAtomsExceeded()
    if (this.newAtoms > this.maxNewAtoms)
      this.fail(at, `is one of more than ${this.maxNewAtoms} new atoms (limit maxNewAtoms)`)
  }

  /** Throws a DecodeError for the tag at the offset `at`. */
  fail(at: number, expected: string): never {
    throw new DecodeError(at - this.base, this.bytes[at], expected)
  }
}

const count = (n: number, what: string): string =>
  n === 1 ? `1 ${what}` : `${n} ${what.endsWith('y') ? `${what.slice(0, -1)}ies` : `${what}s`}`
const are = (bytes: number): string => (bytes === 1 ? '1 byte is' : `${bytes} bytes are`)
