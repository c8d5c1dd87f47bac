/** The connections of a node to its peers: the table of peers, connecting and accepting, cookies and node names. */
export type { Dialer } from './connector.ts'
export { Cookies, fileCookie } from './cookie.ts'
export { type DistBufferFull, type FlowControlOptions, flowControlOptions } from './flow-control.ts'
export { isLongHost, type NodeName, ownNodeName, parseNodeName } from './name.ts'
export { isNodeKind, type NodeKind } from './node-kind.ts'
export { type NodeInfo, PeerTable, type PeerTableOptions } from './peer-table.ts'
export { DISCONNECTED, type PeerListener, type Peers } from './peers.ts'
export { RefusalLog } from './refusal-log.ts'
