export { Agent, type AgentPid } from './agent/index.ts'
export {
  Application,
  type ApplicationSpec,
  applicationFile,
  type Config,
  configure,
  type Environments,
} from './application/index.ts'
export type {
  CallOptions,
  MultiCallResult,
  Server,
  ServerName,
  ServerRequest,
} from './call/index.ts'
export { callServer, From } from './call/index.ts'
export type { ChildOptions, ChildSpec, Restart, Shutdown, StartCall } from './child/index.ts'
export type { Entry } from './registry/index.ts'
export { Registry, type RegistryOptions } from './registry/index.ts'
export type {
  Call,
  Cast,
  GenServerModule,
  MultiCallOptions,
  StartOptions,
  Status,
  TypedServer,
} from './server/index.ts'
export {
  deferredReply,
  GenServer,
  ignore,
  type NextAction,
  type NoReply,
  noreply,
  type Reply,
  reply,
  type Stop,
  stop,
} from './server/index.ts'
export type {
  AutoShutdown,
  ChildCount,
  ChildInfo,
  InfoOption,
  Intensity,
  StartedChild,
  Strategy,
} from './supervisor/index.ts'
export {
  DynamicSupervisor,
  type DynamicSupervisorOptions,
  Supervisor,
  type SupervisorOptions,
} from './supervisor/index.ts'
export type { DebugOption } from './system/index.ts'
export { type Statistics, type SysOptions, sys } from './system/index.ts'
export type {
  StartChildOptions,
  StreamOptions,
  TaskHandle,
  TaskOptions,
  TaskResult,
  TaskShutdown,
  TaskStreamOptions,
  TaskSupervisorOptions,
  YieldManyOptions,
} from './task/index.ts'
export { Task } from './task/index.ts'
