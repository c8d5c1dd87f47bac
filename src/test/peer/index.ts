/** Other nodes that a test starts. */
export { type BeamPeerOptions, missingElixir, startBeamPeer } from './beam-peer.ts'
export { type ClusterMember, cluster } from './cluster.ts'
export { Peer, type PeerCall } from './peer.ts'
export type { PeerMessage, PeerRequest, PeerStart } from './peer-protocol.ts'
export { type PeerOptions, startPeer } from './start-peer.ts'
