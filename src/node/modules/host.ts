import type { Kernel } from '../../process/index.ts'
import type { NodeMonitors } from '../net-kernel/index.ts'
import type { Cookies, PeerTable } from '../peers/index.ts'
import type { FunCaller } from '../rpc/index.ts'

/** The running node, as the functions that its peers call see it. */
export interface ModuleHost {
  readonly kernel: Kernel
  readonly peers: PeerTable
  readonly cookies: Cookies
  readonly monitors: NodeMonitors
  /** Ends the program for another node. Undefined: such requests are refused. */
  readonly halt: ((status: number) => void) | undefined
  /** Calls a fun of another node, or refuses it. */
  readonly callFun: FunCaller
}
