/**
 * Operations of the control messages: the first element of the tuple before each payload.
 * https://www.erlang.org/doc/apps/erts/erl_dist_protocol#protocol-between-connected-nodes
 */
import type { Atom } from '../term/index.ts'
import {
  DFLAG_ALIAS,
  DFLAG_ALTACT_SIG,
  DFLAG_DIST_HDR_ATOM_CACHE,
  DFLAG_DIST_MONITOR,
  DFLAG_DIST_MONITOR_NAME,
  DFLAG_EXIT_PAYLOAD,
  DFLAG_FRAGMENTS,
  DFLAG_SEND_SENDER,
  DFLAG_SPAWN,
} from './flags.ts'

export const LINK = 1
export const SEND = 2
export const EXIT = 3
export const UNLINK = 4
export const REG_SEND = 6
export const GROUP_LEADER = 7
export const EXIT2 = 8
export const SEND_TT = 12
export const EXIT_TT = 13
export const REG_SEND_TT = 16
export const EXIT2_TT = 18
export const MONITOR_P = 19
export const DEMONITOR_P = 20
export const MONITOR_P_EXIT = 21
export const SEND_SENDER = 22
export const SEND_SENDER_TT = 23
export const PAYLOAD_EXIT = 24
export const PAYLOAD_EXIT_TT = 25
export const PAYLOAD_EXIT2 = 26
export const PAYLOAD_EXIT2_TT = 27
export const PAYLOAD_MONITOR_P_EXIT = 28
export const SPAWN_REQUEST = 29
export const SPAWN_REQUEST_TT = 30
export const SPAWN_REPLY = 31
export const SPAWN_REPLY_TT = 32
export const ALIAS_SEND = 33
export const ALIAS_SEND_TT = 34
export const UNLINK_ID = 35
export const UNLINK_ID_ACK = 36
export const ALTACT_SIG_SEND = 37

// Flags of ALTACT_SIG_SEND. Unknown flags must be ignored.
export const ALTACT_PRIO = 1
export const ALTACT_TOKEN = 2
export const ALTACT_ALIAS = 4
export const ALTACT_NAME = 8
export const ALTACT_EXIT = 16

// Flags of SPAWN_REPLY.
export const SPAWN_LINK = 1
export const SPAWN_MONITOR = 2

/** First byte of a frame without a distribution header. All frames are of this kind where the nodes have not agreed on fragments. */
export const PASS_THROUGH = 112
/** First byte of each term. */
export const VERSION_MAGIC = 131

/** Names of two connected nodes, and what their flags allow in the encoding of a signal. */
export interface NegotiatedFlags {
  readonly local: Atom
  readonly peer: Atom
  readonly peerCreation: number
  readonly sendSender: boolean
  readonly exitPayload: boolean
  /** Whether large messages are sent in fragments. */
  readonly fragments: boolean
  readonly atomCache: boolean
  /** Whether frames begin with a distribution header. */
  readonly distHeader: boolean
  readonly alias: boolean
  readonly altactSig: boolean
  readonly spawn: boolean
  /** A BEAM requires both flags for every monitor. libei announces the one for pids, and does not know the signal. */
  readonly monitors: boolean
}

/** @param flags the flags that both nodes have */
export function negotiate(local: Atom, peer: Atom, peerCreation: number, flags: bigint): NegotiatedFlags {
  const has = (flag: bigint): boolean => (flags & flag) !== 0n
  return {
    local,
    peer,
    peerCreation,
    sendSender: has(DFLAG_SEND_SENDER),
    exitPayload: has(DFLAG_EXIT_PAYLOAD),
    fragments: has(DFLAG_FRAGMENTS),
    atomCache: has(DFLAG_DIST_HDR_ATOM_CACHE),
    distHeader: has(DFLAG_FRAGMENTS) || has(DFLAG_DIST_HDR_ATOM_CACHE),
    alias: has(DFLAG_ALIAS),
    altactSig: has(DFLAG_ALTACT_SIG),
    spawn: has(DFLAG_SPAWN),
    monitors: has(DFLAG_DIST_MONITOR) && has(DFLAG_DIST_MONITOR_NAME),
  }
}
