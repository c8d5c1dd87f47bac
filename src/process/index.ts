export {
  currentProcess,
  defaultKernel,
  requireProcess,
  runAs,
  runAsNobody,
  setDefaultKernel,
} from './ambient.ts'
export { takes } from './arity.ts'
export type { Busy } from './busy.ts'
export {
  currentKernel,
  type Destination,
  type NodeName,
  nodeAtom,
  reasonTerm,
  resolve,
} from './current-kernel.ts'
export { type AliasHolder, Kernel, type KernelOptions, type SpawnOptions } from './kernel.ts'
export { type EndWaiter, type Errand, type Handler, LocalProcess } from './local-process.ts'
export { isThenable, type Maybe } from './maybe.ts'
export {
  type Exported,
  type Exports,
  exitReason,
  Modules,
  nameReferences,
  reportReason,
  snakeCase,
  UndefinedFunction,
} from './modules.ts'
export type { Parked } from './parked.ts'
export { type Hung, Process, type ProcessInfo } from './process.ts'
export { drain, messages, receive } from './receive.ts'
export { type RemoteModule, remote } from './remote.ts'
export { progress, type Report, report, reportOf, reports } from './report.ts'
export { type ReportTerm, reasonText, reportText } from './report-text.ts'
export type { Runnable } from './run-queue.ts'
export { exit, makeRef, self, signal, sleep } from './self.ts'
export { send } from './send.ts'
export type { Sendable } from './sendable.ts'
export type { RemoteName, Route, Signal } from './signal.ts'
export { demonitor, link, monitor, spawn, spawnLink, spawnMonitor, unlink } from './spawn.ts'
export type { LinkWatcher } from './ties.ts'
export { type ViaModule, type ViaName, viaFunction, viaTerm } from './via.ts'
