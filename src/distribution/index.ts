/** Connections between nodes: the handshake, and signals as frames on a socket, as in Erlang/OTP 25 to 29. */
export {
  BUSY_LIMIT,
  Connection,
  type ConnectionOptions,
  type ConnectionSocket,
  type ConnectionStats,
} from './connection.ts'
export { type DialOptions, dial } from './dial.ts'
export { HandshakeError, type HandshakeErrorCode, isTimeout, ProtocolError } from './error.ts'
export {
  type AcceptOptions,
  accept,
  type EstablishOptions,
  type InitiateOptions,
  initiate,
  type NamedByPeer,
  requestName,
} from './establish.ts'
export * from './flags.ts'
export { FrameDecoder, MAX_FRAME } from './frame-decoder.ts'
export {
  type DynamicName,
  digest,
  Handshake,
  type HandshakeOptions,
  type HandshakeResult,
  type HandshakeStatus,
  isNodeName,
  type NodeIdentity,
  simultaneousStatus,
} from './handshake.ts'
export { type CountRelations, DEFAULT_LIMITS, type Limits } from './limits.ts'
export { type Listener, type ListenOptions, listen } from './listen.ts'
export { PendingHandshakes } from './pending-handshakes.ts'
export { remoteHost } from './remote-address.ts'
export { type BlockedReport, NET_TICK_TIMEOUT } from './ticks/index.ts'
export { hostMismatch, isTls, type TlsOption, TlsSettings } from './tls.ts'
