export {
  type DiscoveryOptions,
  defaultEpmdCommand,
  type EpmdModule,
  type NodeAddress,
} from './discovery/index.ts'
export { type ConflictResolver, global } from './global/index.ts'
export type { MonitorNodesOptions } from './net-kernel/index.ts'
export { Node } from './node.ts'
export {
  Cookies,
  fileCookie,
  isLongHost,
  type NodedownEvent,
  type NodeInfo,
  type NodeupEvent,
  PeerTable,
} from './peers/index.ts'
export { type GroupMonitor, type GroupsMonitor, pg } from './pg/index.ts'
export type { Access, Allow, Limits, Profile, Refusal } from './policy/index.ts'
export { type Health, type ProbeTarget, probes, type Readiness, type ReadyOptions } from './probes/index.ts'
export {
  APPLY,
  CLOSURE_MODULE,
  type ClosureCaller,
  type ErpcRequest,
  erpc,
  rpc,
} from './rpc/index.ts'
export { currentNode, RunningNode, requireNode } from './running-node.ts'
export {
  Code,
  elixir,
  erlang,
  evaluateErlang,
  type FunctionSerializer,
  type RemoteCall,
  type RemoteSpawn,
  type SpawnRequestOptions,
} from './spawn/index.ts'
export { type NodeOptions, startNode } from './start-node.ts'
