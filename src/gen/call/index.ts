export { callFrom, callServer, resolveServer, type Server, sendRequest } from './call.ts'
export { callError, destinationTerm } from './call-error.ts'
export { type CallOptions, type RequestOptions, readCallOptions } from './call-options.ts'
export { From, GEN_CALL, GEN_CAST, readFrom } from './from.ts'
export { abcast, type MultiCallResult, multiCall } from './multi-call.ts'
export { DirectServer } from './request.ts'
export { isVia, registeredProcess, registerProcess, type ServerName } from './server-name.ts'
export { sharedMonitors } from './shared-monitors.ts'
export {
  checkOptions,
  DEFAULT_TIMEOUT,
  isTimeout,
  readTimeout,
  type Timeout,
  type TimeoutOptions,
  timeoutTerm,
} from './timeout.ts'
