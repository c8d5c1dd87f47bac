import { Atom } from '../../term/index.ts'

/** The value of a decoded atom: `true`, `false` and `nil` are JavaScript's own values. */
export type AtomValue = Atom | boolean | null

/** An atom that was read, with its UTF-8 bytes. */
export interface CachedAtom {
  readonly text: Uint8Array
  readonly value: AtomValue
  readonly name: string
}

export function cachedAtom(value: AtomValue): CachedAtom {
  const name = value instanceof Atom ? value.name : String(value ?? 'nil')
  return { text: Buffer.from(name), value, name }
}
