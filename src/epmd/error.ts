/**
 * What an {@link EpmdError} is about. Match on it, never on the sentence.
 *
 * - `EPMD_UNREACHABLE`: nothing listens at the address, or the host's name does not resolve
 * - `EPMD_TIMEOUT`: something took the connection and did not answer in time
 * - `EPMD_BAD_REPLY`: an answer came that is no epmd's, or the connection ended in the middle of one
 * - `EPMD_NAME_IN_USE`: epmd refused the name, nearly always because another node has it
 * - `EPMD_PORT_IN_USE`: something that is no epmd has epmd's port
 * - `EPMD_ALREADY_RUNNING`: an epmd has the port already
 * - `EPMD_START_FAILED`: an epmd of our own did not come up
 * - `EPMD_BAD_OPTION`: a port, a name or an address that cannot be one
 * - `EPMD_MALFORMED`: bytes that are no request or answer of the protocol
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

/** Something between this process and epmd went wrong; the message says what was tried, what came and what to do. */
export class EpmdError extends Error {
  override readonly name = 'EpmdError'
  readonly code: EpmdErrorCode

  constructor(code: EpmdErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
