import { type Kernel, type LocalProcess, type RemoteName, report } from '../../process/index.ts'
import {
  _,
  type Atom,
  atom,
  escapeName,
  identical,
  is,
  type Pid,
  type Term,
  TermMap,
  tuple,
} from '../../term/index.ts'
import { castServer } from '../net-kernel/index.ts'
import type { Peers } from '../peers/index.ts'
import type { Connections } from './connections.ts'
import { Locker, type PeerLocker } from './locker.ts'
import { GLOBAL_NAME_SERVER, type LockId, type Locks } from './locks.ts'
import type { Members } from './members.ts'
import type { Names } from './names.ts'
import { resolveNames } from './resolver.ts'

/** The version of the protocol that OTP 25 to 29 speak. */
export const VERSION = 8

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
/** Message of the name server to itself: the connection to a node of the partition failed. */
export const EXTRA_NODEDOWN: Atom = atom('extra_nodedown')

/** Message `resolved`: the operations that a peer has computed from the names of both nodes. */
export interface Resolved {
  readonly operations: readonly Term[]
  /** `[{Node, Version}]`, the known nodes of the peer's partition */
  readonly known: readonly Term[]
  readonly externalNames: Term
}

/** State of the exchange with one node. */
interface SyncSession {
  /** Set from `nodeup` until the end of the exchange. A message with another tag belongs to an earlier session */
  ownTag: number | undefined
  peerTag: Term
  version: number
  /** The peer's `init_connect`, if it arrived before `nodeup` */
  preConnect: { readonly locker: Pid } | undefined
  lockId: LockId | undefined
  lockIsSet: boolean
  /** The peer's names, if they arrived before this node's lock was set */
  peerNames: readonly Term[] | undefined
  /** The operations that this node has found for its own partition */
  operations: readonly Term[] | undefined
  resolved: Resolved | undefined
}

type ActiveSession = SyncSession & { ownTag: number }

/**
 * Exchanges of names with the nodes that connect, one session for each node. Either node may begin (see {@link Locker}):
 *
 * 1. Both cast `init_connect` with a tag of their own, and confirm the peer's with `init_connect_ack`.
 * 2. The lockers lock both partitions.
 * 3. Both cast `exchange` with their names. The node with the lesser name resolves the conflicts.
 * 4. Both cast `resolved` with the operations for the peer's partition, and the nodes of their own.
 * 5. Both cast `new_nodes` to their own partition, connect to the nodes of the peer's, cast `in_sync` to them, and unlock.
 */
export class SyncSessions {
  readonly #server: LocalProcess
  readonly #peers: Peers
  readonly #kernel: Kernel
  readonly #connections: Connections
  readonly #names: Names
  readonly #members: Members
  readonly #locker: Locker
  readonly #sessions = new Map<Atom, SyncSession>()
  #lastTag = 0

  constructor(
    server: LocalProcess,
    peers: Peers,
    connections: Connections,
    parts: { readonly names: Names; readonly locks: Locks; readonly members: Members },
  ) {
    this.#server = server
    this.#peers = peers
    this.#kernel = peers.kernel
    this.#connections = connections
    this.#names = parts.names
    this.#members = parts.members
    this.#locker = new Locker(peers, parts.locks, (node, tag, id) => this.#onLockIsSet(node, tag, id))
  }

  get locker(): LocalProcess {
    return this.#locker.process
  }

