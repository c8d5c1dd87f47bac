import { type Atom, MAX_ATOM_CHARACTERS } from '../../term/index.ts'
import { ATOM_CACHE_REF, ATOM_UTF8_EXT, SMALL_ATOM_UTF8_EXT } from '../tags.ts'
import { ENTRIES } from './atom-cache-writer.ts'
import { NotATerm } from './encode-error.ts'
import { type PreEncoded, preEncode, writePreEncoded } from './pre-encoded.ts'
import type { Writer } from './writer.ts'

// Cache of the keys of objects, as the atoms that they are written as. It is cleared when it is full.
const MAX_KEYS = 4096
const keys = new Map<string, PreEncoded>()

// A shorter name needs as many bytes as a reference. With longer ones a header could be longer than a fragment.
const MIN_CACHED = 2
const MAX_CACHED = 200
/** The entry of the next atom in the atom caches. */
let nextEntry = 0

export const TRUE: PreEncoded = encodeName('true')
export const FALSE: PreEncoded = encodeName('false')
export const NIL: PreEncoded = encodeName('nil')

export function writeAtom(w: Writer, atom: Atom): void {
  writeAtomBytes(w, (atom.external as PreEncoded | undefined) ?? atomBytes(atom))
}

/** Writes the bytes of an atom, or a reference to the atom cache. */
export function writeAtomBytes(w: Writer, atom: PreEncoded): void {
  const index = w.atomCache === undefined ? -1 : w.atomCache.indexOf(atom)
  if (index < 0) return writePreEncoded(w, atom)
  w.ensure(2)
  const { bytes, offset } = w
  bytes[offset] = ATOM_CACHE_REF
  bytes[offset + 1] = index
  w.offset = offset + 2
}

/** Returns the bytes of an atom, and stores them in the atom. */
export function atomBytes(atom: Atom): PreEncoded {
  if (!isWellFormed(atom.name)) throw new NotATerm(atom, 'its name has half of a surrogate pair in it')
  const bytes = encodeName(atom.name)
  atom.external = bytes
  return bytes
}

/** Returns the bytes of the atom for a key of an object, or undefined for a key that cannot be an atom. */
export function keyBytes(key: string): PreEncoded | undefined {
  const cached = keys.get(key)
  if (cached !== undefined) return cached
  if (!isWellFormed(key)) return undefined
  if (key.length > MAX_ATOM_CHARACTERS && [...key].length > MAX_ATOM_CHARACTERS) return undefined
  if (keys.size >= MAX_KEYS) keys.clear()
  const bytes = encodeName(key)
  keys.set(key, bytes)
  return bytes
}

function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed()
}

function encodeName(name: string): PreEncoded {
  const text = Buffer.from(name)
  const size = text.length
  const encoded = preEncode([
    ...(size < 256 ? [SMALL_ATOM_UTF8_EXT, size] : [ATOM_UTF8_EXT, size >>> 8, size & 255]),
    ...text,
  ])
  if (size >= MIN_CACHED && size <= MAX_CACHED) {
    encoded.entry = nextEntry
    nextEntry = (nextEntry + 1) % ENTRIES
  }
  return encoded
}
