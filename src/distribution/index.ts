/** Links between nodes: the handshake, and signals as frames on a socket, as nodes of Erlang/OTP 25 to 29 speak them. */
export { Connection, type ConnectionOptions, type ConnectionStats, type LinkSocket } from './connection.ts'
export { type DialOptions, dial } from './dial.ts'
export { HandshakeError, type HandshakeErrorCode, ProtocolError } from './error.ts'
export {
  type AcceptOptions,
  accept,
  type EstablishOptions,
  type InitiateOptions,
  initiate,
} from './establish.ts'
export * from './flags.ts'
export { Frames, MAX_FRAME } from './frame.ts'
export { HalfOpen } from './half-open.ts'
export {
  type Decision,
  digest,
  Handshake,
  type HandshakeOptions,
  type HandshakeResult,
  isNodeName,
  type NodeCard,
  simultaneous,
} from './handshake.ts'
export { type Listener, type ListenOptions, listen } from './listen.ts'
