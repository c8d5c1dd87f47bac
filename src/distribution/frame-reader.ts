/**
 * What a frame has before its terms: 112 and a version byte, or a distribution header.
 * https://www.erlang.org/doc/apps/erts/erl_dist_protocol#protocol-between-connected-nodes
 */
import { AtomCacheReader, EMPTY_HEADER, type Reader } from '../etf/index.ts'
import type { NegotiatedFlags } from './control.ts'
import * as op from './control.ts'
import { ProtocolError } from './error.ts'
import {
  DIST_FRAG_CONT,
  DIST_FRAG_HEADER,
  DIST_HEADER,
  FRAGMENT_HEADER_SIZE,
  FRAGMENT_SIZE,
} from './fragment.ts'
import { FragmentAssembler } from './fragment-assembler.ts'
import type { Limits } from './limits.ts'

/** Moves the reader of terms of a connection to the terms of each frame, with the atoms to which they refer. */
export class FrameReader {
  readonly fragments: FragmentAssembler
  /** Whether the last frame was a fragment, to which no term refers. */
  wasFragment = false
  /** Whether the terms of the last frame begin with a version byte: it has no distribution header. */
  hasVersions = false
  readonly #negotiated: NegotiatedFlags
  readonly #terms: Reader
  /** Present where the nodes have agreed on the atom cache. */
  readonly #cache: AtomCacheReader | undefined

  constructor(link: NegotiatedFlags, terms: Reader, limits: Limits) {
    this.#negotiated = link
    this.#terms = terms
    terms.viewsFrom = FRAGMENT_SIZE
    this.fragments = new FragmentAssembler(limits.maxIncomplete, limits.maxOpenMessages)
    this.#cache = link.atomCache ? new AtomCacheReader() : undefined
  }

  /**
   * Reads what stands before the terms. Returns false for a fragment that is not the last one of its message.
   *
   * @throws ProtocolError, DecodeError
   */
  open(bytes: Uint8Array, start: number, end: number): boolean {
    const terms = this.#terms
    terms.reset(bytes, start, end)
    terms.cacheSize = 0
    this.wasFragment = false
    const first = bytes[start]
    if (first === op.PASS_THROUGH) {
      this.hasVersions = true
      terms.offset = start + 1
      terms.readVersion()
    } else {
      this.hasVersions = false
      if (first !== op.VERSION_MAGIC || !this.#negotiated.distHeader)
        return this.#unexpectedFrame(bytes, start, end)
      const second = end - start > 1 ? bytes[start + 1] : undefined
      if (second === DIST_HEADER && end - start >= EMPTY_HEADER && bytes[start + 2] === 0) {
        terms.offset = start + EMPTY_HEADER
      } else if (second === DIST_HEADER && this.#cache !== undefined) {
        terms.offset = start + 2
        this.#cache.readHeader(terms)
      } else if (this.#negotiated.fragments && (second === DIST_FRAG_CONT || second === DIST_FRAG_HEADER)) {
        if (!this.#addFragment(second, start, end)) return false
      } else return this.#unexpectedFrame(bytes, start, end)
    }
    return true
  }

  /** Returns whether the fragment was the last one. The reader of terms then has the whole message. */
  #addFragment(kind: number, start: number, end: number): boolean {
    const terms = this.#terms
    this.wasFragment = true
    let message: Uint8Array | undefined
    if (kind === DIST_FRAG_HEADER && this.#cache !== undefined) {
      terms.offset = start + FRAGMENT_HEADER_SIZE
      this.#cache.readHeader(terms)
      message = this.fragments.add(terms.bytes, start, end, this.#cache.atomsOf(terms), terms.offset)
    } else message = this.fragments.add(terms.bytes, start, end)
    if (message === undefined) return false
    terms.reset(message)
    terms.cache = this.fragments.atoms
    terms.cacheSize = terms.cache.length
    return true
  }

  #unexpectedFrame(bytes: Uint8Array, start: number, end: number): never {
    const [first, second, atoms] = bytes.subarray(start, Math.min(end, start + 3))
    const hasHeader = first === op.VERSION_MAGIC && (second === 68 || second === 69 || second === 70)
    const { distHeader, atomCache } = this.#negotiated
    if (hasHeader && !distHeader)
      throw new ProtocolError(
        `invalid distribution message: it has a distribution header (131, ${second}), but neither the atom cache nor fragments were negotiated`,
      )
    if (hasHeader && atomCache)
      throw new ProtocolError(
        `invalid distribution message: it is a fragment (131, ${second}), but fragments were not negotiated`,
      )
    if (hasHeader)
      throw new ProtocolError(
        `invalid distribution message: its distribution header refers to ${atoms ?? 'an unknown number of'} cached atoms, but no atom cache was negotiated`,
      )
    const expected = distHeader
      ? 'a distribution header (131, 68 to 70) or 112 (pass through)'
      : '112 (pass through)'
    throw new ProtocolError(`invalid distribution message: it begins with ${first}, expected ${expected}`)
  }
}
