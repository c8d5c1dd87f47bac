import type { Kernel, LocalProcess } from '../../process/index.ts'
import { _, type Atom, atom, compare, match, on, type Pid, type Term, tuple } from '../../term/index.ts'
import { castServer } from '../net-kernel/index.ts'
import type { Peers } from '../peers/index.ts'
import { boss, GLOBAL_NAME_SERVER, LockClient, type LockId, type Locks, lockId } from './locks.ts'
import { WorkQueue } from './work-queue.ts'

const LOCK_SET = atom('lock_set')

/** Locker of a node with which names will be exchanged, and the tags of this session: one of each node. */
export interface PeerLocker {
  readonly node: Atom
  readonly connectionId: number | undefined
  readonly pid: Pid
  readonly version: number
  readonly ownTag: number
  readonly peerTag: Term
}

type Message =
  | { readonly type: 'peerLocker'; readonly peer: PeerLocker }
  /** The session has ended. `beforeUnlock` runs while the locks are still set */
  | {
      readonly type: 'cancel'
      readonly node: Atom
      readonly tag: number
      readonly beforeUnlock?: () => void
    }
  /** The locker of the peer has set its locks, or could not set them. Nodes before OTP 25 send no tag */
  | { readonly type: 'lockSet'; readonly pid: Pid; readonly set: boolean; readonly tag: number | undefined }

/**
 * Process that locks the partition of this node while names are exchanged with a node of another partition. The peer has a
 * locker too, and either may begin. Both lock their own partition under the same id, `{global, [LockerA, LockerB]}`.
 *
 * 1. This locker begins: after a pause it sets the locks of its partition and of the peer, sends `lock_set`, and waits for
 *    the peer's `lock_set`.
 * 2. The peer begins: on its `lock_set` this locker sets the locks of its partition, and answers with `lock_set`.
 * 3. In both cases the name server is told that the lock is set. It exchanges the names and cancels. Then the locks are deleted.
 */
export class Locker {
  readonly process: LocalProcess
  readonly #kernel: Kernel
  readonly #locks: Locks
  readonly #client: LockClient
  readonly #queue: WorkQueue<Message>
  readonly #peers: Peers
  readonly #onLockIsSet: (node: Atom, tag: number, id: LockId) => void
  /** The known nodes of this node's partition. */
  readonly #known = new Set<Atom>()
  #peerLockers: PeerLocker[] = []
  #justSynced = false

  constructor(peers: Peers, locks: Locks, onLockIsSet: (node: Atom, tag: number, id: LockId) => void) {
    const { kernel } = peers
    this.#peers = peers
    this.#kernel = kernel
    this.#locks = locks
    this.#onLockIsSet = onLockIsSet
    this.process = kernel.create({ label: 'global_locker', asyncDist: true })
    this.#client = new LockClient(this.process, locks, peers)
    this.#queue = new WorkQueue(this.process)
    this.process.handle((message) => this.#handleMessage(message))
    this.process.begin(() => this.#run())
  }

  push(message: Message): void {
    this.#queue.push(message)
  }

  addKnown(nodes: readonly Atom[]): void {
    for (const node of nodes) this.#known.add(node)
  }

  removeKnown(node: Atom): void {
    this.#known.delete(node)
  }

  /**
   * Handles a message that a peer's locker sends directly, without the name server: a locker of an older protocol, or one that
   * does not know this node.
   */
  #handleMessage(message: Term): void {
    match(
      message,
      on([LOCK_SET, _.pid, _.boolean, _], ([, pid, set]) =>
        this.push({ type: 'lockSet', pid, set, tag: undefined }),
      ),
      on(_, () => {}),
    )
  }

  async #run(): Promise<void> {
    for (;;) {
      const message = this.#queue.shift() ?? (await this.#queue.take(() => true, this.#pause()))
      if (message) await this.#handleWork(message)
      else if (!this.#locks.isGlobalLockSet) await this.#selectNode()
    }
  }

  /** How long to wait for the peers to begin, in ms. A node that knows few nodes begins early. */
  #pause(): number {
    const justSynced = this.#justSynced
    this.#justSynced = false
    if (this.#peerLockers.length === 0) return Number.POSITIVE_INFINITY
    if (justSynced) return 0
    return this.#known.size === 0 ? 200 : Math.min(1_000 + 100 * this.#known.size, 3_000)
  }

  async #handleWork(message: Message): Promise<void> {
    if (message.type === 'peerLocker') this.#peerLockers.push(message.peer)
    else if (message.type === 'cancel') {
      message.beforeUnlock?.()
      this.#remove(message.node, message.tag)
    } else if (message.set) await this.#onPeerLockSet(message)
  }

