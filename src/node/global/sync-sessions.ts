import { type Kernel, type LocalProcess, type RemoteName, report } from '../../process/index.ts'
import { _, type Atom, atom, identical, is, type Pid, type Term, TermMap, tuple } from '../../term/index.ts'
import { castServer } from '../net-kernel/index.ts'
import type { Peers } from '../peers/index.ts'
import { erpcCall } from '../rpc/index.ts'
import type { Connections } from './connections.ts'
import { type Candidate, Locker } from './locker.ts'
import { GLOBAL_NAME_SERVER, type LockId, type Locks } from './locks.ts'
import type { Members } from './members.ts'
import { type Names, operation, resolveConflict } from './names.ts'

/** The protocol of OTP 25 to 29. */
export const VERSION = 8

const GLOBAL = atom('global')
const INIT_CONNECT = atom('init_connect')
const INIT_CONNECT_ACK = atom('init_connect_ack')
const CANCEL_CONNECT = atom('cancel_connect')
const EXCHANGE = atom('exchange')
const RESOLVED = atom('resolved')
const NEW_NODES = atom('new_nodes')
const IN_SYNC = atom('in_sync')
const LOCKER = atom('locker')
const NO_LONGER_A_PID = atom('no_longer_a_pid')
const CONNECTION_ID = atom('connection_id')
const LOCK = atom('lock')
const VSN = atom('vsn')
const UNUSED = atom('unused')
const NONE = atom('none')
/** From the name server to itself: a node that was said to be in the partition could not be reached. */
export const EXTRA_NODEDOWN: Atom = atom('extra_nodedown')

/** What the other side has found out about the names of both. */
export interface Resolved {
  readonly operations: readonly Term[]
  /** `[{Node, Version}]` of his partition */
  readonly known: readonly Term[]
  readonly externalNames: Term
}

/** How far the exchange with a node has come. */
interface Session {
  /** Set while there is an exchange, from `nodeup` on. Messages with another tag belong to one that was given up */
  myTag: number | undefined
  hisTag: Term
  version: number
  /** His `init_connect`, where it came before `nodeup` */
  early: { readonly locker: Pid } | undefined
  lockId: LockId | undefined
  lockIsSet: boolean
  /** His names, where they came before our lock was set */
  names: readonly Term[] | undefined
  /** What our side makes of the names of both */
  operations: readonly Term[] | undefined
  resolved: Resolved | undefined
}

/**
 * The exchange between two nodes, where either may have begun (see {@link Locker}):
 * 1. Both cast `init_connect` with a tag of their own, and confirm the other's with `init_connect_ack`.
 * 2. The lockers lock both partitions.
 * 3. Both cast `exchange` with their names. Where a name has two processes, the node with the lesser name decides.
 * 4. Both cast `resolved`: what follows for the names of the other, and which nodes they know.
 * 5. Both tell their own partition `new_nodes`, connect to the nodes of the other's, say `in_sync` to them, and unlock.
 */
export class Exchanges {
  readonly #server: LocalProcess
  readonly #peers: Peers
  readonly #kernel: Kernel
  readonly #names: Names
  readonly #members: Members
  readonly #locker: Locker
  readonly #sessions = new Map<Atom, Session>()
  readonly #connections: Connections
  #lastTag = 0

  constructor(
    server: LocalProcess,
    peers: Peers,
    connections: Connections,
    parts: { readonly names: Names; readonly locks: Locks; readonly members: Members },
  ) {
    this.#server = server
    this.#peers = peers
    this.#connections = connections
    this.#kernel = peers.kernel
    this.#names = parts.names
    this.#members = parts.members
    this.#locker = new Locker(peers, parts.locks, (node, tag, id) => this.#lockIsSet(node, tag, id))
  }

  get locker(): LocalProcess {
    return this.#locker.process
  }

