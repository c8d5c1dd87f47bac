import type { LocalProcess } from '../../process/index.ts'
import {
  type Atom,
  atom,
  compare,
  identical,
  isTuple,
  type Pid,
  type Reference,
  type Term,
  TermMap,
  type Tuple,
  tuple,
} from '../../term/index.ts'
import { callServer } from '../net-kernel/index.ts'
import type { Peers } from '../peers/index.ts'

const GLOBAL = atom('global')
export const GLOBAL_NAME_SERVER: Atom = atom('global_name_server')

/** `{ResourceId, LockRequesterId}` */
export type LockId = Tuple<readonly [resource: Term, requester: Term]>

export function lockId(requester: Term): LockId {
  return tuple(GLOBAL, requester) as LockId
}

/** A resource is locked by a requester, on whose behalf any number of processes hold it. */
type Lock = Tuple<readonly [requester: Term, holders: Map<Pid, Reference>]>

/** The locks that are held on this node, by processes of any node. A holder that dies lets go. */
export class Locks {
  readonly #server: LocalProcess
  readonly #locks = new TermMap<Term, Lock>()
  /** Whether the lock of the names was last let go by the death of its holder: what it wrote half is not believed then. */
  #holderDied = false

  constructor(server: LocalProcess) {
    this.#server = server
  }

  /** Whether nobody else has it. */
  free([resource, requester]: LockId): boolean {
    const lock = this.#locks.get(resource)
    return lock === undefined || identical(lock[0], requester)
  }

  get globalIsHeld(): boolean {
    return this.#locks.has(GLOBAL)
  }

  set(id: LockId, pid: Pid): boolean {
    if (!this.free(id)) return false
    const [resource, requester] = id
    let lock = this.#locks.get(resource)
    if (!lock) {
      lock = tuple(requester, new Map<Pid, Reference>()) as Lock
      this.#locks.set(resource, lock)
    }
    if (lock[1].has(pid)) return true
    const ref = this.#server.kernel.makeRef()
    lock[1].set(pid, ref)
    this.#server.ties.monitor(pid, () => this.#release(id, pid, true), ref)
    return true
  }

  delete(id: LockId, pid: Pid): void {
    this.#release(id, pid, false)
  }

  /** Whether a change of names was made under the lock, by a process that holds it or by a node that names it. */
  covers(by: Pid | { readonly lock: Term }): boolean {
    const lock = this.#locks.get(GLOBAL)
    if (!lock) return !this.#holderDied
    return 'lock' in by ? isTuple(by.lock) && identical(by.lock.elements[1], lock[0]) : lock[1].has(by)
  }

  #release([resource, requester]: LockId, pid: Pid, died: boolean): void {
    const lock = this.#locks.get(resource)
    const ref = lock && identical(lock[0], requester) ? lock[1].get(pid) : undefined
    if (!lock || !ref) return
    this.#server.ties.demonitor(ref)
    lock[1].delete(pid)
    if (lock[1].size > 0) return
    this.#locks.delete(resource)
    if (resource === GLOBAL) this.#holderDied = died
  }
}

/** The node that is asked first, so that two who want the same locks do not each get half of them. */
export function boss(nodes: readonly Atom[]): Atom {
  return nodes.reduce((greatest, node) => (compare(node, greatest) > 0 ? node : greatest))
}

/** Takes and gives back locks on many nodes, on behalf of one process. */
export class LockClient {
  readonly process: LocalProcess
  readonly #locks: Locks
  readonly #peers: Peers

  constructor(process: LocalProcess, locks: Locks, peers: Peers) {
    this.process = process
    this.#locks = locks
    this.#peers = peers
  }

  /** Takes the lock on all of the nodes, or on none. A node that goes down meanwhile does not count. */
  async set(id: LockId, nodes: readonly Atom[]): Promise<boolean> {
    if (nodes.length === 0) return true
    const { name } = this.process.kernel
    if (nodes.length > 1 && nodes.includes(name) && !this.#locks.free(id)) return false
    const answers = await Promise.all(
      nodes.map(async (node) => [node, await this.#request(node, 'set_lock', id)] as const),
    )
    if (!answers.some(([, answer]) => answer === false)) return true
    const taken = answers.filter(([, answer]) => answer === true).map(([node]) => node)
    await this.delete(id, taken)
    return false
  }

  async delete(id: LockId, nodes: readonly Atom[]): Promise<void> {
    await Promise.all(nodes.map((node) => this.#request(node, 'del_lock', id)))
  }

  /** Gives the lock back on the boss last, where those who wait for it ask first. */
  async deleteAll(id: LockId, nodes: readonly Atom[]): Promise<void> {
    const last = boss(nodes)
    await this.delete(
      id,
      nodes.filter((node) => node !== last),
    )
    await this.delete(id, [last])
  }

  async #request(node: Atom, word: 'set_lock' | 'del_lock', id: LockId): Promise<Term> {
    const { kernel, pid } = this.process
    if (node === kernel.name) {
      if (word === 'set_lock') return this.#locks.set(id, pid)
      this.#locks.delete(id, pid)
      return true
    }
    // What was locked there has gone with the connection, and who has gone does not count.
    if (this.#peers.connectionId(node) === undefined) return word === 'del_lock' ? true : undefined
    return (await callServer(this.process, { name: GLOBAL_NAME_SERVER, node }, tuple(atom(word), id)))?.reply
  }
}
