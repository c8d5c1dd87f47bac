/** How other nodes find a node, and how it finds them: epmd, a fixed port, or functions of the program. */
export { tcpDialer } from './dialer.ts'
export { checkDiscoveryOptions, type DiscoveryOptions, type EpmdModule, type NodeAddress } from './options.ts'
export { announce, defaultEpmdCommand, isReachable } from './presence.ts'
