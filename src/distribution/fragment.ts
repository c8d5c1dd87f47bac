/**
 * Headers of messages and of their fragments.
 * https://www.erlang.org/doc/apps/erts/erl_ext_dist#distribution-header-for-fragmented-messages
 *
 * Two nodes that both announce FRAGMENTS or DIST_HDR_ATOM_CACHE begin every frame with a distribution header, and the terms in it
 * have no version byte. Without the atom cache the header refers to no atoms.
 */

/** First byte of a distribution header, and of a term without one. */
const VERSION_MAGIC = 131
/** Second byte of the header of a whole message. */
export const DIST_HEADER = 68
/** Second byte of the header of the first fragment. */
export const DIST_FRAG_HEADER = 69
/** Second byte of the header of every other fragment. */
export const DIST_FRAG_CONT = 70

/** Bytes of a message in one fragment, as a BEAM has it. */
export const FRAGMENT_SIZE: number = 64 * 1024
/**
 * Longest frame that is sent whole. A BEAM queues all fragments of such a message before its sender continues, so what the sender causes
 * at other processes arrives later.
 */
export const MAX_WHOLE: number = 2 ** 20
/** Length of the header of a fragment: 131, 70, id of the sequence in 8 bytes, number of the fragment in 8 bytes. */
export const FRAGMENT_HEADER_SIZE = 18

/**
 * Returns the length of a frame and the header of a fragment, which is that frame's beginning.
 *
 * @param references what the first fragment has behind its header: the number of atoms, and references to them
 * @param left number of the fragment: the last of a message is 1
 */
export function fragmentHeader(
  sequence: number,
  left: number,
  size: number,
  references?: Uint8Array,
): Buffer {
  const header = Buffer.alloc(4 + FRAGMENT_HEADER_SIZE + (references?.length ?? 0))
  if (references) header.set(references, 4 + FRAGMENT_HEADER_SIZE)
  header.writeUInt32BE(header.length - 4 + size, 0)
  header[4] = VERSION_MAGIC
  header[5] = references ? DIST_FRAG_HEADER : DIST_FRAG_CONT
  header.writeBigUInt64BE(BigInt(sequence), 6)
  header.writeBigUInt64BE(BigInt(left), 14)
  return header
}
