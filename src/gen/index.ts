export { Agent, type AgentPid } from './agent.ts'
export { Application, type ApplicationSpec } from './application.ts'
export type { Status } from './behaviour.ts'
export type { Server } from './call.ts'
export type { CallOptions } from './call-options.ts'
export type { AutoShutdown } from './child.ts'
export type { ChildOptions, ChildSpec, Restart, Shutdown, StartCall } from './child-spec.ts'
export type { DebugOption } from './debug.ts'
export type { Call, Cast, GenServerModule, TypedServer } from './definition.ts'
export { DynamicSupervisor, type DynamicSupervisorOptions } from './dynamic-supervisor.ts'
export { From } from './from.ts'
export { GenServer } from './gen-server.ts'
export type { Answers } from './multi-call.ts'
export { Registry, type RegistryOptions } from './registry.ts'
export type { Entry } from './registry-table.ts'
export type { Intensity } from './restart-limit.ts'
export {
  ignore,
  later,
  type NoReply,
  noreply,
  type Reply,
  reply,
  type Stop,
  stop,
  type Then,
} from './result.ts'
export type { ServerName } from './server-name.ts'
export type { StartOptions } from './server-process.ts'
export { Supervisor, type SupervisorOptions } from './supervisor.ts'
export type { Strategy } from './supervisor-arg.ts'
export type { ChildCount, ChildInfo, InfoOption, StartedChild } from './supervisor-request.ts'
export { type Statistics, type SysOptions, sys } from './sys.ts'
export { Task } from './task.ts'
export type { TaskHandle, TaskResult } from './task-handle.ts'
export type { YieldManyOptions } from './task-many.ts'
export type { StreamOptions } from './task-stream.ts'
export type { StartChildOptions, TaskOptions, TaskStreamOptions } from './task-supervisor.ts'
export type { TaskSupervisorOptions } from './task-supervisor-process.ts'
