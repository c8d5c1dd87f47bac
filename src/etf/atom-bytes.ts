import { type Atom, MAX_ATOM_CHARACTERS } from '../term/index.ts'
import { Unsayable } from './encode-error.ts'
import { ATOM_UTF8_EXT, SMALL_ATOM_UTF8_EXT } from './tags.ts'
import { type Written, written } from './written.ts'

export const TRUE: Written = external('true')
export const FALSE: Written = external('false')
export const NIL: Written = external('nil')

// The keys of objects met last, as the atoms they are written as; emptied when it is full.
const MAX_KEYS = 4096
const keys = new Map<string, Written>()

/** Returns an atom as it is written, and lets the atom remember it. */
export function atomBytes(atom: Atom): Written {
  if (!wellFormed(atom.name)) throw new Unsayable(atom, 'its name has half of a surrogate pair in it')
  const bytes = external(atom.name)
  atom.external = bytes
  return bytes
}

/** Returns the key of an object as the atom it is written as, or undefined for one that can be no atom. */
export function keyBytes(key: string): Written | undefined {
  const known = keys.get(key)
  if (known !== undefined) return known
  if (!wellFormed(key)) return undefined
  if (key.length > MAX_ATOM_CHARACTERS && [...key].length > MAX_ATOM_CHARACTERS) return undefined
  if (keys.size >= MAX_KEYS) keys.clear()
  const bytes = external(key)
  keys.set(key, bytes)
  return bytes
}

function wellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed()
}

function external(name: string): Written {
  const text = Buffer.from(name)
  const size = text.length
  return written([
    ...(size < 256 ? [SMALL_ATOM_UTF8_EXT, size] : [ATOM_UTF8_EXT, size >>> 8, size & 255]),
    ...text,
  ])
}
