import type { Kernel, LocalProcess } from '../../process/index.ts'
import { type Atom, atom, type Pid, type Term, TermMap, tuple } from '../../term/index.ts'
import { RegistryLocks } from './registry-locks.ts'

/** Process under a key. */
export interface Entry<V = unknown> {
  readonly pid: Pid
  readonly value: V
}

export interface TableOptions {
  /** Whether a key has at most one process. */
  readonly unique: boolean
  readonly name: Atom
  /**
   * Names of processes of this node that receive `{:register, registry, key, pid, value}` and `{:unregister, registry, key,
   * pid}`.
   */
  readonly listeners: readonly Atom[]
  readonly meta: Iterable<readonly [Term, unknown]>
}

interface Owner {
  readonly process: LocalProcess
  /** The keys of the process, with the number of its entries under each. */
  readonly keys: Map<Term, number>
  readonly forget: () => void
}

const tables = new WeakMap<Kernel, Map<Atom, RegistryTable>>()

/** Returns the registries of a node, by their names. */
export function registriesOf(kernel: Kernel): Map<Atom, RegistryTable> {
  const known = tables.get(kernel)
  if (known) return known
  const made = new Map<Atom, RegistryTable>()
  tables.set(kernel, made)
  return made
}

// A Map that compares its keys as Erlang's =:=. Its type expects terms, but it keeps any value.
const byTerm = <V>(): Map<Term, V> => new TermMap() as unknown as Map<Term, V>

/** Entries of a registry. Each registered process is linked to the registry, and its entries are removed at its exit. */
export class RegistryTable {
  readonly unique: boolean
  readonly locks: RegistryLocks = new RegistryLocks()
  readonly meta: Map<Term, unknown> = byTerm()
  readonly #name: Atom
  readonly #process: LocalProcess
  readonly #listeners: readonly Atom[]
  readonly #entries = byTerm<Entry[]>()
  readonly #owners = new Map<Pid, Owner>()
  #count = 0

  constructor(process: LocalProcess, { unique, name, listeners, meta }: TableOptions) {
    this.#process = process
    this.unique = unique
    this.#name = name
    this.#listeners = listeners
    for (const [key, value] of meta) this.meta.set(key, value)
  }

  get pid(): Pid {
    return this.#process.pid
  }

  get size(): number {
    return this.#count
  }

  at(key: Term): readonly Entry[] {
    return this.#entries.get(key) ?? []
  }

  *all(): Generator<readonly [Term, Entry]> {
    for (const [key, entries] of this.#entries) for (const entry of entries) yield [key, entry]
  }

  keysOf(pid: Pid): Term[] {
    return [...(this.#owners.get(pid)?.keys ?? [])].flatMap(([key, times]) =>
      new Array<Term>(times).fill(key),
    )
  }

  /** Adds a process under a key. Returns the pid that has the key already, if the keys are unique. */
  add(process: LocalProcess, key: Term, value: unknown): Pid | undefined {
    const entries = this.#entries.get(key) ?? []
    if (this.unique && entries[0]) return entries[0].pid
    const { pid } = process
    entries.push({ pid, value })
    this.#entries.set(key, entries)
    this.#count++
    const owner = this.#owners.get(pid) ?? this.#addOwner(process)
    owner.keys.set(key, (owner.keys.get(key) ?? 0) + 1)
    this.#notifyListeners(process, tuple(atom('register'), this.#name, key, pid, value as Term))
    return undefined
  }

  /** Removes the entries of a process under a key: all, or those whose value is chosen. */
  remove(pid: Pid, key: Term, chosen: (value: unknown) => boolean = () => true): void {
    const owner = this.#owners.get(pid)
    const left = this.#drop(pid, key, chosen)
    if (!owner?.keys.has(key)) return
    if (left > 0) owner.keys.set(key, left)
    else {
      owner.keys.delete(key)
      this.#notifyListeners(owner.process, tuple(atom('unregister'), this.#name, key, pid))
    }
    if (owner.keys.size > 0) return
    this.#owners.delete(pid)
    owner.process.offExit(owner.forget)
    owner.process.links.unlink(this.pid)
  }

  /** Replaces the value of the entry of a process. Returns the new and the old value. */
  replace(pid: Pid, key: Term, change: (value: unknown) => unknown): readonly [unknown, unknown] | undefined {
    const entries = this.#entries.get(key)
    const [entry] = entries ?? []
    if (!entry || entry.pid !== pid) return undefined
    const value = change(entry.value)
    entries![0] = { pid, value }
    return [value, entry.value]
  }

  /** Removes everything, after the exit of the registry. */
  close(reason: Term): void {
    this.locks.close(reason)
    for (const { process, forget } of this.#owners.values()) process.offExit(forget)
    this.#owners.clear()
    this.#entries.clear()
    this.#count = 0
  }

  #addOwner(process: LocalProcess): Owner {
    const { pid } = process
    const forget = (): void => {
      const { keys } = this.#owners.get(pid)!
      this.#owners.delete(pid)
      for (const key of keys.keys()) this.#drop(pid, key, () => true)
    }
    const owner = { process, keys: byTerm<number>(), forget }
    this.#owners.set(pid, owner)
    process.onExit(forget)
    process.links.link(this.pid)
    return owner
  }

  /** Removes entries of a process under a key. Returns the number of its entries that are left. */
  #drop(pid: Pid, key: Term, chosen: (value: unknown) => boolean): number {
    const entries = this.#entries.get(key)
    if (!entries) return 0
    const kept = entries.filter((entry) => entry.pid !== pid || !chosen(entry.value))
    this.#count -= entries.length - kept.length
    if (kept.length > 0) this.#entries.set(key, kept)
    else this.#entries.delete(key)
    return kept.filter((entry) => entry.pid === pid).length
  }

  #notifyListeners({ kernel, pid }: LocalProcess, message: Term): void {
    for (const name of this.#listeners) kernel.send(pid, { name, node: kernel.name }, message)
  }
}
