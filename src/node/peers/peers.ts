import type { Kernel } from '../../process/index.ts'
import type { Atom, Pid } from '../../term/index.ts'

export interface ConnectionInfo {
  /**
   * Whether both nodes are visible, so that `Node.list()` of each contains the other. Nothing is sent unasked over another
   * connection: the peer may be a C node, which takes it for a reply.
   */
  readonly visible: boolean
  readonly connectionId: number
}

/** Reason for the end of a connection that `Node.disconnect` or `erlang:disconnect_node/1` has closed. */
export const DISCONNECTED = 'disconnected by request'

/** Called when the connection to a peer is up, and when it is down. */
export interface PeerListener {
  up(peer: Atom, info: ConnectionInfo): void
  down(peer: Atom, reason: string): void
}

/** The connections of a node, as its system processes use them (`net_kernel`, `global`, `pg`, `rex`). */
export interface Peers {
  readonly kernel: Kernel
  /** Nodes that are connected and visible. */
  visible(): Atom[]
  /**
   * Number of the connection to a visible node, undefined while there is none. Each new connection to a node has another
   * number, also after a restart of the node, so what was learned over one connection is not applied to a later one.
   */
  connectionId(node: Atom): number | undefined
  /** Whether the process belongs to the running instance of a connected node. A node that has restarted has another creation. */
  reaches(pid: Pid): boolean
  /** Connects if necessary. Resolves with false when the node cannot be reached. */
  connect(node: Atom): Promise<boolean>
  disconnect(node: Atom, reason: string): void
  /** Returns a function that ends the subscription. */
  subscribe(listener: PeerListener): () => void
}
