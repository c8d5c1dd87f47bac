export { acceptsArity } from './arity.ts'
export { currentKernel, defaultKernel, setDefaultKernel } from './current-kernel.ts'
export { currentProcess, requireProcess } from './current-process.ts'
export { type Destination, type NodeName, nodeAtom, resolveDestination } from './destination.ts'
export { exitReason, reasonTerm, reportReason } from './exit-reason.ts'
export type { AliasHolder } from './kernel.ts'
export type { LinkListener } from './links.ts'
export { type KernelOptions, LocalKernel } from './local-kernel.ts'
export { type ExitListener, type Kernel, LocalProcess, type SpawnOptions } from './local-process.ts'
export { isThenable, type Maybe } from './maybe.ts'
export {
  type Exported,
  type Exports,
  Modules,
  nameReferences,
  snakeCase,
  UndefinedFunction,
} from './modules.ts'
export { type HungProcess, Process, type ProcessInfo } from './process.ts'
export { runInProcess, runOutsideProcesses } from './process-context.ts'
export type { CurrentActivity, Handler, InlineRequest } from './process-execution.ts'
export { drain, messages, receive } from './receive.ts'
export { type RemoteModule, remote } from './remote.ts'
export { progress, type Report, report, reportOf, reports } from './report.ts'
export { type ReportTerm, reasonText, reportText } from './report-text.ts'
export type { Runnable } from './run-queue.ts'
export { exit, makeRef, self, signal, sleep } from './self.ts'
export { send } from './send.ts'
export type { Sendable } from './sendable.ts'
export type { RemoteName, RemoteRouter, Signal } from './signal.ts'
export { demonitor, link, monitor, spawn, spawnLink, spawnMonitor, unlink } from './spawn.ts'
export { type ViaModule, type ViaName, viaFunction, viaTerm } from './via.ts'
export type { ZombieProcess } from './zombies.ts'
