import { nodeAtom, requireProcess } from '../process/index.ts'
import { type Atom, atom, nonode, type Pid, type Reference } from '../term/index.ts'
import { ping } from './net-kernel/index.ts'
import {
  type EvalRequest,
  type RemoteEval,
  type RemoteSpawn,
  remoteEval,
  remoteSpawn,
  type SpawnRequest,
} from './spawn/index.ts'
import { type NodeOptions, startNode } from './start-node.ts'

const spawningNode = (): RunningNode => requireNode('a spawn on another node')

import { currentNode, type RunningNode, requireNode } from './running-node.ts'

/** What can be asked of and done to nodes. The words follow Elixir's module `Node`. */
export const Node = {
  /**
   * Gives this program a name in the cluster: from here on other nodes find it and it finds them.
   *
   * When not to use it: in a shell or an application started by `moebi`, which have done so already.
   *
   * @throws Error when the name is taken at epmd, is none, or there is no cookie to be had
   * @see `Node.start/3`
   */
  start(options: NodeOptions): Promise<RunningNode> {
    return startNode(options)
  },

  /** The name of this node; `nonode@nohost` for one without. @see `Node.self/0` */
  self(): Atom {
    return currentNode()?.kernel.name ?? nonode
  },

  /** Whether this node has a name. @see `Node.alive?/0` */
  alive(): boolean {
    return currentNode() !== undefined
  },

  /** The nodes that are connected: the visible ones, unless said otherwise. @see `Node.list/1` */
  list(kind: 'visible' | 'hidden' | 'connected' = 'visible'): Atom[] {
    return currentNode()?.peers.list(kind) ?? []
  },

  /** Connects to a node. False when it cannot be reached or has another cookie. @see `Node.connect/1` */
  async connect(node: string | Atom): Promise<boolean> {
    return requireNode('Node.connect()').peers.connect(nodeAtom(node))
  },

  /** Ends the connection to a node. False when there was none. @see `Node.disconnect/1` */
  disconnect(node: string | Atom): boolean {
    const { peers } = requireNode('Node.disconnect()')
    if (!peers.connection(nodeAtom(node))) return false
    peers.disconnect(nodeAtom(node), 'disconnected by request')
    return true
  },

  /** Connects to a node and asks whether it is there: `:pong`, or `:pang`. @see `Node.ping/1` */
  async ping(node: string | Atom): Promise<Atom<'pong'> | Atom<'pang'>> {
    const { peers } = requireNode('Node.ping()')
    return (await ping(peers, nodeAtom(node))) ? atom('pong') : atom('pang')
  },

  /**
   * Sends the process whose code this is `{:nodedown, node}` when the connection to a node ends, or cannot be made.
   *
   * @param on false takes it back
   * @see `Node.monitor/2`
   */
  monitor(node: string | Atom, on: boolean): true {
    requireNode('Node.monitor()').monitors.set(requireProcess('Node.monitor()'), nodeAtom(node), on)
    return true
  },

  /** Sets the cookie to use with one node. @see `Node.set_cookie/2` */
  setCookie(node: string | Atom, cookie: string | Atom): true {
    const running = requireNode('Node.setCookie()')
    const name = nodeAtom(node)
    running.cookies.set(String(cookie), name === running.kernel.name ? undefined : name.name)
    return true
  },

  /** The cookie of this node. @see `Node.get_cookie/0` */
  getCookie(): Atom {
    const running = requireNode('Node.getCookie()')
    return atom(running.cookies.for(running.name)) as Atom
  },

  /**
   * Starts a process on a node, connecting first where that is needed. Its output comes here.
   *
   * The function is one that is exported on both sides (`Node.spawn(node, Chat.greet, 'hi')`), or named
   * (`Node.spawn(node, 'Kate', 'say_name', [])`). From a Moebi shell it may be an arrow function: a Moebi node runs its source, and
   * for a BEAM node it is translated. A BEAM node also takes elixir`…` and erlang`…`.
   *
   * @returns the pid. Where the node cannot be reached it is one of a process that is dead already
   * @throws TypeError for a function that the node cannot know, with what to do instead
   * @see `Node.spawn/2`, `Node.spawn/4`
   */
  spawn: ((...request: SpawnRequest) =>
    remoteSpawn(request, {}, spawningNode).then(({ pid }) => pid)) as RemoteSpawn<Pid>,

  /** Like {@link Node.spawn}, with a link between the two. @see `Node.spawn_link/2` */
  spawnLink: ((...request: SpawnRequest) =>
    remoteSpawn(request, { link: true }, spawningNode).then(({ pid }) => pid)) as RemoteSpawn<Pid>,

  /**
   * Like {@link Node.spawn}, with a monitor: returns the pid and the reference of the `:DOWN` message.
   *
   * @see `Node.spawn_monitor/2`
   */
  spawnMonitor: ((...request: SpawnRequest) =>
    remoteSpawn(request, { monitor: true }, spawningNode)) as RemoteSpawn<{
    readonly pid: Pid
    readonly ref: Reference
  }>,

  /**
   * Evaluates code of a BEAM language, or a function, on a node, and resolves with its value. Its output comes here.
   *
   * When not to use it: for a function that the node exports, which is `erpc.call`, and for work that should be supervised,
   * which is a `Task`.
   *
   * @param code elixir`…` or erlang`…` for a BEAM node; a function for either kind of node, under the rules of {@link Node.spawn}
   * @throws what the code threw, as `erpc.call` does; TypeError for a function or code that the node cannot run
   * @example await Node.eval('kate@localhost', elixir`System.version()`)
   * @see `Code.eval_string/2`, `erl_eval:expr/5`
   */
  eval: ((...request: EvalRequest) => remoteEval(request, spawningNode)) as RemoteEval,
} as const
