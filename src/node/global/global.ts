import { currentKernel, type Kernel, type LocalProcess, report } from '../../process/index.ts'
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
import { takeLeave } from './announce-shutdown.ts'
import { Connections } from './connections.ts'
import { GLOBAL_NAME_SERVER, Locks } from './locks.ts'
import { Members } from './members.ts'
import { Names, resolveConflict } from './names.ts'
import { Partitions } from './partitions.ts'
import { Registrar } from './registrar.ts'
import { EXTRA_NODEDOWN, Exchanges, VERSION } from './sync-sessions.ts'

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
const NODEUP = atom('nodeup')
const NODEDOWN = atom('nodedown')
const YES = atom('yes')
const UNDEFINED = atom('undefined')

/**
 * The name server of the cluster, which is also what makes the mesh: when two nodes meet, their name servers lock both
 * partitions, exchange names and the nodes that they know, and let everyone connect to everyone.
 * https://www.erlang.org/doc/apps/kernel/global
 */
class Global {
  readonly process: LocalProcess
  readonly names: Names
  readonly registrar: Registrar
  readonly members: Members
  readonly peers: Peers
  readonly #kernel: Kernel
  readonly #locks: Locks
  readonly #exchanges: Exchanges
  readonly #partitions: Partitions
  readonly #connections: Connections
  /** Connections that both nodes have agreed to end, by node. Their end is reported to nobody. */
  readonly #removing = new Map<Atom, number>()

