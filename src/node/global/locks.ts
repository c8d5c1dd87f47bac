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

/** Returns the id of the lock on all names, `{global, LockRequesterId}`. */
export function lockId(requester: Term): LockId {
  return lockOn(GLOBAL, requester)
}

export function lockOn(resource: Term, requester: Term): LockId {
  return tuple(resource, requester) as LockId
}

/** A resource is locked by one requester. Several processes may hold the lock for this requester, each with a monitor. */
type Lock = Tuple<readonly [requester: Term, holders: Map<Pid, Reference>]>

/** Table of the locks that processes of any node hold on this node. The end of a holder deletes its lock. */
export class Locks {
  readonly #server: LocalProcess
  readonly #locks = new TermMap<Term, Lock>()
  /** `global_lock_down` of OTP: whether the lock on all names was last deleted because its holder ended. */
  #globalLockDown = false

  constructor(server: LocalProcess) {
    this.#server = server
  }

  /** Whether no other requester has the lock. */
  canSet([resource, requester]: LockId): boolean {
    const lock = this.#locks.get(resource)
    return lock === undefined || identical(lock[0], requester)
  }

  get isGlobalLockSet(): boolean {
    return this.#locks.has(GLOBAL)
  }

  set(id: LockId, pid: Pid): boolean {
    if (!this.canSet(id)) return false
    const [resource, requester] = id
    let lock = this.#locks.get(resource)
    if (!lock) {
      lock = tuple(requester, new Map<Pid, Reference>()) as Lock
      this.#locks.set(resource, lock)
    }
    if (lock[1].has(pid)) return true
    const ref = this.#server.kernel.makeRef()
    lock[1].set(pid, ref)
    this.#server.monitors.monitor(pid, () => this.#remove(id, pid, true), ref)
    return true
  }

  delete(id: LockId, pid: Pid): void {
    this.#remove(id, pid, false)
  }

  /**
   * Whether a change of names was made under the lock: `by` is a process that holds the lock, or the lock that a node names.
   * A change by a holder that has ended meanwhile may be half of a change, and is not under the lock.
   */
  isStillSet(by: Pid | { readonly lock: Term }): boolean {
    const lock = this.#locks.get(GLOBAL)
    if (!lock) return !this.#globalLockDown
    return 'lock' in by ? isTuple(by.lock) && identical(by.lock.elements[1], lock[0]) : lock[1].has(by)
  }

  #remove([resource, requester]: LockId, pid: Pid, down: boolean): void {
    const lock = this.#locks.get(resource)
    const ref = lock && identical(lock[0], requester) ? lock[1].get(pid) : undefined
    if (!lock || !ref) return
    this.#server.monitors.demonitor(ref)
    lock[1].delete(pid)
    if (lock[1].size > 0) return
    this.#locks.delete(resource)
    if (resource === GLOBAL) this.#globalLockDown = down
  }
}

/**
 * Returns the node that `global` calls the boss: the greatest name. Its lock is set first and deleted last, so that of two nodes that
 * want the same locks one gets all of them.
 */
export function boss(nodes: readonly Atom[]): Atom {
  return nodes.reduce((greatest, node) => (compare(node, greatest) > 0 ? node : greatest))
}

/** Returns how long to wait before the next attempt to lock, in ms. @see `global:random_sleep/1` in OTP's source */
export function randomDelay(attempt: number): number {
  return Math.ceil(Math.random() * (attempt > 5 ? 8_000 : 2 ** attempt * 125))
}

/** Sets and deletes locks on several nodes, for one process. */
export class LockClient {
  readonly process: LocalProcess
  readonly #locks: Locks
  readonly #peers: Peers

  constructor(process: LocalProcess, locks: Locks, peers: Peers) {
    this.process = process
    this.#locks = locks
    this.#peers = peers
  }

  /** Sets the lock on all nodes, or on none. A node whose connection ends meanwhile does not count. */
  async set(id: LockId, nodes: readonly Atom[]): Promise<boolean> {
    if (nodes.length === 0) return true
    const { name } = this.process.kernel
    if (nodes.length > 1 && nodes.includes(name) && !this.#locks.canSet(id)) return false
    const replies = await Promise.all(
      nodes.map(async (node) => [node, await this.#request(node, 'set_lock', id)] as const),
    )
    if (!replies.some(([, reply]) => reply === false)) return true
    await this.delete(
      id,
      replies.filter(([, reply]) => reply === true).map(([node]) => node),
    )
    return false
  }

  async delete(id: LockId, nodes: readonly Atom[]): Promise<void> {
    await Promise.all(nodes.map((node) => this.#request(node, 'del_lock', id)))
  }

  /** Deletes the lock on the boss last, since every other node that wants the lock asks the boss first. */
  async deleteBossLast(id: LockId, nodes: readonly Atom[]): Promise<void> {
    const last = boss(nodes)
    await this.delete(
      id,
      nodes.filter((node) => node !== last),
    )
    await this.delete(id, [last])
  }

  async #request(node: Atom, operation: 'set_lock' | 'del_lock', id: LockId): Promise<Term> {
    const { kernel, pid } = this.process
    if (node === kernel.name) {
      if (operation === 'set_lock') return this.#locks.set(id, pid)
      this.#locks.delete(id, pid)
      return true
    }
    // The end of the connection has deleted the lock there. No connection is made for a lock.
    if (this.#peers.connectionId(node) === undefined) return operation === 'del_lock' ? true : undefined
    return (await callServer(this.process, { name: GLOBAL_NAME_SERVER, node }, tuple(atom(operation), id)))
      ?.reply
  }
}
