import { isUtf8 } from 'node:buffer'
import { Atom, atom, MAX_ATOM_CHARACTERS } from '../../term/index.ts'
import { ATOM_CACHE_REF, ATOM_EXT, ATOM_UTF8_EXT, SMALL_ATOM_EXT, SMALL_ATOM_UTF8_EXT } from '../tags.ts'
import type { AtomValue, CachedAtom } from './cached-atom.ts'
import type { Reader } from './reader.ts'
import { copyBytes, readLatin1, readText } from './text.ts'

// Cache of the atoms that were read last, by a hash of their bytes. An atom in the cache is read without making a string.
const SLOTS = 2048
const cache: (CachedAtom | undefined)[] = new Array(SLOTS).fill(undefined)

/** Returns a hash of bytes. It leaves out the middle of a long sequence: {@link sameBytes} compares all of it. */
export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start
  let at = start
  if (hash > 16) {
    for (const stop = start + 4; at < stop; at++) hash = (Math.imul(hash, 31) + bytes[at]!) | 0
    at = end - 12
  }
  for (; at < end; at++) hash = (Math.imul(hash, 31) + bytes[at]!) | 0
  return hash ^ (hash >>> 11)
}

/** Whether `text` is the `size` bytes that begin at `start`. */
export function sameBytes(text: Uint8Array, bytes: Uint8Array, start: number, size: number): boolean {
  if (text.length !== size) return false
  for (let i = 0; i < size; i++) if (text[i] !== bytes[start + i]) return false
  return true
}

/** Reads an atom whose tag is at the reader's offset. The caller has checked the tag with {@link isAtom}. */
export function readAtom(r: Reader): AtomValue {
  return readCached(r).value
}

/** Reads an atom as its name, which is the form of a key of an object. */
export function readAtomName(r: Reader): string {
  return readCached(r).name
}

/** Reads an atom that names a node, a module or a function. */
export function readNameAtom(r: Reader, at: number): Atom {
  if (r.offset >= r.end || !isAtom(r.bytes[r.offset]!)) r.fail(at, 'needs an atom for a name, got none')
  const { value } = readCached(r)
  return value instanceof Atom ? value : Atom.intern(String(value ?? 'nil'))
}

/** Whether a tag is that of an atom. */
export function isAtom(tag: number): boolean {
  return (
    tag === SMALL_ATOM_UTF8_EXT ||
    tag === ATOM_EXT ||
    tag === ATOM_UTF8_EXT ||
    tag === SMALL_ATOM_EXT ||
    tag === ATOM_CACHE_REF
  )
}

function readCached(r: Reader): CachedAtom {
  const at = r.offset
  const bytes = r.bytes
  const tag = bytes[at]!
  if (tag === ATOM_CACHE_REF) return readCacheRef(r, at)
  const small = tag === SMALL_ATOM_UTF8_EXT || tag === SMALL_ATOM_EXT
  const start = at + (small ? 2 : 3)
  if (start > r.end) {
    r.offset = at + 1
    r.ensureAvailable(small ? 1 : 2, at)
  }
  const size = small ? bytes[at + 1]! : (bytes[at + 1]! << 8) | bytes[at + 2]!
  r.offset = start
  if (tag === ATOM_EXT || tag === SMALL_ATOM_EXT) {
    if (r.end - start < size) r.checkCount(size, 1, 'byte', at)
    if (!isAscii(bytes, start, size)) {
      r.offset = start + size
      return readLatin1Atom(r, at, start, size)
    }
  }
  return readAtomText(r, at, size)
}

/** Reads the name of an atom, `size` bytes of UTF-8 at the reader's offset. An error has the offset `at`. */
export function readAtomText(r: Reader, at: number, size: number): CachedAtom {
  const { bytes, offset: start } = r
  if (r.end - start < size) r.checkCount(size, 1, 'byte', at)
  r.offset = start + size
  const slot = hashBytes(bytes, start, start + size) & (SLOTS - 1)
  const entry = cache[slot]
  if (entry !== undefined && sameBytes(entry.text, bytes, start, size)) return entry
  const read = readUtf8(r, at, start, size)
  cache[slot] = read
  return read
}

function isAscii(bytes: Uint8Array, start: number, size: number): boolean {
  for (let i = start; i < start + size; i++) if (bytes[i]! >= 0x80) return false
  return true
}

function readUtf8(r: Reader, at: number, start: number, size: number): CachedAtom {
  const text = copyBytes(r.bytes, start, start + size)
  if (size > 4 * MAX_ATOM_CHARACTERS) failTooLong(r, at, `${size} bytes`)
  if (!isUtf8(text)) r.fail(at, 'holds an atom in UTF-8, got bytes that are not valid UTF-8')
  const name = readText(r.bytes, start, start + size)!
  if (name.length > MAX_ATOM_CHARACTERS && [...name].length > MAX_ATOM_CHARACTERS)
    failTooLong(r, at, `${[...name].length}`)
  return { text, name, value: countedAtom(r, at, name) }
}

/** Returns the atom of a name. Counts it where it is new: no value of this program has held it. */
function countedAtom(r: Reader, at: number, name: string): AtomValue {
  const { made } = Atom
  const value = atom(name) as AtomValue
  if (Atom.made !== made) r.countNewAtom(at)
  return value
}

function readLatin1Atom(r: Reader, at: number, start: number, size: number): CachedAtom {
  if (size > MAX_ATOM_CHARACTERS) failTooLong(r, at, `${size}`)
  const name = readLatin1(r.bytes, start, start + size)
  return { text: Buffer.from(name), name, value: countedAtom(r, at, name) }
}

function failTooLong(r: Reader, at: number, got: string): never {
  return r.fail(at, `holds an atom of at most ${MAX_ATOM_CHARACTERS} characters, got ${got}`)
}

function readCacheRef(r: Reader, at: number): CachedAtom {
  r.offset = at + 1
  r.ensureAvailable(1, at)
  const index = r.bytes[r.offset++]!
  if (index >= r.cacheSize)
    return r.fail(at, `refers to an atom of the distribution header, which has none at index ${index}`)
  r.cacheUsed = true
  return r.cache[index]!
}
