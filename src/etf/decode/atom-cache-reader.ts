import { readAtomText } from './atoms.ts'
import type { CachedAtom } from './cached-atom.ts'
import { DecodeError } from './decode-error.ts'
import type { Reader } from './reader.ts'

/** Number of entries of the cache, whose index has 11 bits. */
const ENTRIES = 2048
/** Bit in the four bits of a reference: the atom follows, and becomes the entry. The other three belong to the index. */
const NEW_ENTRY = 8

/**
 * The atom cache of one connection for what arrives. Each distribution header refers to entries of the cache, and the terms behind
 * the header refer to the atoms of the header.
 * https://www.erlang.org/doc/apps/erts/erl_ext_dist#distribution-header
 */
export class AtomCacheReader {
  readonly #entries: (CachedAtom | undefined)[] = new Array(ENTRIES).fill(undefined)
  readonly #atoms: CachedAtom[] = []

  /**
   * Reads the references of a distribution header, which begin with their number at the reader's offset. The reader then has the
   * atoms, until the next header is read, and its offset is behind the header.
   *
   * @throws DecodeError for a header that is not whole, or that refers to an entry that no header has set
   */
  readHeader(r: Reader): void {
    const at = r.offset
    const bytes = r.bytes
    ensureWhole(r, 1)
    const count = bytes[at]!
    r.cache = this.#atoms
    r.cacheSize = count
    r.offset = at + 1
    if (count === 0) return
    const flags = r.offset
    ensureWhole(r, (count >>> 1) + 1)
    r.offset += (count >>> 1) + 1
    // The four bits behind those of the last reference say whether a length has two bytes.
    const lengthSize = 1 + ((bytes[flags + (count >>> 1)]! >>> ((count & 1) << 2)) & 1)
    for (let i = 0; i < count; i++) {
      const bits = bytes[flags + (i >>> 1)]! >>> ((i & 1) << 2)
      if (r.offset >= r.end) ensureWhole(r, 1)
      const index = ((bits & 7) << 8) | bytes[r.offset++]!
      if (bits & NEW_ENTRY) this.#entries[index] = this.#readEntry(r, lengthSize)
      const atom = this.#entries[index]
      if (atom === undefined)
        throw failure(
          r,
          `the distribution header refers to the cached atom ${index}, which no header has set`,
        )
      this.#atoms[i] = atom
    }
  }

  /** Returns the atoms of the last header, for a message whose terms arrive later. */
  atomsOf(r: Reader): readonly CachedAtom[] {
    return r.cache.slice(0, r.cacheSize)
  }

  #readEntry(r: Reader, lengthSize: number): CachedAtom {
    const at = r.offset
    ensureWhole(r, lengthSize)
    const { bytes } = r
    const size = lengthSize === 1 ? bytes[at]! : (bytes[at]! << 8) | bytes[at + 1]!
    r.offset = at + lengthSize
    ensureWhole(r, size)
    try {
      return readAtomText(r, at, size)
    } catch (error) {
      // There is no tag at the offset.
      throw error instanceof DecodeError ? failure(r, `the distribution header ${error.expected}`) : error
    }
  }
}

function ensureWhole(r: Reader, size: number): void {
  const missing = size - r.remaining
  if (missing > 0)
    throw failure(
      r,
      `the distribution header is cut off, expected ${missing} more ${missing === 1 ? 'byte' : 'bytes'}`,
    )
}

function failure(r: Reader, what: string): DecodeError {
  return new DecodeError(r.offset - r.base, undefined, what)
}