  /** A node is connected: the exchange begins. */
  nodeUp(node: Atom): void {
    if (this.#members.has(node) || this.#sessions.get(node)?.myTag !== undefined) return
    const session = this.#session(node)
    const tag = ++this.#lastTag
    session.myTag = tag
    const known = new TermMap<Term, Term>(this.#members.versions())
    for (const [peer, id] of this.#connections.ids) known.set(tuple(CONNECTION_ID, peer), id)
    const locker = tuple(LOCKER, NO_LONGER_A_PID, known, this.#locker.process.pid)
    this.#connections.cast(node, tuple(INIT_CONNECT, tuple(VERSION, tag), this.#kernel.name, locker))
    const { early } = session
    session.early = undefined
    if (early) this.initConnect(node, session.version, session.hisTag, early.locker)
  }

  /** The other node begins. */
  initConnect(node: Atom, version: number, hisTag: Term, locker: Pid): void {
    if (this.#members.expects(node)) {
      // Two attempts of his, and we cannot know which one he has forgotten.
      this.#connections.send(node, tuple(CANCEL_CONNECT, this.#kernel.name, hisTag))
      return this.#restart(node)
    }
    const session = this.#session(node)
    session.version = version
    session.hisTag = hisTag
    const { myTag } = session
    if (myTag === undefined) {
      session.early = { locker }
      return
    }
    const connectionId = this.#connections.id(node)
    const him: Candidate = { node, connectionId, locker, version, myTag, hisTag }
    this.#locker.push({ type: 'candidate', him })
    if (version >= VERSION)
      this.#connections.send(node, tuple(INIT_CONNECT_ACK, this.#kernel.name, hisTag, myTag))
    this.#members.expect(node, version)
  }

  /** The locker of another node has its locks, or could not get them. */
  lockSet(pid: Pid, set: boolean, tag: Term): void {
    const session = this.#current(pid.node, tag)
    if (session) this.#locker.push({ type: 'lockSet', pid, set, tag: session.myTag })
  }

  /** The same from a node before OTP 25, which names no tag. */
  lockSetByOld(pid: Pid, set: boolean): void {
    this.#locker.push({ type: 'lockSet', pid, set, tag: undefined })
  }

  /** The names of the other node. */
  exchanged(node: Atom, names: readonly Term[], tag: Term): void {
    const session = this.#current(node, tag)
    if (!session) return this.#cancel(node, tag)
    session.names = names
    if (session.lockIsSet) this.#compareNames(node, session)
  }

  /** What the other node makes of the names of both. */
  resolved(node: Atom, resolved: Resolved, tag: Term): void {
    const session = this.#current(node, tag)
    if (!session) return this.#cancel(node, tag)
    session.resolved = resolved
    if (session.operations) this.#finish(node, session, session.operations, resolved)
  }

  /** The other node has given the exchange up. */
  cancelled(node: Atom, tag: Term): void {
    if (this.#current(node, tag)) this.#restart(node)
  }

  /** The other node says that no exchange is needed: we are in its partition already. */
  inSync(node: Atom): void {
    this.#members.unexpect(node)
    this.#drop(node)
    this.#members.nowSynced(node)
  }

  /** A node of our partition has met others, who are in it now. */
  newNodes(operations: readonly Term[], lock: Term, nodes: readonly Term[]): void {
    const added = this.#members.add(nodes)
    this.#joinOthers(added)
    this.#names.apply(operations, lock)
    this.#locker.addKnown(added)
  }

  forget(node: Atom): void {
    this.#drop(node)
    this.#locker.removeKnown(node)
  }

  /** The other node has had our `init_connect`; the tags say which one. */
  acknowledged(node: Atom, myTag: Term, hisTag: Term): void {
    const session = this.#current(node, myTag)
    if (session && identical(session.hisTag, hisTag)) return
    this.#connections.send(node, tuple(CANCEL_CONNECT, this.#kernel.name, hisTag))
    if (this.#sessions.get(node)?.myTag !== undefined) this.#restart(node)
  }

  #lockIsSet(node: Atom, tag: number, id: LockId): void {
    const session = this.#current(node, tag)
    if (!session) return this.#cancel(node, tag)
    session.lockId = id
    session.lockIsSet = true
    this.#connections.cast(node, tuple(EXCHANGE, this.#kernel.name, this.#names.toTerm(), [], session.hisTag))
    if (session.names) this.#compareNames(node, session)
  }

  #compareNames(node: Atom, session: Session & { myTag: number }): void {
    const { myTag } = session
    const names = session.names ?? []
    session.names = undefined
    session.lockIsSet = false
    void this.#decide(node, names).then(({ ours, his }) => {
      if (!this.#server.alive) return
      const current = this.#current(node, myTag)
      if (!current) return this.#cancel(node, myTag)
      const known = [...this.#members.versions()].map(([peer, version]) => tuple(peer, version))
      this.#connections.cast(node, tuple(RESOLVED, this.#kernel.name, his, known, UNUSED, [], current.hisTag))
      current.operations = ours
      if (current.resolved) this.#finish(node, current, ours, current.resolved)
    })
  }

  /** What follows from his names, for us and for him. */
  async #decide(node: Atom, names: readonly Term[]): Promise<{ ours: Term[]; his: Term[] }> {
    const ours: Term[] = []
    const his: Term[] = []
    for (const row of names) {
      if (!is(row, [_, _.pid, _])) continue
      const [name, pid, method] = row
      const own = this.#names.get(name)
      if (!own) ours.push(operation.insert(name, pid, method))
      else if (own.pid !== pid && this.#kernel.name.name < node.name) {
        const kept = await this.#keeper(own.method, name, pid, own.pid)
        if (kept === pid) ours.push(operation.insert(name, pid, method))
        else if (kept === own.pid) his.push(operation.insert(name, own.pid, own.method))
        else {
          ours.push(operation.delete(name))
          his.push(operation.delete(name))
        }
      }
    }
    return { ours, his }
  }

  /** Which of two processes keeps a name: decided where ours lives, by the method it was registered with. */
  async #keeper(method: Term, name: Term, his: Pid, ours: Pid): Promise<Term> {
    try {
      if (this.#kernel.isLocal(ours)) return await resolveConflict(this.#server, method, name, his, ours)
      const resolveIt = atom('resolve_it')
      return await erpcCall(this.#server, ours.node, GLOBAL, resolveIt, [method, name, his, ours])
    } catch (thrown) {
      return thrown instanceof Error ? his : NONE
    }
  }

  #finish(
    node: Atom,
    session: Session,
    ours: readonly Term[],
    { operations, known, externalNames }: Resolved,
  ): void {
    const all = [...ours, ...operations]
    const nodes = [tuple(node, session.version), ...known]
    const hisNodes = nodeNames(known)
    this.#joinOthers(hisNodes)
    this.#names.apply(all, session.lockId)
    // Exchanges that some of them have begun with us by themselves are not needed any more.
    for (const other of hisNodes) {
      this.#members.unexpect(other)
      this.#drop(other)
    }
    const members = this.#members.nodes().map((member) => [member, this.#connections.id(member)] as const)
    const extra = [tuple(VSN, session.version), tuple(LOCK, session.lockId)]
    const message = tuple(NEW_NODES, this.#kernel.name, all, externalNames, nodes, extra)
    this.#members.unexpect(node)
    // In the locker's name and before it gives the lock back, so that both arrive in this order.
    this.#drop(node, () => {
      for (const [member, id] of members)
        castServer(this.#peers, this.#locker.process, nameServerOf(member), message, id)
    })
    this.#locker.addKnown(this.#members.add(nodes))
    this.#members.nowSynced(node)
  }

  #restart(node: Atom): void {
    const begun = this.#sessions.get(node)?.myTag !== undefined
    this.#drop(node)
    this.#members.unexpect(node)
    if (begun) this.nodeUp(node)
  }

  /** Ends the exchange with a node. `last` is called before its locks are given back. */
  #drop(node: Atom, last?: () => void): void {
    const tag = this.#sessions.get(node)?.myTag
    if (tag !== undefined) this.#cancel(node, tag, last)
    this.#sessions.delete(node)
  }

  /** Ends the exchange that `tag` stands for, at the locker and, where it has confirmed it, at the other node. */
  #cancel(node: Atom, tag: Term, last?: () => void): void {
    if (typeof tag !== 'number') return
    this.#locker.push(last ? { type: 'cancel', node, tag, last } : { type: 'cancel', node, tag })
    const session = this.#current(node, tag)
    if (session && this.#members.expects(node))
      this.#connections.send(node, tuple(CANCEL_CONNECT, this.#kernel.name, session.hisTag))
  }

  /** Connects to nodes that are in the partition now, and tells each that no exchange is needed. */
  #joinOthers(nodes: readonly Atom[]): void {
    for (const node of nodes) {
      if (node === this.#kernel.name) continue
      void this.#peers.connect(node).then((connected) => {
        if (!this.#server.alive) return
        // The mailbox may hold the nodeup of a connection that has just been made.
        const inSync = tuple(IN_SYNC, this.#kernel.name, true)
        if (connected) return castServer(this.#peers, this.#server, nameServerOf(node), inSync)
        const text = `'global' at ${this.#kernel.name.name} failed to connect to ${node.name}`
        report({ kernel: this.#kernel, level: 'warning', text, pid: this.#server.pid })
        this.#server.deliver(tuple(EXTRA_NODEDOWN, node))
      })
    }
  }

  #session(node: Atom): Session {
    let session = this.#sessions.get(node)
    if (!session) {
      session = {
        myTag: undefined,
        hisTag: undefined,
        version: VERSION,
        early: undefined,
        lockId: undefined,
        lockIsSet: false,
        names: undefined,
        operations: undefined,
        resolved: undefined,
      }
      this.#sessions.set(node, session)
    }
    return session
  }

  /** The exchange under way with a node, where `tag` is its tag. */
  #current(node: Atom, tag: Term): (Session & { myTag: number }) | undefined {
    const session = this.#sessions.get(node)
    return session?.myTag !== undefined && identical(session.myTag, tag)
      ? (session as Session & { myTag: number })
      : undefined
  }
}

function nameServerOf(node: Atom): RemoteName {
  return { name: GLOBAL_NAME_SERVER, node }
}

/** Names from `[{Node, Version}]`, or from the `[Node]` of old nodes. */
function nodeNames(known: readonly Term[]): Atom[] {
  return known.map((item) => (is(item, [_.atom, _]) ? item[0] : item)).filter((node) => is(node, _.atom))
}