  async #onPeerLockSet({ pid, tag }: Extract<Message, { type: 'lockSet' }>): Promise<void> {
    const peer = this.#peerLockers.find(({ node }) => node === pid.node)
    if (!peer || (tag !== undefined && tag !== peer.ownTag)) {
      // There is no tag that the name server of the peer would accept, so the message is sent to its locker.
      if (this.#peers.reaches(pid))
        this.#kernel.send(this.process.pid, pid, tuple(LOCK_SET, this.process.pid, false, [...this.#known]))
      return
    }
    const id = this.#lockIdWith(pid)
    const locked = await this.#lockNodesSafely(id)
    this.#sendLockSet(peer, locked !== undefined)
    if (locked) await this.#holdUntilCancel(peer, id, locked)
  }

  /** Begins the exchange with one of the peers, chosen at random. */
  async #selectNode(): Promise<void> {
    this.#peerLockers = this.#peerLockers.filter(({ node }) => !this.#known.has(node))
    const peer = this.#peerLockers[Math.floor(Math.random() * this.#peerLockers.length)]
    if (!peer) return
    const id = this.#lockIdWith(peer.pid)
    const locked = await this.#lockNodesSafely(id, peer.node)
    if (!locked) return
    this.#sendLockSet(peer, true)
    const answer = await this.#queue.take(
      (message) =>
        (message.type === 'lockSet' &&
          message.pid.node === peer.node &&
          (message.tag === undefined || message.tag === peer.ownTag)) ||
        isCancel(message, peer),
    )
    if (answer?.type === 'lockSet' && answer.set) return this.#holdUntilCancel(peer, id, locked)
    if (answer?.type === 'cancel') {
      answer.beforeUnlock?.()
      this.#remove(peer.node, peer.ownTag)
    }
    await this.#client.deleteBossLast(id, locked)
  }

  /** Both partitions are locked: tells the name server, and deletes the locks when it has exchanged the names. */
  async #holdUntilCancel(peer: PeerLocker, id: LockId, locked: readonly Atom[]): Promise<void> {
    this.#onLockIsSet(peer.node, peer.ownTag, id)
    const cancel = await this.#queue.take((message) => isCancel(message, peer))
    if (cancel?.type === 'cancel') cancel.beforeUnlock?.()
    await this.#client.deleteBossLast(id, locked)
    this.#justSynced = true
    this.#remove(peer.node, peer.ownTag)
  }

  /** Locks this node's partition, the boss first. Resolves with the locked nodes, or undefined when another lock is set. */
  async #lockNodesSafely(id: LockId, peer?: Atom): Promise<readonly Atom[] | undefined> {
    const own = this.#kernel.name
    const first = boss([own, ...this.#known])
    if (first !== own && !this.#locks.canSet(id)) return undefined
    if (!(await this.#client.set(id, [first]))) return undefined
    const known = [...this.#known]
    const second = [own, ...(peer ? [peer] : [])].filter((node) => node !== first)
    if (!(await this.#client.set(id, second))) {
      await this.#client.delete(id, [first])
      return undefined
    }
    const third = known.filter((node) => node !== first)
    if (!(await this.#client.set(id, third))) {
      await this.#client.delete(id, [first, ...second])
      return undefined
    }
    return [...new Set([first, ...second, ...third])]
  }

  #sendLockSet(peer: PeerLocker, set: boolean): void {
    const known = [...this.#known]
    const message =
      peer.version < 8
        ? tuple(LOCK_SET, this.process.pid, set, known)
        : tuple(LOCK_SET, this.process.pid, set, known, peer.peerTag)
    const to = { name: GLOBAL_NAME_SERVER, node: peer.node }
    castServer(this.#peers, this.process, to, message, peer.connectionId)
  }

  #lockIdWith(locker: Pid): LockId {
    const { pid } = this.process
    return lockId(compare(pid, locker) < 0 ? [pid, locker] : [locker, pid])
  }

  #remove(node: Atom, tag: number): void {
    const index = this.#peerLockers.findIndex((peer) => peer.node === node && peer.ownTag === tag)
    if (index >= 0) this.#peerLockers.splice(index, 1)
  }
}

function isCancel(message: Message, peer: PeerLocker): boolean {
  return message.type === 'cancel' && message.node === peer.node && message.tag === peer.ownTag
}
