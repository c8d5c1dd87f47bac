import { globalSingleton } from './global-singleton.ts'

/** An atom holds at most this many characters, as on the BEAM. */
export const MAX_ATOM_CHARACTERS = 255

/**
 * An atom. Two atoms of one name are the same object: `atom('ok') === atom('ok')`.
 *
 * Atoms are interned, and garbage-collected when they are no longer used. Made by {@link atom}.
 */
export class Atom<N extends string = string> {
  readonly name: N
  /** The bytes of the atom in the external term format. The codec stores them when it first encodes the atom. */
  external: Uint8Array | undefined = undefined

  private constructor(name: N) {
    this.name = name
  }

  /** @internal The number of atoms that were made in this program, with those that are no longer in use. */
  static made = 0

  /** @internal Returns the atom of a name. Other code calls {@link atom}. */
  static intern(name: string): Atom {
    const known = table.get(name)?.deref()
    if (known) return known
    if (name.length > MAX_ATOM_CHARACTERS && [...name].length > MAX_ATOM_CHARACTERS)
      throw new RangeError(
        `an atom holds at most ${MAX_ATOM_CHARACTERS} characters, got ${[...name].length}: ` +
          `${JSON.stringify(name.slice(0, 40))}… Send long text as a string.`,
      )
    const created = new Atom(name)
    Atom.made++
    table.set(name, new WeakRef(created))
    collected.register(created, name)
    return created
  }

  /** @internal Returns the atom of a name that is in use; undefined when there is none. */
  static existing(name: string): Atom | undefined {
    return table.get(name)?.deref()
  }

  toString(): N {
    return this.name
  }

  toJSON(): N {
    return this.name
  }
}

/** Returns the number of atoms. @see `erlang:system_info(atom_count)` */
export function atomCount(): number {
  return table.size
}

const table = globalSingleton('atoms', () => new Map<string, WeakRef<Atom>>())
const collected = new FinalizationRegistry<string>((name) => {
  if (table.get(name)?.deref() === undefined) table.delete(name)
})

/** What {@link atom} returns for a name: the atoms `true`, `false` and `nil` are JavaScript's `true`, `false` and `null`. */
export type AtomNamed<N extends string> = N extends 'true'
  ? true
  : N extends 'false'
    ? false
    : N extends 'nil'
      ? null
      : Atom<N>

/**
 * Returns the atom with this name.
 *
 * Do not make atoms of text from users: a BEAM node never frees an atom that it has received.
 *
 * @param name at most 255 characters, exactly as it is encoded: the Elixir module `Chat` is `atom('Elixir.Chat')`
 * @throws RangeError when the name is too long
 * @see `binary_to_atom/1`
 */
export function atom<const N extends string>(name: N): AtomNamed<N> {
  if (name === 'nil') return null as AtomNamed<N>
  if (name === 'true') return true as AtomNamed<N>
  if (name === 'false') return false as AtomNamed<N>
  return Atom.intern(name) as unknown as AtomNamed<N>
}

/**
 * Returns the atom for the name of a process, a module or a child. A name that begins with A–Z is an Elixir alias: `'Chat'`
 * is `Elixir.Chat`. A name that begins with a colon is literal: `':DOWN'` is `DOWN`.
 */
export function nameToAtom(name: string | Atom): Atom {
  if (typeof name !== 'string') return name
  return aliases.get(name) ?? cacheName(aliases, name, aliasOf(name))
}

/** Returns the atom of a literal name, such as that of a node. */
export function toAtom(name: string | Atom): Atom {
  if (typeof name !== 'string') return name
  return literals.get(name) ?? cacheName(literals, name, Atom.intern(name))
}

// Caches of names. Many messages contain the same names, and dereferencing a WeakRef takes longer than the rest of a send.
const aliases = new Map<string, Atom>()
const literals = new Map<string, Atom>()
const MAX_CACHED = 256

function cacheName(names: Map<string, Atom>, name: string, found: Atom): Atom {
  if (names.size >= MAX_CACHED) names.clear()
  names.set(name, found)
  return found
}

function aliasOf(name: string): Atom {
  if (name.startsWith(':')) return Atom.intern(name.slice(1))
  return Atom.intern(/^[A-Z]/.test(name) && !name.startsWith('Elixir.') ? `Elixir.${name}` : name)
}

/** Returns the name for an atom. The inverse of {@link nameToAtom}. */
export function atomToName(name: Atom): string {
  if (name.name.startsWith('Elixir.')) return name.name.slice('Elixir.'.length)
  return /^[A-Z]/.test(name.name) ? `:${name.name}` : name.name
}

export const ok: Atom<'ok'> = atom('ok')
export const error: Atom<'error'> = atom('error')
export const normal: Atom<'normal'> = atom('normal')
export const shutdown: Atom<'shutdown'> = atom('shutdown')
export const kill: Atom<'kill'> = atom('kill')
export const killed: Atom<'killed'> = atom('killed')
export const noproc: Atom<'noproc'> = atom('noproc')
export const noconnection: Atom<'noconnection'> = atom('noconnection')
export const timeout: Atom<'timeout'> = atom('timeout')
export const infinity: Atom<'infinity'> = atom('infinity')
export const undef: Atom<'undef'> = atom('undef')
export const badarg: Atom<'badarg'> = atom('badarg')
