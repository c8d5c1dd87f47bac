import type { Kernel, LocalProcess } from '../../process/index.ts'
import { _, type Atom, atom, compare, match, on, type Pid, type Term, tuple } from '../../term/index.ts'
import { castServer } from '../net-kernel/index.ts'
import type { Peers } from '../peers/index.ts'
import { boss, GLOBAL_NAME_SERVER, LockClient, type LockId, type Locks, lockId } from './locks.ts'
import { Inbox } from './work-queue.ts'

const LOCK_SET = atom('lock_set')

/** A node that we are to exchange names with, and the tags of both sides for it. */
export interface Candidate {
  readonly node: Atom
  readonly connectionId: number | undefined
  readonly locker: Pid
  readonly version: number
  readonly myTag: number
  readonly hisTag: Term
}

type Message =
  | { readonly type: 'candidate'; readonly him: Candidate }
  /** It is done, or cannot go on. `last` runs while the locks are still held */
  | { readonly type: 'cancel'; readonly node: Atom; readonly tag: number; readonly last?: () => void }
  /** The other locker has its locks, or could not get them. Nodes before OTP 25 name no tag */
  | { readonly type: 'lockSet'; readonly pid: Pid; readonly set: boolean; readonly tag: number | undefined }

/**
 * The process that locks the partitions of two nodes that meet while they exchange their names. There is one on each
 * side, and either may begin: both lock their own partition under the same id, `{global, [LockerA, LockerB]}`.
 *
 * 1. We begin: after a pause we take our locks and his node's, tell him `lock_set`, and wait for his.
 * 2. He begins: on his `lock_set` we take our locks and answer with ours.
 * 3. Either way the server hears that the lock is set, exchanges names, and cancels us; then we let go.
 */
export class Locker {
  readonly process: LocalProcess
  readonly #kernel: Kernel
  readonly #locks: Locks
  readonly #client: LockClient
  readonly #inbox: Inbox<Message>
  readonly #peers: Peers
  readonly #lockIsSet: (node: Atom, tag: number, id: LockId) => void
  /** Nodes of our partition. */
  readonly #known = new Set<Atom>()
  #candidates: Candidate[] = []
  #justSynced = false

  constructor(peers: Peers, locks: Locks, lockIsSet: (node: Atom, tag: number, id: LockId) => void) {
    const { kernel } = peers
    this.#peers = peers
    this.#kernel = kernel
    this.#locks = locks
    this.#lockIsSet = lockIsSet
    this.process = kernel.create({ label: 'global_locker' })
    this.#client = new LockClient(this.process, locks, peers)
    this.#inbox = new Inbox(this.process)
    this.process.handle((message) => this.#direct(message))
    this.process.begin(() => this.#run())
  }

  push(message: Message): void {
    this.#inbox.push(message)
  }

  addKnown(nodes: readonly Atom[]): void {
    for (const node of nodes) this.#known.add(node)
  }

  removeKnown(node: Atom): void {
    this.#known.delete(node)
  }

  // What a locker of an older protocol, or one that does not know us, sends past the server.
  #direct(message: Term): void {
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
      const message = this.#inbox.poll() ?? (await this.#inbox.take(() => true, this.#pause()))
      if (message) await this.#handle(message)
      else if (!this.#locks.globalIsHeld) await this.#meetSomebody()
    }
  }

  /** How long to let the others begin, in ms: whoever knows few nodes begins soon. */
  #pause(): number {
    const justSynced = this.#justSynced
    this.#justSynced = false
    if (this.#candidates.length === 0) return Number.POSITIVE_INFINITY
    if (justSynced) return 0
    return this.#known.size === 0 ? 200 : Math.min(1_000 + 100 * this.#known.size, 3_000)
  }

  async #handle(message: Message): Promise<void> {
    if (message.type === 'candidate') this.#candidates.push(message.him)
    else if (message.type === 'cancel') {
      message.last?.()
      this.#remove(message.node, message.tag)
    } else if (message.set) await this.#heHasLocked(message)
  }

  async #heHasLocked({ pid, tag }: Extract<Message, { type: 'lockSet' }>): Promise<void> {
    const him = this.#candidates.find((candidate) => candidate.node === pid.node)
    if (!him || (tag !== undefined && tag !== him.myTag)) {
      // Without a tag that he would know, so it goes to his locker itself.
      if (this.#peers.reaches(pid))
        this.#kernel.send(this.process.pid, pid, tuple(LOCK_SET, this.process.pid, false, [...this.#known]))
      return
    }
    const id = this.#lockIdWith(pid)
    const locked = await this.#lockSafely(id)
    this.#tell(him, locked !== undefined)
    if (!locked) return
    await this.#exchange(him, id, locked)
  }

  async #meetSomebody(): Promise<void> {
    this.#candidates = this.#candidates.filter(({ node }) => !this.#known.has(node))
    const him = this.#candidates[Math.floor(Math.random() * this.#candidates.length)]
    if (!him) return
    const id = this.#lockIdWith(him.locker)
    const locked = await this.#lockSafely(id, him.node)
    if (!locked) return
    this.#tell(him, true)
    const answer = await this.#inbox.take(
      (message) =>
        (message.type === 'lockSet' &&
          message.pid.node === him.node &&
          (message.tag === undefined || message.tag === him.myTag)) ||
        isCancel(message, him),
    )
    if (answer?.type === 'lockSet' && answer.set) return this.#exchange(him, id, locked)
    if (answer?.type === 'cancel') {
      answer.last?.()
      this.#remove(him.node, him.myTag)
    }
    await this.#client.deleteAll(id, locked)
  }

  /** Both sides have locked: lets the server exchange names, and gives the locks back when it has. */
  async #exchange(him: Candidate, id: LockId, locked: readonly Atom[]): Promise<void> {
    this.#lockIsSet(him.node, him.myTag, id)
    const cancel = await this.#inbox.take((message) => isCancel(message, him))
    if (cancel?.type === 'cancel') cancel.last?.()
    await this.#client.deleteAll(id, locked)
    this.#justSynced = true
    this.#remove(him.node, him.myTag)
  }

  /** Locks our partition, the boss first. Returns the nodes that are locked, or undefined when somebody else was there. */
  async #lockSafely(id: LockId, his?: Atom): Promise<readonly Atom[] | undefined> {
    const own = this.#kernel.name
    const first = boss([own, ...this.#known])
    if (first !== own && !this.#locks.free(id)) return undefined
    if (!(await this.#client.set(id, [first]))) return undefined
    const known = [...this.#known]
    const second = [own, ...(his ? [his] : [])].filter((node) => node !== first)
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

  #tell(him: Candidate, set: boolean): void {
    const known = [...this.#known]
    const message =
      him.version < 8
        ? tuple(LOCK_SET, this.process.pid, set, known)
        : tuple(LOCK_SET, this.process.pid, set, known, him.hisTag)
    const to = { name: GLOBAL_NAME_SERVER, node: him.node }
    castServer(this.#peers, this.process, to, message, him.connectionId)
  }

  #lockIdWith(locker: Pid): LockId {
    const { pid } = this.process
    return lockId(compare(pid, locker) < 0 ? [pid, locker] : [locker, pid])
  }

  #remove(node: Atom, tag: number): void {
    const index = this.#candidates.findIndex((him) => him.node === node && him.myTag === tag)
    if (index >= 0) this.#candidates.splice(index, 1)
  }
}

function isCancel(message: Message, him: Candidate): boolean {
  return message.type === 'cancel' && message.node === him.node && message.tag === him.myTag
}