  /** Begins the exchange with a node that has connected. */
  onNodeUp(node: Atom): void {
    if (this.#members.isKnown(node) || this.#sessions.get(node)?.ownTag !== undefined) return
    const session = this.#session(node)
    const tag = ++this.#lastTag
    session.ownTag = tag
    const known = new TermMap<Term, Term>(this.#members.versions())
    for (const [peer, id] of this.#connections.ids) known.set(tuple(CONNECTION_ID, peer), id)
    const locker = tuple(LOCKER, NO_LONGER_A_PID, known, this.#locker.process.pid)
    this.#connections.cast(node, tuple(INIT_CONNECT, tuple(VERSION, tag), this.#kernel.name, locker))
    const { preConnect } = session
    session.preConnect = undefined
    if (preConnect) this.onInitConnect(node, session.version, session.peerTag, preConnect.locker)
  }

  /** `init_connect`: the peer begins the exchange. */
  onInitConnect(node: Atom, version: number, peerTag: Term, locker: Pid): void {
    if (this.#members.isPending(node)) {
      // The second attempt of the peer. It is unknown which of its two attempts the peer has cancelled, so both are cancelled
      // here.
      this.#connections.send(node, tuple(CANCEL_CONNECT, this.#kernel.name, peerTag))
      return this.#restart(node)
    }
    const session = this.#session(node)
    session.version = version
    session.peerTag = peerTag
    const { ownTag } = session
    if (ownTag === undefined) {
      session.preConnect = { locker }
      return
    }
    const connectionId = this.#connections.id(node)
    const peer: PeerLocker = { node, connectionId, pid: locker, version, ownTag, peerTag }
    this.#locker.push({ type: 'peerLocker', peer })
    if (version >= VERSION)
      this.#connections.send(node, tuple(INIT_CONNECT_ACK, this.#kernel.name, peerTag, ownTag))
    this.#members.addPending(node, version)
  }

  /** `init_connect_ack`: the peer has received an `init_connect`. The tags tell which one. */
  onInitConnectAck(node: Atom, ownTag: Term, peerTag: Term): void {
    const session = this.#active(node, ownTag)
    if (session && identical(session.peerTag, peerTag)) return
    this.#connections.send(node, tuple(CANCEL_CONNECT, this.#kernel.name, peerTag))
    if (this.#sessions.get(node)?.ownTag !== undefined) this.#restart(node)
  }

  /** `cancel_connect`: the peer has cancelled the exchange. */
  onCancelConnect(node: Atom, ownTag: Term): void {
    if (this.#active(node, ownTag)) this.#restart(node)
  }

  /** `lock_set`: the locker of the peer has set its locks, or could not set them. */
  onLockSet(pid: Pid, set: boolean, ownTag: Term): void {
    const session = this.#active(pid.node, ownTag)
    if (session) this.#locker.push({ type: 'lockSet', pid, set, tag: session.ownTag })
  }

  /** `lock_set` of a node before OTP 25, which has no tag. */
  onUntaggedLockSet(pid: Pid, set: boolean): void {
    this.#locker.push({ type: 'lockSet', pid, set, tag: undefined })
  }

  /** `exchange`: the names of the peer. */
  onExchange(node: Atom, peerNames: readonly Term[], ownTag: Term): void {
    const session = this.#active(node, ownTag)
    if (!session) return this.#cancel(node, ownTag)
    session.peerNames = peerNames
    if (session.lockIsSet) this.#resolve(node, session)
  }

  /** `resolved`: the operations that the peer has computed from the names of both nodes. */
  onResolved(node: Atom, resolved: Resolved, ownTag: Term): void {
    const session = this.#active(node, ownTag)
    if (!session) return this.#cancel(node, ownTag)
    session.resolved = resolved
    if (session.operations) this.#finish(node, session, session.operations, resolved)
  }

  /** `in_sync`: the peer is of this node's partition already, so no exchange is needed. */
  onInSync(node: Atom): void {
    this.#members.removePending(node)
    this.#end(node)
    this.#members.addSynced(node)
  }

  /** `new_nodes`: a node of this node's partition has exchanged names with another partition. */
  onNewNodes(operations: readonly Term[], lock: Term, nodes: readonly Term[]): void {
    const added = this.#members.addKnown(nodes)
    this.#syncOthers(added)
    this.#names.apply(operations, lock)
    this.#locker.addKnown(added)
  }

  removeNode(node: Atom): void {
    this.#end(node)
    this.#locker.removeKnown(node)
  }

  #onLockIsSet(node: Atom, ownTag: number, id: LockId): void {
    const session = this.#active(node, ownTag)
    if (!session) return this.#cancel(node, ownTag)
    session.lockId = id
    session.lockIsSet = true
    const names = this.#names.toTerm()
    this.#connections.cast(node, tuple(EXCHANGE, this.#kernel.name, names, [], session.peerTag))
    if (session.peerNames) this.#resolve(node, session)
  }

  #resolve(node: Atom, session: ActiveSession): void {
    const { ownTag } = session
    const peerNames = session.peerNames ?? []
    session.peerNames = undefined
    session.lockIsSet = false
    void resolveNames(this.#server, this.#names, node, peerNames).then(({ own, peer }) => {
      if (!this.#server.alive) return
      const active = this.#active(node, ownTag)
      if (!active) return this.#cancel(node, ownTag)
      const known = [...this.#members.versions()].map(([member, version]) => tuple(member, version))
      const resolved = tuple(RESOLVED, this.#kernel.name, peer, known, UNUSED, [], active.peerTag)
      this.#connections.cast(node, resolved)
      active.operations = own
      if (active.resolved) this.#finish(node, active, own, active.resolved)
    })
  }

  #finish(node: Atom, session: SyncSession, own: readonly Term[], resolved: Resolved): void {
    const operations = [...own, ...resolved.operations]
    const nodes = [tuple(node, session.version), ...resolved.known]
    const others = nodeNames(resolved.known)
    this.#syncOthers(others)
    this.#names.apply(operations, session.lockId)
    // An exchange that another node of the peer's partition has begun is not needed any more.
    for (const other of others) {
      this.#members.removePending(other)
      this.#end(other)
    }
    const members = this.#members.known().map((member) => [member, this.#connections.id(member)] as const)
    const extra = [tuple(VSN, session.version), tuple(LOCK, session.lockId)]
    const newNodes = tuple(NEW_NODES, this.#kernel.name, operations, resolved.externalNames, nodes, extra)
    this.#members.removePending(node)
    // The locker sends it before it deletes the locks, so that both arrive in this order.
    this.#end(node, () => {
      for (const [member, id] of members)
        castServer(this.#peers, this.#locker.process, nameServerOf(member), newNodes, id)
    })
    this.#locker.addKnown(this.#members.addKnown(nodes))
    this.#members.addSynced(node)
  }

  #restart(node: Atom): void {
    const begun = this.#sessions.get(node)?.ownTag !== undefined
    this.#end(node)
    this.#members.removePending(node)
    if (begun) this.onNodeUp(node)
  }

  /** Ends the session of a node. The locker calls `beforeUnlock` before it deletes its locks. */
  #end(node: Atom, beforeUnlock?: () => void): void {
    const tag = this.#sessions.get(node)?.ownTag
    if (tag !== undefined) this.#cancel(node, tag, beforeUnlock)
    this.#sessions.delete(node)
  }

  /** Cancels the exchange with this tag: in the locker, and at the peer if it has confirmed the exchange. */
  #cancel(node: Atom, tag: Term, beforeUnlock?: () => void): void {
    if (typeof tag !== 'number') return
    this.#locker.push({ type: 'cancel', node, tag, ...(beforeUnlock && { beforeUnlock }) })
    const session = this.#active(node, tag)
    if (session && this.#members.isPending(node))
      this.#connections.send(node, tuple(CANCEL_CONNECT, this.#kernel.name, session.peerTag))
  }

  /** Connects to nodes that have joined the partition, and casts `in_sync` to each. */
  #syncOthers(nodes: readonly Atom[]): void {
    for (const node of nodes) {
      if (node === this.#kernel.name) continue
      void this.#peers.connect(node).then((connected) => {
        if (!this.#server.alive) return
        // Not through the table of connections: the nodeup of a new connection may still be in the mailbox.
        const inSync = tuple(IN_SYNC, this.#kernel.name, true)
        if (connected) return castServer(this.#peers, this.#server, nameServerOf(node), inSync)
        const text = `'global' at ${this.#kernel.name.name} failed to connect to ${escapeName(node.name)}`
        report({ kernel: this.#kernel, level: 'warning', text, pid: this.#server.pid })
        this.#server.deliver(tuple(EXTRA_NODEDOWN, node))
      })
    }
  }

  #session(node: Atom): SyncSession {
    let session = this.#sessions.get(node)
    if (!session) {
      session = {
        ownTag: undefined,
        peerTag: undefined,
        version: VERSION,
        preConnect: undefined,
        lockId: undefined,
        lockIsSet: false,
        peerNames: undefined,
        operations: undefined,
        resolved: undefined,
      }
      this.#sessions.set(node, session)
    }
    return session
  }

  /** Returns the session of a node that has this tag; undefined when it has ended, or another one has begun. */
  #active(node: Atom, ownTag: Term): ActiveSession | undefined {
    const session = this.#sessions.get(node)
    return session?.ownTag !== undefined && identical(session.ownTag, ownTag)
      ? (session as ActiveSession)
      : undefined
  }
}

function nameServerOf(node: Atom): RemoteName {
  return { name: GLOBAL_NAME_SERVER, node }
}

/** Returns the names from `[{Node, Version}]`, or from the `[Node]` of older nodes. */
function nodeNames(known: readonly Term[]): Atom[] {
  return known.map((item) => (is(item, [_.atom, _]) ? item[0] : item)).filter((node) => is(node, _.atom))
}
