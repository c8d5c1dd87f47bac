import type { Kernel } from '../../process/index.ts'
import type { Atom, Pid } from '../../term/index.ts'

/** Who hears of connections. */
export interface PeerListener {
  up(peer: Atom, info: { visible: boolean; connectionId: number }): void
  down(peer: Atom, reason: string): void
}

/** What the system processes of a node need to know of its connections. */
export interface Peers {
  readonly kernel: Kernel
  /** Nodes that are connected and visible. */
  visible(): Atom[]
  /**
   * The number of the connection to a visible node; undefined while there is none. A node that connects again, restarted or
   * not, gets another number, so what was learned about a connection is not applied to a later one.
   */
  connectionId(node: Atom): number | undefined
  /** Whether the process belongs to a running node that is connected: a node that has restarted has another creation. */
  reaches(pid: Pid): boolean
  /** Connects where that is needed; false when the node cannot be reached. */
  connect(node: Atom): Promise<boolean>
  disconnect(node: Atom, reason: string): void
  subscribe(listener: PeerListener): () => void
}