  constructor(peers: Peers) {
    this.peers = peers
    const kernel = peers.kernel
    this.#kernel = kernel
    this.process = kernel.create({ label: 'global_name_server' })
    this.process.trapExit = true
    const connections = new Connections(this.process, peers)
    const locks = new Locks(this.process)
    const names = new Names(this.process, locks)
    const members = new Members(kernel.name)
    this.#connections = connections
    this.#locks = locks
    this.names = names
    this.members = members
    this.#exchanges = new Exchanges(this.process, peers, connections, { names, locks, members })
    this.registrar = new Registrar(peers, names, locks, members)
    this.#partitions = new Partitions(this.process, connections, members, (node) =>
      this.#forget(node, 'removed'),
    )
    this.process.handle((message) => this.#handle(message))
    kernel.register(this.process, GLOBAL_NAME_SERVER)
    for (const { pid } of this.#helpers()) this.process.ties.link(pid)
    // In the mailbox, so that what a peer sent before its connection went is handled before that.
    const unsubscribe = peers.subscribe({
      up: (node, { visible, connectionId }) => {
        if (visible) this.process.deliver(tuple(NODEUP, node, connectionId))
      },
      down: (node) => this.process.deliver(tuple(NODEDOWN, node)),
    })
    this.process.onExit(unsubscribe)
    kernel.modules.define(':global', {
      resolve_it: (method: Term, name: Term, pid1: Pid, pid2: Pid) =>
        resolveConflict(this.process, method, name, pid1, pid2),
      whereis_name: (name: Term) => this.names.get(name)?.pid ?? UNDEFINED,
      register_name: async (name: Term, pid: Pid) =>
        atom((await this.registrar.register(name, pid)) ? 'yes' : 'no'),
      unregister_name: (name: Term) => this.registrar.unregister(name).then(() => ok),
      registered_names: () => this.names.list(),
    })
  }

  /** Waits until names and nodes were exchanged with these nodes, or they are gone. */
  sync(nodes: readonly Atom[] = this.peers.visible()): Promise<void> {
    const done = this.members.sync(nodes)
    const connected = this.peers.visible()
    for (const node of nodes) if (!connected.includes(node)) this.members.release(node)
    return done
  }

  #handle(message: Term): void {
    const { process } = this
    match(
      message,
      on([GEN_CALL, [_.pid, _], _], ([, client, request]) => this.#call(client, request)),
      on([GEN_CAST, _.tuple], ([, cast]) => this.#cast(cast)),
      on([NODEUP, _.atom, _.integer], ([, node, connectionId]) => {
        this.#connections.nodeUp(node, connectionId)
        this.#exchanges.nodeUp(node)
      }),
      on([NODEDOWN, _.atom], ([, node]) => {
        this.members.release(node)
        this.#forget(node, 'disconnected')
        this.#connections.nodeDown(node)
      }),
      on([EXTRA_NODEDOWN, _.atom], ([, node]) => {
        // A connection that was made since is another one.
        if (this.#connections.id(node) !== undefined) return
        this.members.release(node)
        this.#forget(node, 'disconnected')
      }),
      on([INIT_CONNECT_ACK, _.atom, _, _], ([, node, myTag, hisTag]) =>
        this.#exchanges.acknowledged(node, myTag, hisTag),
      ),
      on([CANCEL_CONNECT, _.atom, _], ([, node, tag]) => this.#exchanges.cancelled(node, tag)),
      on([atom('lost_connection'), _.atom, _, _.integer, _.atom], ([, a, creation, id, b]) =>
        this.#partitions.onLostConnection(message, a, creation, id, b),
      ),
      on([atom('lost_connection'), _.atom, _, _.bigint, _.atom], ([, a, creation, id, b]) =>
        this.#partitions.onLostConnection(message, a, creation, id, b),
      ),
      on([atom('remove_connection'), _.atom], ([, node]) => this.#partitions.onRemoveConnection(node)),
      on([atom('group_nodedown'), _.atom, _], () => {}),
      on([atom('whereis'), _, [_.pid, _]], ([, name, client]) =>
        answer(process, client, this.names.get(name)?.pid ?? UNDEFINED),
      ),
      on([atom('EXIT'), _.pid, _], ([, pid, reason]) => {
        if (this.#helpers().some((helper) => helper.pid === pid)) process.crash(new ExitError(reason))
      }),
      on(_, () => this.#unexpected(message)),
    )
  }

  #call(client: Client, request: Term): void {
    const [from] = client
    // A caller whose connection is gone waits no more. To monitor it or to answer it would make a new connection.
    if (!this.#isReachable(from)) return
    const reply = (term: Term): void => answer(this.process, client, term)
    match(
      request,
      on([atom('set_lock'), [_, _]], ([, id]) => reply(this.#locks.set(id, from))),
      on([atom('del_lock'), [_, _]], ([, id]) => {
        this.#locks.delete(id, from)
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
      on(atom('get_known'), () => reply(this.members.nodes())),
      on(atom('get_synced'), () => reply(this.members.synced())),
      on(atom('get_protocol_version'), () => reply(VERSION)),
      on(atom('get_names_ext'), () => reply([])),
      on(_, () => {
        this.#unexpected(request)
        reply(tuple(error, atom('notsup')))
      }),
    )
  }

  #cast(cast: Term): void {
    match(
      cast,
      on([INIT_CONNECT, _.tuple, _.atom, [LOCKER, _, _, _.pid]], ([, versions, node, [, , , locker]]) => {
        const [version, tag] = (versions as TupleClass<readonly Term[]>).elements
        if (typeof version === 'number')
          this.#exchanges.initConnect(node, Math.min(version, VERSION), tag, locker)
      }),
      on([LOCK_SET, _.pid, _.boolean, _, _], ([, pid, set, , tag]) => this.#exchanges.lockSet(pid, set, tag)),
      on([LOCK_SET, _.pid, _.boolean, _], ([, pid, set]) => this.#exchanges.lockSetByOld(pid, set)),
      on([EXCHANGE, _.atom, _.list, _, _], ([, node, names, , tag]) =>
        this.#exchanges.exchanged(node, names, tag),
      ),
      on([RESOLVED, _.atom, _.list, _.list, _, _, _], ([, node, operations, known, , externalNames, tag]) =>
        this.#exchanges.resolved(node, { operations, known, externalNames }, tag),
      ),
      on([NEW_NODES, _.atom, _.list, _, _.list, _.list], ([, , operations, , nodes, extra]) => {
        const lock = extra.find((item) => is(item, [LOCK, _]))
        this.#exchanges.newNodes(operations, is(lock, [LOCK, _]) ? lock[1] : undefined, nodes)
      }),
      on([IN_SYNC, _.atom, _], ([, node]) => this.#exchanges.inSync(node)),
      on([atom('async_del_name'), _, _], () => {}),
      on([atom('async_del_lock'), _, _], () => {}),
      on(_, () => this.#unexpected(cast)),
    )
  }

  #isReachable(pid: Pid): boolean {
    return this.#kernel.isLocal(pid) || this.peers.reaches(pid)
  }

  #unexpected(message: Term): void {
    const text = `The global_name_server received an unexpected message: ${this.#kernel.inspect(message)}`
    report({ kernel: this.#kernel, level: 'debug', text, pid: this.process.pid })
  }

  #helpers(): readonly LocalProcess[] {
    return [this.#exchanges.locker, this.registrar.process]
  }

  #forget(node: Atom, why: 'disconnected' | 'removed'): void {
    this.#exchanges.forget(node)
    const member = this.members.remove(node)
    const id = this.#connections.id(node)
    if (why === 'disconnected') {
      const agreed = id !== undefined && this.#removing.get(node) === id
      this.#removing.delete(node)
      if (member && !agreed) this.#partitions.lost(node)
    } else if (id !== undefined) this.#removing.set(node, id)
  }
}

const globals = new WeakMap<Kernel, Global>()

export function startGlobal(peers: Peers): LocalProcess {
  const global = new Global(peers)
  globals.set(peers.kernel, global)
  return global.process
}

function globalOf(kernel: Kernel): Global {
  const global = globals.get(kernel)
  if (global?.process.alive) return global
  throw new Error(
    `${kernel.name.name} has no global names: it is not connected to other nodes. Start a node with a name first.`,
  )
}

/** The process with a global name; undefined where there is none. @see `global:whereis_name/1` */
export function whereisName(name: Term, kernel: Kernel = currentKernel()): Pid | undefined {
  return globalOf(kernel).names.get(name)?.pid
}

/** Gives a process a name on all nodes of the cluster. False when it is taken. @see `global:register_name/2` */
export function registerName(name: Term, pid: Pid, kernel: Kernel = currentKernel()): Promise<boolean> {
  return globalOf(kernel).registrar.register(name, pid)
}

/** Takes a global name away on all nodes. @see `global:unregister_name/1` */
export function unregisterName(name: Term, kernel: Kernel = currentKernel()): Promise<void> {
  return globalOf(kernel).registrar.unregister(name)
}

/** All global names. @see `global:registered_names/0` */
export function registeredNames(kernel: Kernel = currentKernel()): Term[] {
  return globalOf(kernel).names.list()
}

/** Waits until names were exchanged with all nodes that are connected. @see `global:sync/0` */
export function syncGlobal(kernel: Kernel = currentKernel()): Promise<void> {
  return globalOf(kernel).sync()
}

/** Tells the other nodes that this one stops, before its connections are closed. Takes two seconds at most. */
export async function leaveGlobal(kernel: Kernel): Promise<void> {
  const global = globals.get(kernel)
  if (global) await takeLeave(global.process, global.peers, global.members.nodes())
}
