/** Number of entries that are kept. Names of atoms get them in turn. */
export const ENTRIES = 1792
/** The entries behind them are set anew by each header that may leave late. */
const LATE_ENTRY = ENTRIES
/** Most atoms of one header. */
const MAX_ATOMS = 255
/** Bytes of a header that refers to no atoms: 131, 68, their number. */
export const EMPTY_HEADER = 3
/** Bit in the four bits of a reference: the atom follows, and becomes the entry. */
const NEW_ENTRY = 8
/** Bytes of SMALL_ATOM_UTF8_EXT before the name. */
const NAME = 2

/** The bytes of an atom, as SMALL_ATOM_UTF8_EXT. */
interface AtomBytes extends Uint8Array {
  /** The entry of the atom in every cache; -1 for an atom that is not cached. */
  readonly entry: number
}

/**
 * The atom cache of one connection for what is sent: it collects the atoms of a message while this is written, and then writes the
 * distribution header, which stands before the message.
 * https://www.erlang.org/doc/apps/erts/erl_ext_dist#distribution-header
 *
 * The receiver must get the headers in the order in which they were written. A header that may leave later has its own entries, and
 * all of its names.
 */
export class AtomCacheWriter {
  /** The atoms that the receiver has. */
  readonly #sent: (AtomBytes | undefined)[] = new Array(ENTRIES).fill(undefined)
  /** The atoms of the message. */
  readonly #atoms: AtomBytes[] = []
  /** For each entry the index in `#atoms`, if an atom with this entry is there. */
  readonly #indexes: Uint8Array = new Uint8Array(ENTRIES)
  #count = 0

  /** Begins a message. */
  begin(): void {
    this.#count = 0
  }

  /** Returns the index of an atom in the header of the message, or -1 for an atom that must be written with its name. */
  indexOf(atom: AtomBytes): number {
    const { entry } = atom
    if (entry < 0) return -1
    const at = this.#indexes[entry]!
    const count = this.#count
    if (at < count) {
      const other = this.#atoms[at]!
      if (other === atom) return at
      if (other.entry === entry) return -1
    }
    if (count === MAX_ATOMS) return -1
    this.#atoms[count] = atom
    this.#indexes[entry] = count
    this.#count = count + 1
    return count
  }

  /** The length of a header without names, which is that of most headers. */
  get shortSize(): number {
    const count = this.#count
    return count === 0 ? EMPTY_HEADER : EMPTY_HEADER + (count >>> 1) + 1 + count
  }

  /** Returns the length of the header. @param late whether it may leave after headers that are written later */
  headerSize(late: boolean): number {
    const count = this.#count
    let size = this.shortSize
    for (let i = 0; i < count; i++) {
      const atom = this.#atoms[i]!
      if (late || this.#sent[atom.entry] !== atom) size += 1 + atom.length - NAME
    }
    return size
  }

  /** Writes the header at an offset. There is room for {@link headerSize} bytes. */
  writeHeader(bytes: Uint8Array, start: number, late: boolean): void {
    const count = this.#count
    bytes[start] = 131
    bytes[start + 1] = 68
    bytes[start + 2] = count
    if (count === 0) return
    const flags = start + EMPTY_HEADER
    let at = flags + (count >>> 1) + 1
    let half = 0
    for (let i = 0; i < count; i++) {
      const atom = this.#atoms[i]!
      const entry = late ? LATE_ENTRY + i : atom.entry
      let bits = entry >>> 8
      bytes[at++] = entry
      if (late || this.#sent[entry] !== atom) {
        bits |= NEW_ENTRY
        const size = atom.length - NAME
        bytes[at++] = size
        for (let j = NAME; j < atom.length; j++) bytes[at++] = atom[j]!
        if (!late) this.#sent[entry] = atom
      }
      if (i & 1) bytes[flags + (i >>> 1)] = half | (bits << 4)
      else half = bits
    }
    // The bits of the header itself: every length has one byte.
    bytes[flags + (count >>> 1)] = count & 1 ? half : 0
  }
}
