/**
 * Reason of a {@link HandshakeError}. Programs should match on it, never on the message.
 *
 * - `HANDSHAKE_COOKIE`: the other node has another cookie
 * - `HANDSHAKE_NOK`: both nodes connected at the same time, and the other attempt continues
 * - `HANDSHAKE_ALIVE`: a connection between the two nodes is up, and one of them keeps it
 * - `HANDSHAKE_NOT_ALLOWED`: one of the two nodes does not allow the connection
 * - `HANDSHAKE_FLAGS`: the other node lacks a mandatory flag
 * - `HANDSHAKE_VERSION`: the other node speaks a handshake older than OTP 23's
 * - `HANDSHAKE_NAME`: the name is not a valid node name, or not the expected one
 * - `HANDSHAKE_MALFORMED`: the bytes are not a message of the handshake
 * - `HANDSHAKE_TIMEOUT`: the other node did not answer in time
 * - `HANDSHAKE_CLOSED`: the other node closed the connection, or its port could not be reached
 * - `HANDSHAKE_BUSY`: too many handshakes are in progress
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

/** Two nodes could not connect. The message says which nodes, what was expected, what came, and what to do. */
export class HandshakeError extends Error {
  override readonly name = 'HandshakeError'
  readonly code: HandshakeErrorCode
  /** Name of the other node, if it is known. */
  readonly peer: string | undefined

  constructor(code: HandshakeErrorCode, peer: string | undefined, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.peer = peer
  }
}

/** A connected node sent bytes that are not valid in the protocol. The connection is closed. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
}

/** Whether the reason of an AbortSignal is that time was up, as it is for `AbortSignal.timeout()`. */
export function isTimeout(reason: unknown): reason is Error {
  return reason instanceof Error && reason.name === 'TimeoutError'
}
