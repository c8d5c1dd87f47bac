/** OTP's `global`: the name server of the cluster, which also connects all nodes with each other. */
export { type ConflictResolver, global } from './global.ts'
export type { GlobalOptions } from './name-server.ts'
export { announceGlobalShutdown, startGlobal } from './name-servers.ts'
