import type { Kernel, LocalProcess } from '../../process/index.ts'
import { type Atom, atom, type Pid, type Term, tuple } from '../../term/index.ts'
import { callServer } from '../net-kernel/index.ts'
import type { Peers } from '../peers/index.ts'
import { boss, GLOBAL_NAME_SERVER, LockClient, type Locks, lockId, randomDelay } from './locks.ts'
import type { Members } from './members.ts'
import type { Names } from './names.ts'
import { randomExitName } from './resolver.ts'

/**
 * The nodes whose lock is set, each with its connection at that time; undefined while this node is still connecting to the node.
 */
type LockedNodes = ReadonlyMap<Atom, number | undefined>

/** Process that registers and unregisters names on all nodes of the partition, one change at a time, under the lock. */
export class Registrar {
  readonly process: LocalProcess
  readonly #kernel: Kernel
  readonly #peers: Peers
  readonly #names: Names
  readonly #members: Members
  readonly #locks: LockClient
  #lastChange: Promise<unknown> = Promise.resolve()

  constructor(peers: Peers, names: Names, locks: Locks, members: Members) {
    this.#kernel = peers.kernel
    this.#peers = peers
    this.#names = names
    this.#members = members
    this.process = peers.kernel.create({ label: 'global_registrar', asyncDist: true })
    this.process.handle(() => {})
    this.#locks = new LockClient(this.process, locks, peers)
  }

  /** Registers a process under a name on all nodes. Resolves with false when the name is taken. */
  register(name: Term, pid: Pid, method: Term = randomExitName): Promise<boolean> {
    return this.#underLock(async (locked) => {
      if (this.#names.get(name)) return false
      await this.#insertOnAllNodes(locked, name, pid, method)
      return true
    })
  }

  /** Registers a process under a name, in place of the process that has it. */
  reRegister(name: Term, pid: Pid, method: Term): Promise<void> {
    return this.#underLock((locked) => this.#insertOnAllNodes(locked, name, pid, method))
  }

  #insertOnAllNodes(locked: LockedNodes, name: Term, pid: Pid, method: Term): Promise<void> {
    return this.#onAllNodes(locked, tuple(atom('register'), name, pid, method), () =>
      this.#names.insert(name, pid, method, this.process.pid),
    )
  }

  unregister(name: Term): Promise<void> {
    return this.#underLock((locked) =>
      this.#onAllNodes(locked, tuple(atom('unregister'), name), () => this.#names.delete(name)),
    )
  }

  /** Makes a change on this node and on the others. A node whose connection has ended since the lock was set is left out. */
  async #onAllNodes(locked: LockedNodes, request: Term, here: () => void): Promise<void> {
    here()
    const others = [...locked].filter(
      ([node, id]) =>
        node !== this.#kernel.name && (id === undefined || this.#peers.connectionId(node) === id),
    )
    await Promise.all(
      others.map(([node]) => callServer(this.process, { name: GLOBAL_NAME_SERVER, node }, request)),
    )
  }

  /** Runs `change` while the names of all nodes are locked. */
  #underLock<T>(change: (locked: LockedNodes) => Promise<T>): Promise<T> {
    const run = async (): Promise<T> => {
      const id = lockId(this.process.pid)
      for (let attempt = 0; ; attempt++) {
        const nodes = [this.#kernel.name, ...this.#members.known()]
        const locked: LockedNodes = new Map(nodes.map((node) => [node, this.#peers.connectionId(node)]))
        if (await this.#locks.set(id, [boss(nodes)])) {
          const isComplete =
            (await this.#locks.set(id, nodes)) && this.#members.known().every((node) => locked.has(node))
          if (isComplete)
            try {
              return await change(locked)
            } finally {
              await this.#locks.deleteBossLast(id, nodes)
            }
          await this.#locks.deleteBossLast(id, nodes)
        }
        await this.#randomSleep(attempt)
      }
    }
    const result = this.#lastChange.then(run)
    this.#lastChange = result.catch(() => {})
    return result
  }

  #randomSleep(attempt: number): Promise<void> {
    return new Promise((resolve) => {
      this.#kernel.clock.schedule(randomDelay(attempt), resolve)
    })
  }
}
