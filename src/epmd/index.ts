/** How nodes find each other: an epmd client, an epmd of our own, and the protocol between them. */
export {
  DEFAULT_EPMD_PORT,
  type EpmdAddress,
  epmdAddresses,
  epmdPort,
  isLoopbackAddress,
  isLoopbackHost,
} from './address.ts'
export { formatNames, type LookupOptions, lookup, names } from './client.ts'
export type { EpmdClock } from './clock.ts'
export { type EnsureEpmdOptions, ensureEpmd, loopbackOnlyWarning } from './ensure.ts'
export { EpmdError, type EpmdErrorCode } from './error.ts'
export { type EpmdNode, HIDDEN_NODE, NORMAL_NODE } from './protocol.ts'
export { type RegisterOptions, Registration, register } from './registration.ts'
export { type RunEpmdOptions, runEpmd } from './run.ts'
export { type EpmdEndReason, EpmdServer, type EpmdServerOptions, startEpmd } from './server.ts'
