import { inspect } from 'node:util'
import { currentProcess, defaultKernel, nodeAtom, requireProcess } from '../process/index.ts'
import { type Atom, atom, nonode, type Pid, type Reference } from '../term/index.ts'
import { type MonitorNodesOptions, ping } from './net-kernel/index.ts'
import { DISCONNECTED, isNodeKind, type NodeInfo, type NodeKind } from './peers/index.ts'
import {
  type EvalRequest,
  type RemoteEval,
  type RemoteSpawn,
  remoteEval,
  remoteSpawn,
  type SpawnRequest,
  type SpawnRequestForms,
  spawnRequest,
  spawnRequestAbandon,
} from './spawn/index.ts'
import { type NodeOptions, startNode } from './start-node.ts'

const spawningNode = (): RunningNode => requireNode('a spawn on another node')

import { currentNode, type RunningNode, requireNode } from './running-node.ts'

/** Functions on nodes, with the names of Elixir's module `Node`. */
export const Node = {
  /**
   * Makes this program a node: other nodes can connect to it, and it can connect to them.
   *
   * When not to use it: in a shell or an application started by `moebi`, which is a node already.
   *
   * @throws TypeError for an invalid name, cookie or option; Error when the name is in use, or there is no usable cookie
   * @see `Node.start/3`
   */
  start(options: NodeOptions): Promise<RunningNode> {
    return startNode(options)
  },

  /** Returns the name of this node; `nonode@nohost` if it has none. @see `Node.self/0` */
  self(): Atom {
    return (currentProcess()?.kernel ?? defaultKernel())?.name ?? nonode
  },

  /** Whether this node has a name. @see `Node.alive?/0` */
  alive(): boolean {
    return currentNode() !== undefined
  },

  /**
   * Returns the names of nodes.
   *
   * @param kind `'visible'`, the default, `'hidden'` or `'connected'`: the connected nodes that are visible or hidden, or both;
   *   `'this'`: this node; `'known'`: this node, every node to which it has connected or tried to, and
   *   `nonode@nohost`. An array asks for several kinds
   * @throws TypeError for an unknown kind
   * @see `Node.list/1`
   */
  list(kind: NodeKind | readonly NodeKind[] = 'visible'): Atom[] {
    const kinds = (Array.isArray(kind) ? kind : [kind]) as readonly NodeKind[]
    const unknown = kinds.find((each) => !isNodeKind(each))
    if (unknown !== undefined)
      throw new TypeError(
        `Node.list: ${inspect(unknown)} is no kind of nodes, expected 'visible', 'hidden', 'connected', 'this' or 'known', or an ` +
          'array of them.',
      )
    const peers = currentNode()?.peers
    const list = (each: NodeKind): Atom[] =>
      peers?.list(each) ?? (each === 'this' || each === 'known' ? [nonode] : [])
    return [...new Set(kinds.flatMap(list))]
  },

  /**
   * Connects to a node. Resolves with false when the node cannot be reached or has another cookie, at the latest after the
   * option `connectTimeout` of {@link Node.start}.
   *
   * @see `Node.connect/1`
   */
  async connect(node: string | Atom): Promise<boolean> {
    return requireNode('Node.connect()').peers.connect(nodeAtom(node))
  },

  /** Closes the connection to a node. Returns false if there is none. @see `Node.disconnect/1` */
  disconnect(node: string | Atom): boolean {
    const { peers } = requireNode('Node.disconnect()')
    if (!peers.connection(nodeAtom(node))) return false
    peers.disconnect(nodeAtom(node), DISCONNECTED)
    return true
  },

  /**
   * Returns the state of the connection to a node, or of the attempt to connect: whether it is busy, how many bytes wait, and which
   * processes are suspended. Undefined without one.
   *
   * @see `net_kernel:node_info/1`, `erlang:port_info(port, queue_size)`
   */
  info(node: string | Atom): NodeInfo | undefined {
    return requireNode('Node.info()').peers.info(nodeAtom(node))
  },

  /** Connects to a node and checks that it answers. Resolves with `:pong` or `:pang`. @see `Node.ping/1` */
  async ping(node: string | Atom): Promise<Atom<'pong'> | Atom<'pang'>> {
    const { peers } = requireNode('Node.ping()')
    return (await ping(peers, nodeAtom(node))) ? atom('pong') : atom('pang')
  },

  /**
   * Monitors a node: the current process gets `{:nodedown, node}` when the connection goes down or cannot be set up.
   *
   * @param on false removes one monitor
   * @see `Node.monitor/2`
   */
  monitor(node: string | Atom, on: boolean): true {
    requireNode('Node.monitor()').monitors.set(requireProcess('Node.monitor()'), nodeAtom(node), on)
    return true
  },

  /**
   * Subscribes the current process to the connections of all nodes: it gets `{:nodeup, node}` and `{:nodedown, node}`. With options the
   * messages have a third element, a map with the keys `connection_id`, `nodedown_reason` and `node_type`, as far as the options ask for
   * them. A process that subscribes twice gets two messages.
   *
   * @param on false removes the subscriptions with these options
   * @throws TypeError for an invalid option
   * @example Node.monitorNodes(true, { nodeType: 'all', nodedownReason: true })
   * @see `net_kernel:monitor_nodes/2`
   */
  monitorNodes(on: boolean, options?: MonitorNodesOptions): true {
    const { subscriptions } = requireNode('Node.monitorNodes()')
    const { nodeType } = options ?? {}
    if (nodeType !== undefined && !['visible', 'hidden', 'all'].includes(nodeType))
      throw new TypeError(
        `Node.monitorNodes: nodeType is ${inspect(nodeType)}, expected 'visible', 'hidden' or 'all'.`,
      )
    subscriptions.set(requireProcess('Node.monitorNodes()'), on, options ? 'map' : 'none', options)
    return true
  },

  /** Sets the cookie for connections to one node. @see `Node.set_cookie/2` */
  setCookie(node: string | Atom, cookie: string | Atom): true {
    const running = requireNode('Node.setCookie()')
    const name = nodeAtom(node)
    running.cookies.set(String(cookie), name === running.kernel.name ? undefined : name.name)
    return true
  },

  /** Returns the cookie of this node. @see `Node.get_cookie/0` */
  getCookie(): Atom {
    const running = requireNode('Node.getCookie()')
    return atom(running.cookies.for(running.name)) as Atom
  },

  /**
   * Starts a process on a node. Connects if necessary. The output of the process goes to the group leader of the caller.
   *
   * The function is exported on both nodes (`Node.spawn(node, Chat.greet, 'hi')`) or given by name
   * (`Node.spawn(node, 'Kate', 'say_name', [])`). From a Moebi shell it may be an arrow function: a Moebi node runs its source, and
   * for a BEAM node it is translated. A BEAM node also takes elixir`…` and erlang`…`.
   *
   * @returns the pid; the pid of a dead process if the node cannot be reached
   * @throws TypeError for a function that the node cannot know
   * @see `Node.spawn/2`, `Node.spawn/4`
   */
  spawn: ((...request: SpawnRequest) =>
    remoteSpawn(request, {}, spawningNode).then(({ pid }) => pid)) as RemoteSpawn<Pid>,

  /** Like {@link Node.spawn}, with a link to the current process. @see `Node.spawn_link/2` */
  spawnLink: ((...request: SpawnRequest) =>
    remoteSpawn(request, { link: true }, spawningNode).then(({ pid }) => pid)) as RemoteSpawn<Pid>,

  /**
   * Like {@link Node.spawn}, with a monitor. Resolves with the pid and the reference of the `:DOWN` message.
   *
   * @see `Node.spawn_monitor/2`
   */
  spawnMonitor: ((...request: SpawnRequest) =>
    remoteSpawn(request, { monitor: true }, spawningNode)) as RemoteSpawn<{
    readonly pid: Pid
    readonly ref: Reference
  }>,

  /**
   * Asks a node to start a process, and returns at once. The reply is a message, `{:spawn_reply, ref, :ok, pid}` or
   * `{:spawn_reply, ref, :error, reason}`, which comes before every signal of the new process. A failure is in the reply only, also
   * with a link or a monitor.
   *
   * When not to use it: to wait for the pid at once, which is `await Node.spawn`.
   *
   * @param options link, monitor, which replies are sent, and their first element
   * @returns the reference in the reply, which is also that of the monitor
   * @throws TypeError for a function that is not exported
   * @example
   * const ref = Node.spawnRequest('kate@localhost', 'Kate', 'say_name', [], { link: true, monitor: true })
   * await receive(on([atom('spawn_reply'), ref, ok, _.pid], ([, , , pid]) => pid))
   * @see `erlang:spawn_request/5`
   */
  spawnRequest: spawnRequest as SpawnRequestForms,

  /**
   * Abandons a request of {@link Node.spawnRequest}: no reply arrives, a process that is linked gets an exit signal with the reason
   * `abandoned`, and the alias of the monitor ends.
   *
   * @returns false when the reply has arrived already
   * @see `erlang:spawn_request_abandon/1`
   */
  spawnRequestAbandon(ref: Reference): boolean {
    return spawnRequestAbandon(ref)
  },

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
