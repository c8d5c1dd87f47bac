/**
 * Distribution flags: the capabilities that two nodes announce to each other.
 * https://www.erlang.org/doc/apps/erts/erl_dist_protocol#distribution-flags
 *
 * The values are those of `dist.h`; the chapter gives MANDATORY_25_DIGEST the bit of LOCAL_EXT.
 */
export const DFLAG_PUBLISHED = 0x1n
export const DFLAG_ATOM_CACHE = 0x2n
export const DFLAG_EXTENDED_REFERENCES = 0x4n
export const DFLAG_DIST_MONITOR = 0x8n
export const DFLAG_FUN_TAGS = 0x10n
export const DFLAG_DIST_MONITOR_NAME = 0x20n
export const DFLAG_HIDDEN_ATOM_CACHE = 0x40n
export const DFLAG_NEW_FUN_TAGS = 0x80n
export const DFLAG_EXTENDED_PIDS_PORTS = 0x100n
export const DFLAG_EXPORT_PTR_TAG = 0x200n
export const DFLAG_BIT_BINARIES = 0x400n
export const DFLAG_NEW_FLOATS = 0x800n
export const DFLAG_UNICODE_IO = 0x1000n
export const DFLAG_DIST_HDR_ATOM_CACHE = 0x2000n
export const DFLAG_SMALL_ATOM_TAGS = 0x4000n
export const DFLAG_UTF8_ATOMS = 0x1_0000n
export const DFLAG_MAP_TAG = 0x2_0000n
export const DFLAG_BIG_CREATION = 0x4_0000n
export const DFLAG_SEND_SENDER = 0x8_0000n
export const DFLAG_BIG_SEQTRACE_LABELS = 0x10_0000n
export const DFLAG_EXIT_PAYLOAD = 0x40_0000n
export const DFLAG_FRAGMENTS = 0x80_0000n
export const DFLAG_HANDSHAKE_23 = 0x100_0000n
export const DFLAG_UNLINK_ID = 0x200_0000n
/** Stands for all flags of {@link MANDATORY_25}. */
export const DFLAG_MANDATORY_25_DIGEST = 0x400_0000n
export const DFLAG_SPAWN = 0x1_0000_0000n
export const DFLAG_NAME_ME = 0x2_0000_0000n
export const DFLAG_V4_NC = 0x4_0000_0000n
export const DFLAG_ALIAS = 0x8_0000_0000n
export const DFLAG_LOCAL_EXT = 0x10_0000_0000n
export const DFLAG_ALTACT_SIG = 0x20_0000_0000n
export const DFLAG_NATIVE_RECORDS = 0x40_0000_0000n

/** Mandatory flags of OTP 25. */
export const MANDATORY_25: bigint =
  DFLAG_EXTENDED_REFERENCES |
  DFLAG_FUN_TAGS |
  DFLAG_NEW_FUN_TAGS |
  DFLAG_EXTENDED_PIDS_PORTS |
  DFLAG_EXPORT_PTR_TAG |
  DFLAG_BIT_BINARIES |
  DFLAG_NEW_FLOATS |
  DFLAG_UTF8_ATOMS |
  DFLAG_MAP_TAG |
  DFLAG_BIG_CREATION |
  DFLAG_HANDSHAKE_23

/** Mandatory flags of OTP 26 to 29, and of Moebi. OTP 25 has all of them too. */
export const MANDATORY: bigint = MANDATORY_25 | DFLAG_V4_NC | DFLAG_UNLINK_ID

/**
 * Flags of a visible Moebi node.
 *
 * MANDATORY_25_DIGEST is announced beside the flags that it means, as by every node since OTP 25: a later release may require it.
 */
export const LOCAL_FLAGS: bigint =
  MANDATORY |
  DFLAG_MANDATORY_25_DIGEST |
  DFLAG_PUBLISHED |
  DFLAG_DIST_MONITOR |
  DFLAG_DIST_MONITOR_NAME |
  DFLAG_UNICODE_IO |
  DFLAG_DIST_HDR_ATOM_CACHE |
  DFLAG_SEND_SENDER |
  DFLAG_EXIT_PAYLOAD |
  DFLAG_FRAGMENTS |
  DFLAG_SPAWN |
  DFLAG_ALIAS |
  DFLAG_ALTACT_SIG

