/** The connections of a node to its peers: who is connected, how a connection is made, cookies and names. */
export { Cookies, fileCookie } from './cookie.ts'
export { type Dialer, epmdDialer } from './epmd-dialer.ts'
export { ownNodeName, parseNodeName } from './name.ts'
export { PeerTable, type PeerTableOptions } from './peer-table.ts'
export type { PeerListener, Peers } from './peers.ts'
