import { type ChildOptions, type ChildSpec, GenServer, noreply } from '../gen/index.ts'
import { Logger } from '../logger/index.ts'
import { requireNode } from '../node/index.ts'
import { alias, currentProcess, requireProcess } from '../process/index.ts'
import { type Atom, atom, isTuple, type Pid, type Term } from '../term/index.ts'
import { Access, HttpServer } from './server/index.ts'
import {
  actionsOf,
  Cluster,
  CrashLog,
  MessageTraces,
  namesView,
  nodesView,
  processesView,
  processView,
  treeView,
} from './views/index.ts'

export interface ObserverOptions {
  /** Port of the page; 0 for a free one. Default: 4001. */
  readonly port?: number
  /** Address that the page listens at. Default: `127.0.0.1`. */
  readonly host?: string
  /**
   * Secret of the page, at least 16 letters, digits or `-._~`. Default: a new one at each start, and the log
   * has the URL with it.
   */
  readonly token?: string
  /** Host names under which a browser may ask, beside those of this machine: for a proxy. */
  readonly hosts?: readonly string[]
  /** Nodes that are observed beside those that are connected. */
  readonly nodes?: readonly (string | Atom)[]
  /** Whether the nodes to which an observed node is connected are observed too. Default: false. */
  readonly discover?: boolean
}

/**
 * Web page with the nodes, processes, supervision trees, names and crashes of a cluster.
 *
 * When not to use it: to record what has happened before somebody looks. Use a log and metrics.
 */
export const Observer = {
  /**
   * Starts the observer, linked to the calling process.
   *
   * @throws Error when this program is not a node; TypeError for a short token; ExitError when the port is in use
   */
  startLink(options: ObserverOptions = {}): Promise<Pid> {
    requireProcess('Observer.startLink()')
    return ObserverServer.startLink(options)
  },

  /** Starts the observer without a link. @throws as {@link Observer.startLink} */
  start(options: ObserverOptions = {}): Promise<Pid> {
    return ObserverServer.start(options)
  },

  /** Returns the child specification of an observer. */
  child({
    id,
    restart,
    shutdown,
    significant,
    name: _name,
    ...options
  }: ObserverOptions & Omit<ChildOptions, 'name'> & { readonly name?: never } = {}): ChildSpec {
    return {
      ...ObserverServer.child(options),
      id: id ?? 'Observer',
      ...(restart !== undefined && { restart }),
      ...(shutdown !== undefined && { shutdown }),
      ...(significant !== undefined && { significant }),
    }
  },

  /** Returns the address of the page of an observer of this node, with the token; undefined for any other process. */
  url(observer: Pid): string | undefined {
    return urls.get(observer)
  },
} as const

const OBSERVER = atom('moebi_observer')
const REPORT = atom('report')
const TRACE = atom('trace')

const urls = new WeakMap<Pid, string>()

interface State {
  readonly cluster: Cluster
  readonly crashes: CrashLog
  readonly traces: MessageTraces
}

/** Server of an observer: it asks the nodes, and nodes send it their reports. */
const ObserverServer = GenServer.define({
  init: async (options: ObserverOptions): Promise<State> => {
    const { port = 4001, host = '127.0.0.1', token, hosts, nodes = [], discover = false } = options
    const access = new Access({ token, hosts })
    const running = requireNode('Observer.start()')
    const process = currentProcess()!
    process.trapExit = true
    const to = alias()
    const cluster = new Cluster({ running, process, alias: to, discover })
    for (const node of nodes) cluster.add(typeof node === 'string' ? (atom(node) as Atom) : node)
    process.onExit(() => cluster.stop())
    const crashes = new CrashLog()
    const traces = new MessageTraces()
    const views = new Map([
      ['nodes', nodesView(cluster)],
      ['processes', processesView(cluster)],
      ['process', processView(cluster)],
      ['tree', treeView(cluster)],
      ['names', namesView(cluster)],
      ['crashes', crashes.view(cluster)],
      ['trace', traces.view(cluster, process.kernel, to)],
    ])
    const http = await HttpServer.start({ access, views, actions: actionsOf(cluster), port, host })
    process.onExit(() => http.close())
    const url = `http://${host === '127.0.0.1' ? 'localhost' : host}:${http.port}/?token=${access.token}`
    if (token === undefined) Logger.notice(`The observer is at ${url}`)
    // Not in the state, which other nodes may be allowed to read.
    urls.set(process.pid, url)
    return { cluster, crashes, traces }
  },
  info: (message, state) => {
    const [tag, kind, first, ...rest] = isTuple(message) ? (message.elements as readonly Term[]) : []
    if (tag === OBSERVER && kind === REPORT) state.crashes.add(first)
    else if (tag === OBSERVER && kind === TRACE) state.traces.add(first, rest[0], rest[1])
    return noreply(state)
  },
})
