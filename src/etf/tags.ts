// The tags of the external term format, with their names in the specification and the letters they are in ASCII:
// https://www.erlang.org/doc/apps/erts/erl_ext_dist
export const VERSION = 131
export const RECORD_EXT = 67 // C, since OTP 29
export const NEW_FLOAT_EXT = 70 // F
export const BIT_BINARY_EXT = 77 // M
export const COMPRESSED = 80 // P
export const ATOM_CACHE_REF = 82 // R
export const NEW_PID_EXT = 88 // X
export const NEW_PORT_EXT = 89 // Y
export const NEWER_REFERENCE_EXT = 90 // Z
export const SMALL_INTEGER_EXT = 97 // a
export const INTEGER_EXT = 98 // b
export const FLOAT_EXT = 99 // c
export const ATOM_EXT = 100 // d
export const REFERENCE_EXT = 101 // e
export const PORT_EXT = 102 // f
export const PID_EXT = 103 // g
export const SMALL_TUPLE_EXT = 104 // h
export const LARGE_TUPLE_EXT = 105 // i
export const NIL_EXT = 106 // j
export const STRING_EXT = 107 // k
export const LIST_EXT = 108 // l
export const BINARY_EXT = 109 // m
export const SMALL_BIG_EXT = 110 // n
export const LARGE_BIG_EXT = 111 // o
export const NEW_FUN_EXT = 112 // p
export const EXPORT_EXT = 113 // q
export const NEW_REFERENCE_EXT = 114 // r
export const SMALL_ATOM_EXT = 115 // s
export const MAP_EXT = 116 // t
export const FUN_EXT = 117 // u, not written since OTP 23
export const ATOM_UTF8_EXT = 118 // v
export const SMALL_ATOM_UTF8_EXT = 119 // w
export const V4_PORT_EXT = 120 // x
export const LOCAL_EXT = 121 // y

const names: Record<number, string> = {
  [VERSION]: 'VERSION',
  [RECORD_EXT]: 'RECORD_EXT',
  [NEW_FLOAT_EXT]: 'NEW_FLOAT_EXT',
  [BIT_BINARY_EXT]: 'BIT_BINARY_EXT',
  [COMPRESSED]: 'COMPRESSED',
  [ATOM_CACHE_REF]: 'ATOM_CACHE_REF',
  [NEW_PID_EXT]: 'NEW_PID_EXT',
  [NEW_PORT_EXT]: 'NEW_PORT_EXT',
  [NEWER_REFERENCE_EXT]: 'NEWER_REFERENCE_EXT',
  [SMALL_INTEGER_EXT]: 'SMALL_INTEGER_EXT',
  [INTEGER_EXT]: 'INTEGER_EXT',
  [FLOAT_EXT]: 'FLOAT_EXT',
  [ATOM_EXT]: 'ATOM_EXT',
  [REFERENCE_EXT]: 'REFERENCE_EXT',
  [PORT_EXT]: 'PORT_EXT',
  [PID_EXT]: 'PID_EXT',
  [SMALL_TUPLE_EXT]: 'SMALL_TUPLE_EXT',
  [LARGE_TUPLE_EXT]: 'LARGE_TUPLE_EXT',
  [NIL_EXT]: 'NIL_EXT',
  [STRING_EXT]: 'STRING_EXT',
  [LIST_EXT]: 'LIST_EXT',
  [BINARY_EXT]: 'BINARY_EXT',
  [SMALL_BIG_EXT]: 'SMALL_BIG_EXT',
  [LARGE_BIG_EXT]: 'LARGE_BIG_EXT',
  [NEW_FUN_EXT]: 'NEW_FUN_EXT',
  [EXPORT_EXT]: 'EXPORT_EXT',
  [NEW_REFERENCE_EXT]: 'NEW_REFERENCE_EXT',
  [SMALL_ATOM_EXT]: 'SMALL_ATOM_EXT',
  [MAP_EXT]: 'MAP_EXT',
  [FUN_EXT]: 'FUN_EXT',
  [ATOM_UTF8_EXT]: 'ATOM_UTF8_EXT',
  [SMALL_ATOM_UTF8_EXT]: 'SMALL_ATOM_UTF8_EXT',
  [V4_PORT_EXT]: 'V4_PORT_EXT',
  [LOCAL_EXT]: 'LOCAL_EXT',
}

/** A tag for people: `104 (SMALL_TUPLE_EXT)`. */
export function tagName(tag: number): string {
  return `${tag} (${names[tag] ?? 'unknown'})`
}
