/** Parts of OTP's `net_kernel` and `gen`: requests to servers of other nodes, ping, and node monitors. */
export { answer, type Client, callServer, castServer, GEN_CALL, GEN_CAST } from './gen-call.ts'
export { startNetKernel } from './net-kernel.ts'
export { NodeMonitors } from './node-monitors.ts'
export { type MonitorNodesOptions, NodeSubscriptions } from './node-subscriptions.ts'
export { ping } from './ping.ts'
