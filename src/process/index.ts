export {
  type AliasOptions,
  alias,
  apply,
  applyFun,
  checkOptions,
  closeAlias,
  currentKernel,
  DEFAULT_TIMEOUT,
  type Destination,
  defaultKernel,
  demonitor,
  drain,
  exit,
  type HungProcess,
  isTimeout,
  link,
  type MonitorAlias,
  type MonitorOptions,
  makeRef,
  messages,
  monitor,
  monitorWith,
  type NodeName,
  nodeAtom,
  openAlias,
  openMonitorAlias,
  type PriorityOption,
  Process,
  type ProcessInfo,
  type RemoteModule,
  readTimeout,
  receive,
  remote,
  resolveDestination,
  type Sendable,
  self,
  send,
  setDefaultKernel,
  signal,
  sleep,
  spawn,
  spawnLink,
  spawnMonitor,
  startTimer,
  type Timeout,
  type TimeoutOptions,
  timeoutTerm,
  unalias,
  unlink,
  type ViaModule,
  type ViaName,
  viaFunction,
  viaTerm,
} from './api/index.ts'
export { currentProcess, requireProcess } from './current-process.ts'
export {
  asReason,
  type ExitReason,
  type ExitWord,
  exitReason,
  reasonTerm,
  reportReason,
} from './exit-reason.ts'
export type { AliasHolder } from './kernel.ts'
export { type KernelOptions, LocalKernel } from './local-kernel/index.ts'
export { type ExitListener, type Kernel, LocalProcess, type SpawnOptions } from './local-process.ts'
export { isThenable, type MaybePromise } from './maybe-promise.ts'
export {
  acceptsArity,
  callExported,
  type Exported,
  type Exports,
  Modules,
  nameReferences,
  snakeCase,
  THIS_NODE,
  UndefinedFunction,
} from './modules/index.ts'
export type { CurrentActivity, Handler, InlineRequest } from './process-execution.ts'
export {
  type FunctionName,
  initialCallOf,
  labelTerm,
  type ProcessOrigin,
  systemDictionary,
} from './process-origin.ts'
export {
  progress,
  type Report,
  type ReportTerm,
  reasonText,
  report,
  reportOf,
  reports,
  reportText,
} from './reports/index.ts'
export type { Runnable } from './scheduler/index.ts'
export { runInProcess, runOutsideProcesses } from './scheduler/index.ts'
export type { LinkListener, MonitorExtras, RemoteName, RemoteRouter, Signal } from './signals/index.ts'
export type { ZombieProcess } from './zombies.ts'
