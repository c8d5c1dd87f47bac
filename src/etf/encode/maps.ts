import { Atom, type Term, TermMap } from '../../term/index.ts'
import { MAP_EXT } from '../tags.ts'
import { keyBytes, writeAtomBytes } from './atoms.ts'
import { NotATerm } from './encode-error.ts'
import type { Writer } from './writer.ts'

export type MapLike = ReadonlyMap<Term, Term>

/** Writes MAP_EXT up to the first key, and returns the offset of the size, which may be corrected later. */
export function writeMapHeader(w: Writer, size: number): number {
  w.header(MAP_EXT, size)
  return w.offset - 4
}

/** Returns the keys of a plain object. Throws for a key that is a symbol. */
export function fieldKeys(fields: object): string[] {
  const symbols = Object.getOwnPropertySymbols(fields)
  if (symbols.length > 0)
    throw new NotATerm(
      fields,
      `it has the key ${String(symbols[0])}, and a symbol cannot be an atom. Use a string as the key.`,
    )
  return Object.keys(fields)
}

/** Writes a key of a plain object as an atom. */
export function writeKey(w: Writer, fields: object, key: string): void {
  const bytes = keyBytes(key)
  if (bytes === undefined)
    throw new NotATerm(
      fields,
      `its key ${JSON.stringify(key.slice(0, 40))} can be no atom, which is at most 255 whole characters. Send a Map for keys that are text.`,
    )
  writeAtomBytes(w, bytes)
}

/** Throws when two keys of a Map are the same term. The format forbids that, and a JavaScript Map allows it. */
export function checkDuplicateKeys(map: MapLike): void {
  if (map instanceof TermMap) return
  let simple = true
  for (const key of map.keys()) simple &&= typeof key === 'string' || key instanceof Atom
  if (!simple && new TermMap(map).size !== map.size)
    throw new NotATerm(map, 'two of its keys are the same term. Use a TermMap, which has each once.')
}
