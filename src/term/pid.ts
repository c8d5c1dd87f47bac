import { type Atom, atom } from './atom.ts'
import { globalSingleton } from './global-singleton.ts'

/**
 * A process identifier: which node, in which of its lives (`creation`), and which process there.
 *
 * Two pids of the same process are the same object (`===`), so they may be keys of a Map. Terms do not know where they
 * are: whether a pid is local is asked of a node.
 *
 * `M` is what the process understands; it exists for the compiler only.
 */
export class Pid<in M = never> {
  readonly node: Atom
  readonly id: number
  readonly serial: number
  readonly creation: number
  /** Whether the pid is in the table of pids that are known outside of their own node. */
  interned = false
  #process: object | undefined = undefined
  declare protected readonly message?: (message: M) => void

  constructor(node: Atom, id: number, serial: number, creation: number) {
    this.node = node
    this.id = id
    this.serial = serial
    this.creation = creation
  }

  /** The live process that {@link setProcess} has noted, which need not be looked for. @internal */
  static processOf(pid: Pid): object | undefined {
    // One of another copy of the package has no such thing.
    return #process in pid ? pid.#process : undefined
  }

  /** Notes whose pid it is. Whoever does takes it back when that process ends. @internal */
  static setProcess(pid: Pid, process: object | undefined): void {
    pid.#process = process
  }

  toString(): string {
    return `#PID<${this.node.name}.${this.id}.${this.serial}>`
  }

  toJSON(): string {
    return this.toString()
  }
}

type Key = number | string
type Pids = Map<Key, WeakRef<Pid>>
const lives = globalSingleton('pids', () => new Map<Atom, Map<number, Pids>>())
const unused = new FinalizationRegistry<readonly [Pids, Key]>(([pids, key]) => {
  if (pids.get(key)?.deref() === undefined) pids.delete(key)
})

// Both words are full 32 bits wide, and a number holds 53 of them. Serials of over 21 bits have not been seen.
const keyOf = (id: number, serial: number): Key =>
  serial < 2 ** 21 ? serial * 2 ** 32 + id : `${serial}.${id}`

function pidsOf(node: Atom, creation: number): Pids {
  const creations = lives.get(node) ?? new Map<number, Pids>()
  if (creations.size === 0) lives.set(node, creations)
  const pids = creations.get(creation) ?? new Map<Key, WeakRef<Pid>>()
  if (pids.size === 0) creations.set(creation, pids)
  return pids
}

/** Returns the one pid with these words. @internal The codec and the kernel make pids. */
export function internPid(node: Atom, id: number, serial: number, creation: number): Pid {
  const pids = pidsOf(node, creation)
  const key = keyOf(id, serial)
  const known = pids.get(key)?.deref()
  if (known) return known
  return enter(pids, key, new Pid(node, id, serial, creation))
}

/** Makes a pid that a kernel has just made findable, before it leaves for another node. @internal */
export function publishPid(pid: Pid): void {
  if (!pid.interned) enter(pidsOf(pid.node, pid.creation), keyOf(pid.id, pid.serial), pid)
}

function enter(pids: Pids, key: Key, pid: Pid): Pid {
  pid.interned = true
  pids.set(key, new WeakRef(pid))
  unused.register(pid, [pids, key])
  return pid
}

/** The node of a kernel that was not given a name. */
export const nonode: Atom = atom('nonode@nohost')
