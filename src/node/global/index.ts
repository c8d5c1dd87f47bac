/** Implementation of OTP's `global`: the name server of the cluster, which also connects all nodes with each other. */
export { announceGlobalShutdown, startGlobal } from './global.ts'
