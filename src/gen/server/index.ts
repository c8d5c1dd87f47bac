export { type Behaviour, type CallbackResult, type Status, supervisorCall } from './behaviour.ts'
export { BEHAVIOUR } from './code-change.ts'
export { exitText, isNormalExit } from './crash-report.ts'
export type { Call, Cast, GenServerModule, TypedServer } from './definition.ts'
export { GenServer, type MultiCallOptions } from './gen-server.ts'
export {
  deferredReply,
  ignore,
  type NextAction,
  NoReply,
  noreply,
  Reply,
  reply,
  Stop,
  stop,
} from './result.ts'
export { checkStartOptions, type StartOptions, serverName, startServer } from './start-server.ts'
