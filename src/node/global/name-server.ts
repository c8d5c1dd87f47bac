import { type Kernel, type LocalProcess, report, THIS_NODE } from '../../process/index.ts'
import {
  _,
  type Atom,
  atom,
  ExitError,
  error,
  is,
  listOf,
  match,
  ok,
  on,
  type Pid,
  type Term,
  type TupleClass,
  tuple,
} from '../../term/index.ts'
import { answer, type Client, GEN_CALL, GEN_CAST } from '../net-kernel/index.ts'
import type { Peers } from '../peers/index.ts'
import { Connections } from './connections.ts'
import { GLOBAL_NAME_SERVER, Locks } from './locks.ts'
import { Members } from './members.ts'
import { Names } from './names.ts'
import { Partitions } from './partitions.ts'
import { Registrar } from './registrar.ts'
import { randomExitName, resolveConflict } from './resolver.ts'
import { EXTRA_NODEDOWN, SyncSessions, VERSION } from './sync-sessions.ts'

const INIT_CONNECT = atom('init_connect')
const INIT_CONNECT_ACK = atom('init_connect_ack')
const CANCEL_CONNECT = atom('cancel_connect')
const EXCHANGE = atom('exchange')
const RESOLVED = atom('resolved')
const NEW_NODES = atom('new_nodes')
const IN_SYNC = atom('in_sync')
const LOCKER = atom('locker')
const LOCK_SET = atom('lock_set')
const LOCK = atom('lock')
const LOST_CONNECTION = atom('lost_connection')
const REMOVE_CONNECTION = atom('remove_connection')
const NODEUP = atom('nodeup')
const NODEDOWN = atom('nodedown')
const YES = atom('yes')
const UNDEFINED = atom('undefined')

/** Options of `Node.start` for the name server. All nodes of a cluster should have the same. */
export interface GlobalOptions {
  /**
   * Whether this node shares global names with the nodes that connect to it, and connects to all nodes of their cluster. `connect_all` of
   * OTP's kernel. Default: true.
   */
  readonly connectAll?: boolean
  /**
   * Whether nodes disconnect from a node to which one of them has lost the connection. `prevent_overlapping_partitions` of OTP's
   * kernel. It has no effect without `connectAll`. Default: true.
   */
  readonly preventOverlappingPartitions?: boolean
}

/**
 * Process `global_name_server` of a node. It also connects all nodes with each other: when two nodes connect, their name servers
 * lock both partitions, exchange names and known nodes, and let every node connect to every other.
 * https://www.erlang.org/doc/apps/kernel/global
 */
export class NameServer {
  readonly process: LocalProcess
  readonly names: Names
  readonly registrar: Registrar
  readonly members: Members
  readonly locks: Locks
  readonly peers: Peers
  readonly #kernel: Kernel
  readonly #connections: Connections
  readonly #sessions: SyncSessions
  readonly #partitions: Partitions
  readonly #connectAll: boolean
  /** Connections that both nodes have agreed to end, by node. Their end is reported to nobody. */
  readonly #removing = new Map<Atom, number>()

