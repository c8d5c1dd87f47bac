/** Client and server of epmd, the Erlang port mapper daemon, which knows the ports of the nodes of a machine. */
export {
  DEFAULT_EPMD_PORT,
  type EpmdAddress,
  epmdAddresses,
  epmdPort,
  isLoopbackAddress,
  isLoopbackHost,
} from './address.ts'
export { dump, formatNames, kill, type LookupOptions, lookup, names, printable, stopNode } from './client.ts'
export type { EpmdClock } from './clock.ts'
export { type EnsureEpmdOptions, ensureEpmd, loopbackOnlyWarning } from './ensure.ts'
export { EpmdError, type EpmdErrorCode } from './error.ts'
export { type EpmdNode, HIDDEN_NODE, NORMAL_NODE } from './protocol.ts'
export { type RegisterOptions, Registration, register } from './registration.ts'
export { type RunEpmdOptions, runEpmd } from './run.ts'
export { type EpmdEndReason, EpmdServer, type EpmdServerOptions, startEpmd } from './server.ts'
