/**
 * What a {@link HandshakeError} is about. Match on it, never on the sentence.
 *
 * - `HANDSHAKE_COOKIE`: the other node has another cookie
 * - `HANDSHAKE_NOK`: both nodes connected at once, and the other attempt is the one that counts
 * - `HANDSHAKE_ALIVE`: one of the two holds a link between them already and keeps it
 * - `HANDSHAKE_NOT_ALLOWED`: the other node, or this one, does not want it
 * - `HANDSHAKE_FLAGS`: the other node lacks something that every node must have
 * - `HANDSHAKE_VERSION`: the other node speaks a handshake older than OTP 23's
 * - `HANDSHAKE_NAME`: a name that cannot be a node's, or is not the expected one
 * - `HANDSHAKE_MALFORMED`: bytes that are no message of the handshake
 * - `HANDSHAKE_TIMEOUT`: the other end did not answer in time
 * - `HANDSHAKE_CLOSED`: the other end hung up, or nothing could be reached
 * - `HANDSHAKE_BUSY`: too many handshakes are under way
 */
export type HandshakeErrorCode =
  | 'HANDSHAKE_COOKIE'
  | 'HANDSHAKE_NOK'
  | 'HANDSHAKE_ALIVE'
  | 'HANDSHAKE_NOT_ALLOWED'
  | 'HANDSHAKE_FLAGS'
  | 'HANDSHAKE_VERSION'
  | 'HANDSHAKE_NAME'
  | 'HANDSHAKE_MALFORMED'
  | 'HANDSHAKE_TIMEOUT'
  | 'HANDSHAKE_CLOSED'
  | 'HANDSHAKE_BUSY'

/** Two nodes did not come together; the message says who, what was expected, what came, and what to do. */
export class HandshakeError extends Error {
  override readonly name = 'HandshakeError'
  readonly code: HandshakeErrorCode
  /** The other node, as far as it has said or was asked for its name. */
  readonly peer: string | undefined

  constructor(code: HandshakeErrorCode, peer: string | undefined, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.peer = peer
  }
}

/** Bytes from a connected node that are not of the protocol. They end the connection they came on. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
}
