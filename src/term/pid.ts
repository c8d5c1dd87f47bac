import { type Atom, atom } from './atom.ts'
import { escapeName } from './escape.ts'
import { globalSingleton } from './global-singleton.ts'

/**
 * A process identifier: the name of the node, the creation (one start of that node), and the process.
 *
 * Two pids of the same process are the same object (`===`), so a pid can be the key of a Map. A pid does not know whether
 * it is local: a node does.
 *
 * `M` is the type of the messages that the process accepts. It exists for the compiler only.
 */
export class Pid<in M = never> {
  readonly node: Atom
  readonly id: number
  readonly serial: number
  readonly creation: number
  /** Whether the pid is in the table of interned pids. */
  interned = false
  #process: object | undefined = undefined
  declare protected readonly message?: (message: M) => void

  constructor(node: Atom, id: number, serial: number, creation: number) {
    this.node = node
    this.id = id
    this.serial = serial
    this.creation = creation
  }

  /** Returns the live process of a pid, as set by {@link setProcess}. @internal */
  static processOf(pid: Pid): object | undefined {
    // A pid that another copy of the package has made does not have this private field.
    return #process in pid ? pid.#process : undefined
  }

  /** Sets the live process of a pid. The caller sets it to undefined when the process ends. @internal */
  static setProcess(pid: Pid, process: object | undefined): void {
    pid.#process = process
  }

  toString(): string {
    return `#PID<${escapeName(this.node.name)}.${this.id}.${this.serial}>`
  }

  toJSON(): string {
    return this.toString()
  }
}

type Key = number | string
type Pids = Map<Key, WeakRef<Pid>>
const pidsByNode = globalSingleton('pids', () => new Map<Atom, Map<number, Pids>>())
interface Collected {
  readonly node: Atom
  readonly creation: number
  readonly key: Key
}

const collected = new FinalizationRegistry<Collected>(({ node, creation, key }) => {
  const creations = pidsByNode.get(node)
  const pids = creations?.get(creation)
  if (!creations || !pids || pids.get(key)?.deref() !== undefined) return
  pids.delete(key)
  if (pids.size === 0) creations.delete(creation)
  if (creations.size === 0) pidsByNode.delete(node)
})

// Both words have 32 bits, and a number holds 53 bits. A serial of more than 21 bits is not known to occur.
const keyOf = (id: number, serial: number): Key =>
  serial < 2 ** 21 ? serial * 2 ** 32 + id : `${serial}.${id}`

function pidsOf(node: Atom, creation: number): Pids {
  const creations = pidsByNode.get(node) ?? new Map<number, Pids>()
  if (creations.size === 0) pidsByNode.set(node, creations)
  const pids = creations.get(creation) ?? new Map<Key, WeakRef<Pid>>()
  if (pids.size === 0) creations.set(creation, pids)
  return pids
}

/** Returns the interned pid with these words. @internal */
export function internPid(node: Atom, id: number, serial: number, creation: number): Pid {
  const pids = pidsOf(node, creation)
  const key = keyOf(id, serial)
  const known = pids.get(key)?.deref()
  if (known) return known
  return intern(pids, key, new Pid(node, id, serial, creation))
}

/** Interns a pid that a kernel has made, before it is sent to another node. @internal */
export function publishPid(pid: Pid): void {
  if (!pid.interned) intern(pidsOf(pid.node, pid.creation), keyOf(pid.id, pid.serial), pid)
}

function intern(pids: Pids, key: Key, pid: Pid): Pid {
  pid.interned = true
  pids.set(key, new WeakRef(pid))
  collected.register(pid, { node: pid.node, creation: pid.creation, key })
  return pid
}

/** The node name of a kernel without a name. */
export const nonode: Atom = atom('nonode@nohost')
