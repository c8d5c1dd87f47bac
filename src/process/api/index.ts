export {
  type AliasOptions,
  alias,
  closeAlias,
  type MonitorAlias,
  type MonitorOptions,
  monitorWith,
  openAlias,
  openMonitorAlias,
  unalias,
} from './alias.ts'
export { apply, applyFun } from './apply.ts'
export { currentKernel, defaultKernel, setDefaultKernel } from './current-kernel.ts'
export { type Destination, type NodeName, nodeAtom, resolveDestination } from './destination.ts'
export { Process, type SendOptions } from './process.ts'
export { type HungProcess, infoOf, type ProcessInfo } from './process-info.ts'
export { drain, messages, receive } from './receive.ts'
export { type RemoteModule, remote } from './remote.ts'
export { exit, makeRef, self, signal, sleep } from './self.ts'
export { type PriorityOption, type Send, send } from './send.ts'
export type { Sendable } from './sendable.ts'
export { demonitor, link, monitor, spawn, spawnLink, spawnMonitor, unlink } from './spawn.ts'
export {
  checkOptions,
  DEFAULT_TIMEOUT,
  isTimeout,
  readTimeout,
  type Timeout,
  type TimeoutOptions,
  timeoutTerm,
} from './timeout.ts'
export { startTimer } from './timers.ts'
export { type ViaModule, type ViaName, viaFunction, viaTerm } from './via.ts'