  constructor(peers: Peers, { connectAll = true, preventOverlappingPartitions = true }: GlobalOptions = {}) {
    this.peers = peers
    this.#connectAll = connectAll
    const { kernel } = peers
    this.#kernel = kernel
    this.process = kernel.create({ label: 'global_name_server', asyncDist: true })
    this.process.trapExit = true
    const connections = new Connections(this.process, peers)
    const locks = new Locks(this.process)
    const names = new Names(this.process, locks)
    const members = new Members(kernel.name)
    this.#connections = connections
    this.locks = locks
    this.names = names
    this.members = members
    this.#sessions = new SyncSessions(this.process, peers, connections, { names, locks, members })
    this.registrar = new Registrar(peers, names, locks, members)
    this.#partitions = new Partitions(this.process, connections, members, {
      prevents: connectAll && preventOverlappingPartitions,
      removeNode: (node) => this.#removeNode(node),
    })
    this.process.handle((message) => this.#handle(message))
    kernel.register(this.process, GLOBAL_NAME_SERVER)
    for (const { pid } of this.#helpers()) this.process.links.link(pid)
    // Through the mailbox, so that messages of a connection are handled before its end.
    const unsubscribe = peers.subscribe({
      up: (node, { visible, connectionId }) => {
        if (visible) this.process.deliver(tuple(NODEUP, node, connectionId))
      },
      down: (node) => this.process.deliver(tuple(NODEDOWN, node)),
    })
    this.process.onExit(unsubscribe)
    kernel.modules.define(
      ':global',
      {
        resolve_it: (method: Term, name: Term, pid1: Pid, pid2: Pid) =>
          resolveConflict(this.process, method, name, pid1, pid2),
        whereis_name: (name: Term) => this.names.get(name)?.pid ?? UNDEFINED,
        register_name: async (name: Term, pid: Pid, method: Term = randomExitName) =>
          atom((await this.registrar.register(name, pid, method)) ? 'yes' : 'no'),
        re_register_name: (name: Term, pid: Pid, method: Term = randomExitName) =>
          this.registrar.reRegister(name, pid, method).then(() => YES),
        unregister_name: (name: Term) => this.registrar.unregister(name).then(() => ok),
        registered_names: () => this.names.list(),
      },
      THIS_NODE,
    )
  }

  /** Waits until names were exchanged with each of these nodes, or it is not connected. */
  sync(nodes: readonly Atom[] = this.peers.visible()): Promise<void> {
    if (!this.#connectAll) return Promise.resolve()
    const done = this.members.sync(nodes)
    const connected = this.peers.visible()
    for (const node of nodes) if (!connected.includes(node)) this.members.releaseSyncers(node)
    return done
  }

  #handle(message: Term): void {
    match(
      message,
      on([GEN_CALL, [_.pid, _], _], ([, client, request]) => this.#handleCall(client, request)),
      on([GEN_CAST, _.tuple], ([, cast]) => this.#handleCast(cast)),
      on([NODEUP, _.atom, _.integer], ([, node, connectionId]) => {
        this.#connections.onNodeUp(node, connectionId)
        if (this.#connectAll) this.#sessions.onNodeUp(node)
      }),
      on([NODEDOWN, _.atom], ([, node]) => this.#onNodeDown(node)),
      on([EXTRA_NODEDOWN, _.atom], ([, node]) => {
        // A connection that was made since the failed attempt is another one.
        if (this.#connections.id(node) === undefined) this.#onNodeDown(node)
      }),
      on([INIT_CONNECT_ACK, _.atom, _, _], ([, node, ownTag, peerTag]) =>
        this.#sessions.onInitConnectAck(node, ownTag, peerTag),
      ),
      on([CANCEL_CONNECT, _.atom, _], ([, node, ownTag]) => this.#sessions.onCancelConnect(node, ownTag)),
      on([LOST_CONNECTION, _.atom, _, _.integer, _.atom], ([, a, creation, id, b]) =>
        this.#partitions.onLostConnection(message, a, creation, id, b),
      ),
      on([LOST_CONNECTION, _.atom, _, _.bigint, _.atom], ([, a, creation, id, b]) =>
        this.#partitions.onLostConnection(message, a, creation, id, b),
      ),
      on([REMOVE_CONNECTION, _.atom], ([, node]) => this.#partitions.onRemoveConnection(node)),
      on([atom('group_nodedown'), _.atom, _], () => {}),
      on([atom('whereis'), _, [_.pid, _]], ([, name, client]) =>
        answer(this.process, client, this.names.get(name)?.pid ?? UNDEFINED),
      ),
      on([atom('EXIT'), _.pid, _], ([, pid, reason]) => {
        if (this.#helpers().some((helper) => helper.pid === pid)) this.process.crash(new ExitError(reason))
      }),
      on(_, () => this.#reportUnexpected(message)),
    )
  }

  #handleCall(client: Client, request: Term): void {
    const [from] = client
    // A caller whose connection has ended does not wait. To monitor or answer the caller would make a new connection.
    if (!this.#kernel.isLocal(from) && !this.peers.reaches(from)) return
    const reply = (term: Term): void => answer(this.process, client, term)
    match(
      request,
      on([atom('set_lock'), [_, _]], ([, id]) => reply(this.locks.set(id, from))),
      on([atom('del_lock'), [_, _]], ([, id]) => {
        this.locks.delete(id, from)
        reply(true)
      }),
      on([atom('register'), _, _.pid, _], ([, name, pid, method]) => {
        this.names.insert(name, pid, method, from)
        reply(YES)
      }),
      on([atom('register_ext'), _, _.pid, _, _.atom], ([, name, pid, method]) => {
        this.names.insert(name, pid, method, from)
        reply(YES)
      }),
      on([atom('unregister'), _], ([, name]) => {
        this.names.delete(name)
        reply(ok)
      }),
      on([atom('sync'), listOf(_.atom)], ([, nodes]) => {
        void this.sync(nodes).then(() => reply(ok))
      }),
      on(atom('get_known'), () => reply(this.members.known())),
      on(atom('get_synced'), () => reply(this.members.synced())),
      on(atom('get_protocol_version'), () => reply(VERSION)),
      on(atom('get_names_ext'), () => reply([])),
      on(_, () => {
        this.#reportUnexpected(request)
        reply(tuple(error, atom('notsup')))
      }),
    )
  }

  #handleCast(cast: Term): void {
    match(
      cast,
      on([INIT_CONNECT, _.tuple, _.atom, [LOCKER, _, _, _.pid]], ([, versions, node, [, , , locker]]) => {
        const [version, tag] = (versions as TupleClass<readonly Term[]>).elements
        if (typeof version === 'number')
          this.#sessions.onInitConnect(node, Math.min(version, VERSION), tag, locker)
      }),
      on([LOCK_SET, _.pid, _.boolean, _, _], ([, pid, set, , tag]) =>
        this.#sessions.onLockSet(pid, set, tag),
      ),
      on([LOCK_SET, _.pid, _.boolean, _], ([, pid, set]) => this.#sessions.onUntaggedLockSet(pid, set)),
      on([EXCHANGE, _.atom, _.list, _, _], ([, node, names, , tag]) =>
        this.#sessions.onExchange(node, names, tag),
      ),
      on([RESOLVED, _.atom, _.list, _.list, _, _, _], ([, node, operations, known, , externalNames, tag]) =>
        this.#sessions.onResolved(node, { operations, known, externalNames }, tag),
      ),
      on([NEW_NODES, _.atom, _.list, _, _.list, _.list], ([, , operations, , nodes, extra]) => {
        const lock = extra.find((item) => is(item, [LOCK, _]))
        this.#sessions.onNewNodes(operations, is(lock, [LOCK, _]) ? lock[1] : undefined, nodes)
      }),
      on([IN_SYNC, _.atom, _], ([, node]) => this.#sessions.onInSync(node)),
      on([atom('async_del_name'), _, _], () => {}),
      on([atom('async_del_lock'), _, _], () => {}),
      on(_, () => this.#reportUnexpected(cast)),
    )
  }

  #onNodeDown(node: Atom): void {
    this.members.releaseSyncers(node)
    this.#sessions.removeNode(node)
    const isMember = this.members.remove(node)
    const id = this.#connections.id(node)
    const isAgreed = id !== undefined && this.#removing.get(node) === id
    this.#removing.delete(node)
    if (isMember && !isAgreed) this.#partitions.onConnectionLost(node)
    this.#connections.onNodeDown(node)
  }

  /** Removes a node from the partition. Both nodes have agreed to end their connection. */
  #removeNode(node: Atom): void {
    this.#sessions.removeNode(node)
    this.members.remove(node)
    const id = this.#connections.id(node)
    if (id !== undefined) this.#removing.set(node, id)
  }

  #helpers(): readonly LocalProcess[] {
    return [this.#sessions.locker, this.registrar.process]
  }

  #reportUnexpected(message: Term): void {
    const text = `The global_name_server received an unexpected message: ${this.#kernel.inspect(message)}`
    report({ kernel: this.#kernel, level: 'debug', text, pid: this.process.pid })
  }
}
