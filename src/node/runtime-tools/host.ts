import type { Kernel } from '../../process/index.ts'
import type { PeerTable } from '../peers/index.ts'

/** The running node, as the tools see it. */
export interface ToolHost {
  readonly kernel: Kernel
  readonly peers: PeerTable
}
