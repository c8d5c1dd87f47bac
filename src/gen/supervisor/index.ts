export type { AutoShutdown } from './child.ts'
export { DynamicSupervisor, type DynamicSupervisorOptions } from './dynamic-supervisor.ts'
export { type Intensity, RestartLimit } from './restart-limit.ts'
export { Supervisor } from './supervisor.ts'
export type { Strategy, SupervisorOptions } from './supervisor-options.ts'
export {
  type ChildCount,
  type ChildInfo,
  COUNT_CHILDREN,
  callSupervisor,
  type InfoOption,
  readPid,
  type StartedChild,
  TERMINATE_CHILD,
  WHICH_CHILDREN,
} from './supervisor-request.ts'
export { isRestarted } from './supervisor-state.ts'
