import type { Kernel } from '../../process/index.ts'
import type { Atom } from '../../term/index.ts'

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
  /** Connects where that is needed; false when the node cannot be reached. */
  connect(node: Atom): Promise<boolean>
  disconnect(node: Atom, reason: string): void
  subscribe(listener: PeerListener): () => void
}