const names: ReadonlyMap<bigint, string> = new Map([
  [DFLAG_PUBLISHED, 'PUBLISHED'],
  [DFLAG_ATOM_CACHE, 'ATOM_CACHE'],
  [DFLAG_EXTENDED_REFERENCES, 'EXTENDED_REFERENCES'],
  [DFLAG_DIST_MONITOR, 'DIST_MONITOR'],
  [DFLAG_FUN_TAGS, 'FUN_TAGS'],
  [DFLAG_DIST_MONITOR_NAME, 'DIST_MONITOR_NAME'],
  [DFLAG_HIDDEN_ATOM_CACHE, 'HIDDEN_ATOM_CACHE'],
  [DFLAG_NEW_FUN_TAGS, 'NEW_FUN_TAGS'],
  [DFLAG_EXTENDED_PIDS_PORTS, 'EXTENDED_PIDS_PORTS'],
  [DFLAG_EXPORT_PTR_TAG, 'EXPORT_PTR_TAG'],
  [DFLAG_BIT_BINARIES, 'BIT_BINARIES'],
  [DFLAG_NEW_FLOATS, 'NEW_FLOATS'],
  [DFLAG_UNICODE_IO, 'UNICODE_IO'],
  [DFLAG_DIST_HDR_ATOM_CACHE, 'DIST_HDR_ATOM_CACHE'],
  [DFLAG_SMALL_ATOM_TAGS, 'SMALL_ATOM_TAGS'],
  [DFLAG_UTF8_ATOMS, 'UTF8_ATOMS'],
  [DFLAG_MAP_TAG, 'MAP_TAG'],
  [DFLAG_BIG_CREATION, 'BIG_CREATION'],
  [DFLAG_SEND_SENDER, 'SEND_SENDER'],
  [DFLAG_BIG_SEQTRACE_LABELS, 'BIG_SEQTRACE_LABELS'],
  [DFLAG_EXIT_PAYLOAD, 'EXIT_PAYLOAD'],
  [DFLAG_FRAGMENTS, 'FRAGMENTS'],
  [DFLAG_HANDSHAKE_23, 'HANDSHAKE_23'],
  [DFLAG_UNLINK_ID, 'UNLINK_ID'],
  [DFLAG_MANDATORY_25_DIGEST, 'MANDATORY_25_DIGEST'],
  [DFLAG_SPAWN, 'SPAWN'],
  [DFLAG_NAME_ME, 'NAME_ME'],
  [DFLAG_V4_NC, 'V4_NC'],
  [DFLAG_ALIAS, 'ALIAS'],
  [DFLAG_LOCAL_EXT, 'LOCAL_EXT'],
  [DFLAG_ALTACT_SIG, 'ALTACT_SIG'],
  [DFLAG_NATIVE_RECORDS, 'NATIVE_RECORDS'],
])

/** Flags that this node announces. */
export function localFlags(hidden: boolean): bigint {
  return hidden ? LOCAL_FLAGS & ~DFLAG_PUBLISHED : LOCAL_FLAGS
}

/** Adds the flags that MANDATORY_25_DIGEST stands for. */
export function expandFlags(flags: bigint): bigint {
  return flags & DFLAG_MANDATORY_25_DIGEST ? flags | MANDATORY_25 : flags
}

/** Returns the mandatory flags that a peer lacks; 0n when it may connect. */
export function missingFlags(peerFlags: bigint): bigint {
  return MANDATORY & ~expandFlags(peerFlags)
}

/** Returns the names of the flags that are set, as in the specification, without `DFLAG_`. */
export function flagNames(flags: bigint): string[] {
  const found: string[] = []
  for (let bit = 1n; bit <= flags; bit <<= 1n)
    if (flags & bit) found.push(names.get(bit) ?? `0x${bit.toString(16)}`)
  return found
}
