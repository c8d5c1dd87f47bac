/**
 * Reason of an {@link EpmdError}. Programs should match on it, never on the message.
 *
 * - `EPMD_UNREACHABLE`: nothing listens at the address, or the host name does not resolve
 * - `EPMD_TIMEOUT`: the connection was accepted, but no answer came in time
 * - `EPMD_BAD_REPLY`: the answer is not valid in epmd's protocol, or the connection ended in the middle of it
 * - `EPMD_NAME_IN_USE`: epmd refused the name, most likely because another node has it
 * - `EPMD_PORT_IN_USE`: a program other than epmd has epmd's port
 * - `EPMD_ALREADY_RUNNING`: an epmd is already running at the port
 * - `EPMD_START_FAILED`: an epmd could not be started
 * - `EPMD_BAD_OPTION`: an invalid port, name or address
 * - `EPMD_MALFORMED`: the bytes are not a request or response of the protocol
 */
export type EpmdErrorCode =
  | 'EPMD_UNREACHABLE'
  | 'EPMD_TIMEOUT'
  | 'EPMD_BAD_REPLY'
  | 'EPMD_NAME_IN_USE'
  | 'EPMD_PORT_IN_USE'
  | 'EPMD_ALREADY_RUNNING'
  | 'EPMD_START_FAILED'
  | 'EPMD_BAD_OPTION'
  | 'EPMD_MALFORMED'

/** A request to epmd, or epmd itself, failed. The message says what was tried, what came, and what to do. */
export class EpmdError extends Error {
  override readonly name = 'EpmdError'
  readonly code: EpmdErrorCode

  constructor(code: EpmdErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
