import type { Kernel } from '../../process/index.ts'
import type { NodeMonitors, NodeSubscriptions } from '../net-kernel/index.ts'
import type { Cookies, PeerTable } from '../peers/index.ts'
import type { FunCaller } from '../rpc/index.ts'

/** Ends the program: at once with an exit status, or in an orderly way. */
export type Halt = (status: number | 'stop') => void

/** The running node, as the functions that its peers call see it. */
export interface ModuleHost {
  readonly kernel: Kernel
  readonly peers: PeerTable
  readonly cookies: Cookies
  readonly monitors: NodeMonitors
  readonly subscriptions: NodeSubscriptions
  /** Ends the program for another node. Undefined: such requests are refused. */
  readonly halt: Halt | undefined
  /** Calls a fun of another node, or refuses it. */
  readonly callFun: FunCaller
}
