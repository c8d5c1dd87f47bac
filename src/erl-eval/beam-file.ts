import { decode } from '../etf/index.ts'
import { isTuple, type Term } from '../term/index.ts'

/** Debug information of a module. The module `backend` converts `data` to forms. */
export interface DebugInfo {
  readonly backend: Term
  readonly data: Term
}

const MAX_INFLATED = 64 * 2 ** 20

/**
 * Returns the debug information of a compiled module; undefined when it was stripped.
 *
 * A BEAM file is an IFF file: `FOR1`, its size, `BEAM`, then chunks. A chunk is a name, a size, and bytes that are padded to a
 * multiple of four. The chunk
 * `Dbgi` holds `{debug_info_v1, Backend, Data}`.
 */
export function debugInfoOf(beam: Uint8Array): DebugInfo | undefined {
  const bytes = Buffer.from(beam.buffer, beam.byteOffset, beam.length)
  if (bytes.toString('latin1', 0, 4) !== 'FOR1' || bytes.toString('latin1', 8, 12) !== 'BEAM')
    return undefined
  for (let at = 12; at + 8 <= bytes.length; ) {
    const size = bytes.readUInt32BE(at + 4)
    if (bytes.toString('latin1', at, at + 4) === 'Dbgi')
      return infoIn(decode(bytes.subarray(at + 8, at + 8 + size), { maxInflated: MAX_INFLATED }))
    at += 8 + Math.ceil(size / 4) * 4
  }
  return undefined
}

function infoIn(term: Term): DebugInfo | undefined {
  if (!isTuple(term) || term.length !== 3) return undefined
  const [, backend, data] = term.elements as readonly Term[]
  return { backend, data }
}
